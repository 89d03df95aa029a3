import { PATIENT_SETTINGS } from '../../local/local-settings.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { SimulatorClient } from '../../local/provider-simulator/simulator-client.ts';
import { number, table } from '../markdown.ts';
import { type Acknowledged, acknowledge, WORKERS } from '../model/acknowledge.ts';
import { type BurstResult, burst } from '../model/burst.ts';
import { Subscriber } from '../model/subscriber.ts';
import type { Section } from '../section.ts';
import { median, quantile } from '../statistics.ts';

const MAX_RATIO = { p50: 1.05, p99: 1.1 };
const MAX_SECONDS = 2;

export const localStackSection: Section = {
  name: 'local',
  title: 'On the local stack',
  run: async ({ quick, progress }) => {
    progress('starting the local stack');
    // With the short margin of the tests the rescue of what is merely slow would be measured too.
    const stack = await startLocalStack({ settings: PATIENT_SETTINGS });
    // Ctrl+C leaves nothing running.
    const interrupt = (): void => void stack.stop().finally(() => process.exit(130));
    process.once('SIGINT', interrupt);
    try {
      progress('from a webhook to the queue of a subscriber');
      const latencies = await untilPublished(stack, quick ? 5 : 200);
      const result = await burst(stack, quick ? 30 : 1000, (message) => progress(`burst: ${message}`));
      progress('webhooks by ingest-webhook and by a bare function, in turns');
      // Last, because it leaves behind webhooks that nothing processes.
      const acknowledged = await acknowledge(stack, quick ? 2 : 10, quick ? 50 : 300);
      const p95 = quantile(latencies, 0.95);
      const { ours, bare } = acknowledged;
      const wrong = wrongCounts(result);
      return {
        rows: [
          ...(['p50', 'p99'] as const).map((quantile) => ({
            target: '7',
            measure: `Webhook acknowledged, warm: ${quantile}`,
            ours: `${number(ours[quantile], 1)} ms`,
            comparedWith: `bare PutItem ${number(bare[quantile], 1)} ms`,
            ratio: number(acknowledged[quantile].overall, 3),
            goal: `≤ ${MAX_RATIO[quantile]}`,
            met: acknowledged[quantile].overall <= MAX_RATIO[quantile],
          })),
          {
            target: '8',
            measure: 'Webhook received → message at the queue of a subscriber, p95',
            ours: `${number(p95, 2)} s`,
            comparedWith: '–',
            goal: `≤ ${MAX_SECONDS} s`,
            met: p95 <= MAX_SECONDS,
          },
          {
            target: '13',
            measure: `Burst of ${number(result.orders)} orders with 3 items: final events, repeated ids`,
            ours: `${number(result.finalEvents)}, ${result.repeatedIds}`,
            comparedWith: '–',
            goal: 'each once by id',
            met: wrong.length === 0 && result.repeatedIds === 0,
          },
        ],
        text: textOf(acknowledged, latencies, result),
        wrong,
      };
    } finally {
      process.off('SIGINT', interrupt);
      await stack.stop();
    }
  },
};

const wrongCounts = ({ missing, publishedTwice, isAnythingDue, webhooks }: BurstResult): string[] => [
  ...(missing > 0
    ? [`${missing} final events of the burst are missing; webhooks given up: ${webhooks.givenUp}`]
    : []),
  ...(publishedTwice > 0 ? [`${publishedTwice} final statuses of the burst have two ids`] : []),
  ...(isAnythingDue ? ['something is still due after the burst'] : []),
];

/** Seconds from when a webhook was sent until its final status is at a subscriber's queue, one order at a time. */
const untilPublished = async (stack: LocalStack, orders: number): Promise<number[]> => {
  const simulator = new SimulatorClient(stack.simulatorControlUrl ?? '');
  const subscriber = await Subscriber.to(stack);
  const seconds: number[] = [];
  try {
    for (let order = 0; order < orders; order++) {
      const { uuid, items } = await simulator.createOrder({
        items: [{ timeline: [{ afterSeconds: 0, status: 'OK' }] }],
      });
      const { receivedAt } = await subscriber.event(
        ({ event }) => event.type === 'order_item.ok' && event.data.orderUuid === uuid,
        120,
      );
      // The simulator sends the webhook when the status changes.
      seconds.push((receivedAt - (items[0]?.history.at(-1)?.at ?? Number.NaN)) / 1000);
    }
  } finally {
    await subscriber.stop();
  }
  return seconds;
};

const textOf = (
  { ours, bare, p50, p99, perSecond }: Acknowledged,
  latencies: readonly number[],
  result: BurstResult,
): string => {
  const { webhooks, megabytes } = result;
  const counted = (counts: Readonly<Record<string, number>>, joint: string): string =>
    Object.entries(counts)
      .map(([name, count]) => `${number(count)} ${joint} \`${name}\``)
      .join(', ');
  return `The real stack on the emulator, on this machine. One thread of the emulator, which is written in Python, handles every
request; beside it runs a process for each instance of a function. They limit the figures below, and share the processors
with the simulator. The simulator sends at most ten webhooks at the same time.

A webhook is stored by ingest-webhook, and beside it by a bare function that puts its body into the same table on the same
condition, logs a line and does nothing else. Both are routes of the same HTTP API and are called in random turns, in ${p50.rounds.length} rounds; what the product does after an
acknowledgement is switched off meanwhile.

${table(
  ['', 'p50, ms', 'p99, ms', `requests a second, ${WORKERS} at a time`],
  [
    ['**ingest-webhook**', number(ours.p50, 1), number(ours.p99, 1), number(ours.perSecond)],
    ['bare PutItem', number(bare.p50, 1), number(bare.p99, 1), number(bare.perSecond)],
    ['ratio', ...[p50, p99, perSecond].map(({ overall }) => number(overall, 2))],
    ['ratio in the rounds', ...[p50, p99, perSecond].map(({ rounds }) => range(rounds))],
  ],
)}

From the webhook to the message at a subscriber's queue, ${latencies.length} orders one by one: p50 ${number(median(latencies), 2)} s,
p95 ${number(quantile(latencies, 0.95), 2)} s.

Burst: ${number(result.orders)} orders with 3 items become final within seconds. 5 % of them lose all of their webhooks and are known by a track
request only; 5 % get each webhook twice. ${number(result.finalEvents)} final events arrived, ${result.repeatedIds} of them twice, the last ${number(result.seconds)} s after the first
order was created (${number(result.orders / result.seconds, 1)} orders a second): ${counted(result.foundBy, 'found by')}. Musement was asked ${number(result.gets)} times. Of ${number(webhooks.sent)} webhooks ${number(webhooks.sentAgain)} had to be sent again
and ${number(webhooks.givenUp)} were given up (answers: ${counted(result.answers, '×')}); ${number(webhooks.lost)} were lost. Memory at its peak: emulator ${number(megabytes.emulator)} MB, functions ${number(megabytes.functions)} MB, simulator
${number(megabytes.simulator)} MB.`;
};

/** Smallest and largest of some ratios. */
const range = (ratios: readonly number[]): string =>
  `${number(Math.min(...ratios), 2)} – ${number(Math.max(...ratios), 2)}`;
