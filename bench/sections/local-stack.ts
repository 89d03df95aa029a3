import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { SimulatorClient } from '../../local/provider-simulator/simulator-client.ts';
import { webhookBody } from '../../test/platform/sample-order.ts';
import { number, table } from '../markdown.ts';
import { type BurstResult, burst, Subscriber } from '../model/burst.ts';
import { type Call, functionsOf } from '../model/local-functions.ts';
import type { Section } from '../section.ts';
import { median, quantile } from '../statistics.ts';

const MAX_RATIO = { p50: 1.05, p99: 1.1 };
const MAX_SECONDS = 2;
const WORKERS = 8;

export const localStackSection: Section = {
  name: 'local',
  title: 'On the local stack',
  run: async ({ quick, progress }) => {
    progress('starting the local stack');
    // The rescue of what is merely slow would be measured too.
    const stack = await startLocalStack({
      settings: { rescueMarginInSeconds: 60, providerTimeoutInSeconds: 10 },
    });
    // Ctrl+C leaves nothing running.
    const interrupt = (): void => void stack.stop().finally(() => process.exit(130));
    process.once('SIGINT', interrupt);
    try {
      progress('webhooks by ingest-webhook and by a bare function, in turns');
      const acknowledged = await acknowledge(stack, quick ? 40 : 1000);
      progress('from a webhook to the queue of a subscriber');
      const latencies = await untilPublished(stack, quick ? 5 : 200);
      progress('burst of orders');
      const result = await burst(stack, quick ? 30 : 1000);
      const isOnce = result.missing === 0 && result.repeatedIds === 0;
      const p95 = quantile(latencies, 0.95);
      const { ours, bare } = acknowledged;
      const [p50, p99] = [0.5, 0.99].map(
        (share) => quantile(ours.times, share) / quantile(bare.times, share),
      );
      return {
        rows: [
          {
            target: '7',
            measure: 'Webhook acknowledged, warm: p50 and p99',
            ours: `${number(median(ours.times), 1)} and ${number(quantile(ours.times, 0.99), 1)} ms`,
            comparedWith: `bare PutItem ${number(median(bare.times), 1)} and ${number(quantile(bare.times, 0.99), 1)} ms`,
            ratio: `${number(p50 ?? 0, 2)} and ${number(p99 ?? 0, 2)}`,
            goal: `≤ ${MAX_RATIO.p50} and ≤ ${MAX_RATIO.p99}`,
            met: (p50 ?? 0) <= MAX_RATIO.p50 && (p99 ?? 0) <= MAX_RATIO.p99,
          },
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
            met: isOnce,
          },
        ],
        text: textOf(acknowledged, latencies, result),
        wrong:
          result.missing > 0
            ? [
                `${result.missing} final events of the burst are missing; webhooks given up: ${result.givenUpWebhooks}`,
              ]
            : [],
      };
    } finally {
      process.off('SIGINT', interrupt);
      await stack.stop();
    }
  },
};

interface Measured {
  readonly times: number[];
  requestsPerSecond: number;
}

/** Both functions in turns, one request at a time; then blocks of requests by several workers, in turns too. */
const acknowledge = async ({ endpoint, webhookCredentials }: LocalStack, requests: number) => {
  const { username, password } = webhookCredentials;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const calls = await functionsOf(endpoint);
  let version = 0;
  const send = async (call: Call): Promise<number> => {
    const event = {
      requestContext: { http: { method: 'POST', sourceIp: '203.0.113.7' }, requestId: `${version}` },
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(webhookBody('PENDING', `${version++}`)),
      isBase64Encoded: false,
    };
    const began = performance.now();
    await call(event);
    return performance.now() - began;
  };
  const measured = {
    ours: { times: [], requestsPerSecond: 0 } as Measured,
    bare: { times: [], requestsPerSecond: 0 } as Measured,
  };
  const both = ['ours', 'bare'] as const;
  for (let warm = 0; warm < 5; warm++) for (const name of both) await send(calls[name]);
  for (let request = 0; request < requests; request++) {
    for (const name of both) measured[name].times.push(await send(calls[name]));
  }
  const rates: Record<(typeof both)[number], number[]> = { ours: [], bare: [] };
  for (let block = 0; block < 5; block++) {
    for (const name of both) {
      const began = performance.now();
      await Promise.all(
        Array.from({ length: WORKERS }, async () => {
          for (let sent = 0; sent < requests / WORKERS / 5; sent++) await send(calls[name]);
        }),
      );
      const sent = WORKERS * Math.ceil(requests / WORKERS / 5);
      rates[name].push((1000 * sent) / (performance.now() - began));
    }
  }
  for (const name of both) measured[name].requestsPerSecond = median(rates[name]);
  return measured;
};

/** Seconds from when a webhook was sent until its final status is at a subscriber's queue, one order at a time. */
const untilPublished = async (stack: LocalStack, orders: number): Promise<number[]> => {
  const simulator = new SimulatorClient(stack.simulatorControlUrl ?? '');
  const subscriber = await Subscriber.to(stack);
  const seconds: number[] = [];
  try {
    for (let order = 0; order < orders; order++) {
      const { uuid } = await simulator.createOrder({
        items: [{ timeline: [{ afterSeconds: 0, status: 'OK' }] }],
      });
      const isOfOrder = ({ event }: Subscriber['events'][number]): boolean =>
        event.type === 'order_item.ok' && event.data.orderUuid === uuid;
      if (!(await subscriber.until(1, isOfOrder, 120))) throw new Error(`Nothing was published of ${uuid}.`);
      const sentAt = (await simulator.order(uuid)).deliveries[0]?.attempts[0]?.at ?? Number.NaN;
      const receivedAt = subscriber.events.find(isOfOrder)?.receivedAt ?? Number.NaN;
      seconds.push((receivedAt - sentAt) / 1000);
    }
  } finally {
    await subscriber.stop();
  }
  return seconds;
};

const textOf = (
  { ours, bare }: Record<'ours' | 'bare', Measured>,
  latencies: readonly number[],
  result: BurstResult,
): string => `The real stack on the emulator, on this machine. A webhook is stored by ingest-webhook, and beside it by a bare function
that does the same PutItem and nothing else, called with the same events in turns. What the product does after the
acknowledgement (refresh, check, publish) runs meanwhile and slows both.

${table(
  ['', 'p50, ms', 'p99, ms', `requests a second, ${WORKERS} at a time`],
  [
    ['**ingest-webhook**', ours],
    ['bare PutItem', bare],
  ].map(([name, measured]) => {
    const { times, requestsPerSecond } = measured as Measured;
    return [
      name as string,
      number(median(times), 1),
      number(quantile(times, 0.99), 1),
      number(requestsPerSecond),
    ];
  }),
)}

From the webhook to the message at a subscriber's queue, ${latencies.length} orders one by one: p50 ${number(median(latencies), 2)} s,
p95 ${number(quantile(latencies, 0.95), 2)} s.

Burst: ${number(result.orders)} orders with 3 items become final at once, 5 % of the webhooks lost, 5 % doubled. ${number(result.finalEvents)} final events
arrived, ${result.repeatedIds} of them twice, ${number(result.seconds)} s after the first order was created; Musement was asked ${number(result.gets)} times,
${number(result.resentWebhooks)} webhooks had to be sent again, and the emulator with its functions took ${number(result.megabytes)} MB.`;
