import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EMULATOR_CREDENTIALS } from '../../clients/local-stack.ts';
import { OrdersClient } from '../../clients/orders-client.ts';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { lanePartitions } from '../../lambdas/domain/due.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import type { ReceivedEvent } from '../../local/event-queue.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { DeliveryRecord } from '../../local/provider-simulator/records.ts';
import type { DeliveryMode } from '../../local/provider-simulator/script.ts';
import { SimulatorClient } from '../../local/provider-simulator/simulator-client.ts';
import { Random } from '../../test/simulation/engine/random.ts';
import { Subscriber } from './subscriber.ts';

const run = promisify(execFile);

export interface BurstResult {
  readonly orders: number;
  /** Seconds from the first order until its last final event was received. */
  readonly seconds: number;
  /** Different ids of final events. */
  readonly finalEvents: number;
  /** How often an id was received again. */
  readonly repeatedIds: number;
  /** Final statuses without an event. */
  readonly missing: number;
  /** Final statuses with more than one id. */
  readonly publishedTwice: number;
  /** Whether anything but follow-ups was still due when the burst ended. */
  readonly isAnythingDue: boolean;
  /** Number of final events by what found them. */
  readonly foundBy: Readonly<Record<string, number>>;
  readonly gets: number;
  readonly webhooks: Readonly<Record<'sent' | 'lost' | 'sentAgain' | 'givenUp', number>>;
  /** Number of attempts by their answer: a status, or why there was none. */
  readonly answers: Readonly<Record<string, number>>;
  /** Largest resident memory in megabytes. The simulator runs in the process of the benchmark. */
  readonly megabytes: Memory;
}

interface Memory {
  readonly emulator: number;
  readonly functions: number;
  readonly simulator: number;
}

const ITEMS = 3;

/** Share of the orders whose webhooks are all lost, or all sent twice: another webhook would make up for a lost one. */
const SHARE = { lost: 0.05, duplicated: 0.05 };

/** Seconds from the creation of an order to its confirmation. Those without webhooks have a watch by then. */
const CONFIRMED_AFTER_SECONDS = 5;

/** The last check of a watch is 2 minutes after the creation. */
const MAX_CONFIRMATION_TIME = 'PT2M';

/** The burst has failed when nothing arrives for so long: what was lost would have been rescued in less. */
const MAX_SECONDS_WITHOUT_EVENT = 300;

/** No burst of this bench may take longer, whatever arrives. */
const MAX_SECONDS = 1800;

/**
 * Orders whose items all become final within seconds. The webhooks of some are lost, and of some are doubled. Ends when
 * every final status was received and nothing is due, or when no more events arrive.
 */
export const burst = async (
  stack: LocalStack,
  orders: number,
  progress: (message: string) => void,
): Promise<BurstResult> => {
  const simulator = new SimulatorClient(stack.simulatorControlUrl ?? '');
  const subscriber = await Subscriber.to(stack);
  const isAnythingDue = dueCheck(stack);
  try {
    const began = Date.now();
    const uuids = await createOrders(stack, simulator, orders);
    const finalEvents = (): ReceivedEvent[] =>
      subscriber.events.filter(
        ({ event }) => event.type === 'order_item.ok' && uuids.has(event.data.orderUuid),
      );
    const megabytes: { -readonly [Part in keyof Memory]: number } = {
      emulator: 0,
      functions: 0,
      simulator: 0,
    };
    for (let reportedAt = began; ; await sleep(500)) {
      const memory = await memoryOfProcesses();
      for (const part of ['emulator', 'functions', 'simulator'] as const) {
        megabytes[part] = Math.max(megabytes[part], memory[part]);
      }
      const received = subjectsOf(finalEvents()).size;
      if (received === orders * ITEMS && !(await isAnythingDue())) break;
      const now = Date.now();
      const lastAt = Math.max(subscriber.events.at(-1)?.receivedAt ?? began, began);
      if (now - lastAt > MAX_SECONDS_WITHOUT_EVENT * 1000 || now - began > MAX_SECONDS * 1000) break;
      if (now - reportedAt > 5000) {
        progress(`${received} of ${orders * ITEMS} final events`);
        reportedAt = now;
      }
    }
    const received = finalEvents();
    const ids = new Set(received.map(({ event }) => event.id));
    const records = await Promise.all([...uuids].map((uuid) => simulator.order(uuid)));
    const deliveries = records.flatMap((record) => record.deliveries);
    const attempts = deliveries.flatMap((delivery) => delivery.attempts);
    const numberIn = (state: DeliveryRecord['state']): number =>
      deliveries.filter((delivery) => delivery.state === state).length;
    return {
      orders,
      seconds: ((received.at(-1)?.receivedAt ?? Number.NaN) - began) / 1000,
      finalEvents: ids.size,
      repeatedIds: received.length - ids.size,
      missing: orders * ITEMS - subjectsOf(received).size,
      publishedTwice: ids.size - subjectsOf(received).size,
      isAnythingDue: await isAnythingDue(),
      foundBy: countBy(received.map(({ event }) => ('foundBy' in event.data ? event.data.foundBy : ''))),
      gets: records.reduce((sum, { gets }) => sum + gets.length, 0),
      webhooks: {
        sent: deliveries.length - numberIn('lost'),
        lost: numberIn('lost'),
        sentAgain: deliveries.filter((delivery) => delivery.attempts.length > 1).length,
        givenUp: numberIn('given up'),
      },
      answers: countBy(attempts.map(({ answer }) => `${answer}`)),
      megabytes,
    };
  } finally {
    await subscriber.stop();
  }
};

/** Creates the orders in the simulator, and tracks those without webhooks: nothing else makes them known. */
const createOrders = async (
  stack: LocalStack,
  simulator: SimulatorClient,
  orders: number,
): Promise<ReadonlySet<string>> => {
  const client = new OrdersClient(stack.outputs.OrdersUrl, EMULATOR_CREDENTIALS, stack.region);
  const random = new Random('burst');
  const uuids = new Set<string>();
  for (let order = 0; order < orders; order++) {
    const webhook = modeOf(random.next());
    const { uuid } = await simulator.createOrder({
      items: Array.from({ length: ITEMS }, () => ({
        product: { max_confirmation_time: MAX_CONFIRMATION_TIME },
        timeline: [{ afterSeconds: CONFIRMED_AFTER_SECONDS, status: 'OK', webhook }],
      })),
    });
    uuids.add(uuid);
    if (webhook === 'lost') await client.track(uuid, {});
  }
  return uuids;
};

const modeOf = (drawn: number): DeliveryMode => {
  if (drawn < SHARE.lost) return 'lost';
  return drawn < SHARE.lost + SHARE.duplicated ? 'duplicated' : 'sent';
};

/** The items that events are about. */
const subjectsOf = (received: readonly ReceivedEvent[]): ReadonlySet<string> =>
  new Set(received.map(({ event }) => event.subject));

const countBy = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

/** Whether anything but follow-ups is due at any time: a fresh webhook, an open order, an event to publish. */
const dueCheck = ({ endpoint, outputs }: LocalStack): (() => Promise<boolean>) => {
  const table = dynamoDbTable(outputs.TableName, new DynamoDBClient(clientConfiguration(endpoint)));
  const everything = toInstant(Date.parse('9999-12-31T00:00:00Z'));
  return async () => {
    const due = lanePartitions('RESCUE').map((partition) => table.queryDue(partition, everything, 1));
    return (await Promise.all(due)).some((records) => records.length > 0);
  };
};

/** Resident memory of this process, of the emulator, and of the functions that the emulator runs. */
const memoryOfProcesses = async (): Promise<Memory> => {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,rss=']);
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid = 0, parent = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
      return { pid, parent, kilobytes };
    });
  const childrenOf = (parents: ReadonlySet<number>) => processes.filter(({ parent }) => parents.has(parent));
  const emulator = childrenOf(new Set([process.pid]));
  const functions = childrenOf(new Set(emulator.map(({ pid }) => pid)));
  const megabytes = (some: typeof processes): number =>
    some.reduce((sum, { kilobytes }) => sum + kilobytes, 0) / 1024;
  return {
    emulator: megabytes(emulator),
    functions: megabytes(functions),
    simulator: megabytes(processes.filter(({ pid }) => pid === process.pid)),
  };
};
