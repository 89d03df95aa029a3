import { beforeEach, describe, expect, test } from 'vitest';
import type { ClaimedRecord, UnpublishedEvent } from '../../lambdas/application/ports.ts';
import { type ReconcileDependencies, reconcile } from '../../lambdas/application/reconcile.ts';
import { MAX_RESCUES_BEFORE_PARKING } from '../../lambdas/domain/rescue.ts';
import { at } from '../domain/fixtures.ts';

const NOW = at(1000);

/** A due record of an order. */
interface Due {
  readonly orderUuid: string;
  readonly lane?: 'RESCUE' | 'FOLLOW_UP';
  readonly shard?: number;
  readonly dueAt?: string;
  readonly rescueCount?: number;
  readonly isEvent?: boolean;
  /** Whether another run claims it first. */
  readonly isTaken?: boolean;
  readonly fails?: boolean;
}

/** What the reconciler did, in order. */
let done: (readonly string[])[];
let metrics: Record<string, number[]>;
let logged: unknown[];

beforeEach(() => {
  [done, metrics, logged] = [[], {}, []];
});

/** Runs the reconciler over these records. */
const run = async (
  records: readonly Due[],
  { publish, send }: { publish?: ReconcileDependencies['topic']['publish']; send?: () => void } = {},
): Promise<void> => {
  const measure = (name: string, value = 1) => {
    metrics[name] = [...(metrics[name] ?? []), value];
  };
  const due = records.map(({ lane = 'RESCUE', shard = 0, dueAt, orderUuid }, index) => ({
    partition: `${lane}#${shard}`,
    key: { pk: `ORDER#${orderUuid}`, sk: `${index}` },
    dueAt: dueAt ?? at(index),
  }));
  await reconcile({
    store: {
      due: async (partition, _, limit) => due.filter((one) => one.partition === partition).slice(0, limit),
      claim: async ({ key }, now) => {
        expect(now).toBe(NOW);
        const { orderUuid, isTaken, fails, isEvent, rescueCount = 1 } = records[Number(key.sk)] as Due;
        if (fails) throw new Error(`The record of ${orderUuid} is unreadable.`);
        if (isTaken) return undefined;
        done.push(['claim', orderUuid]);
        const task: ClaimedRecord['task'] = isEvent
          ? { kind: 'publish', event: { key, body: '{}' } }
          : { kind: 'refresh', message: { orderUuid } };
        return { orderUuid, rescueCount, task };
      },
    },
    queue: {
      send: async (messages) => {
        send?.();
        done.push(['send', ...messages.map(({ orderUuid }) => orderUuid)]);
      },
    },
    topic: { publish: publish ?? (async (events) => events) },
    outbox: { markPublished: async () => {} },
    clock: { now: () => NOW, sleep: async () => void done.push(['pause']) },
    telemetry: {
      count: measure,
      measure,
      info: (...entry) => void logged.push(entry),
      warn: () => {},
      error: () => {},
    },
  });
};

const what = (kind: string) => done.filter(([first]) => first === kind);
const sentOrders = () => what('send').flatMap(([, ...orders]) => orders);
const numbered = (count: number): Due[] =>
  Array.from({ length: count }, (_, index) => ({ orderUuid: `${index}` }));

describe('the reconciler', () => {
  test('acts on each batch that it has claimed before it claims the next: a run that dies has done a part', async () => {
    await run(numbered(60));
    const claimedBefore = done.map(([kind], index) =>
      kind === 'send' ? done.slice(0, index).filter(([before]) => before === 'claim').length : undefined,
    );
    expect(claimedBefore.filter(Boolean)).toEqual([10, 20, 30, 40, 50, 60]);
    expect(sentOrders()).toHaveLength(60);
  });

  test('E11 claims rescues before follow-ups, and in both the oldest first, of every shard', async () => {
    await run([
      { orderUuid: 'follow-up', lane: 'FOLLOW_UP', dueAt: at(1) },
      { orderUuid: 'third', shard: 15, dueAt: at(30) },
      { orderUuid: 'first', shard: 7, dueAt: at(10) },
      { orderUuid: 'second', dueAt: at(20) },
    ]);
    expect(sentOrders()).toEqual(['first', 'second', 'third', 'follow-up']);
  });

  test('claims a bounded number of records in one run', async () => {
    await run(numbered(150));
    expect(what('claim')).toHaveLength(100);
  });

  test('sends one message for an order, however many of its records are due', async () => {
    await run(Array.from({ length: 90 }, (_, index) => ({ orderUuid: `${index % 3}` })));
    expect(sentOrders()).toEqual(['0', '1', '2']);
  });

  test('does nothing about a record that another run claims first', async () => {
    await run([{ orderUuid: 'taken', isTaken: true }, { orderUuid: 'ours' }]);
    expect(sentOrders()).toEqual(['ours']);
  });

  test('E13 requests checks without waiting for a topic that rejects every event', async () => {
    let refused = 0;
    const publish = async (): Promise<UnpublishedEvent[]> => {
      refused++;
      await new Promise(setImmediate);
      return [];
    };
    await run(
      numbered(40).map((record, index) => ({ ...record, isEvent: index < 20 })),
      { publish },
    );
    // Both batches of events are refused three times each; the checks of the other batches are requested before.
    expect(refused).toBe(6);
    expect(what('send')).toHaveLength(2);
    const lastSend = done.findLastIndex(([kind]) => kind === 'send');
    expect(lastSend).toBeLessThan(done.findLastIndex(([kind]) => kind === 'pause'));
  });

  /** Something that throws when it is called for the first time. */
  const failingOnce = () => {
    let calls = 0;
    return () => {
      if (++calls === 1) throw new Error('unavailable');
    };
  };
  const topicThatThrows = async () => {
    throw new Error('unreachable');
  };

  test.for([
    ['a record cannot be claimed', numbered(30).with(3, { orderUuid: '3', fails: true }), {}, 29],
    ['the queue rejects a batch', numbered(30), { send: failingOnce() }, 20],
    [
      'the topic throws',
      numbered(30).with(3, { orderUuid: '3', isEvent: true }),
      { publish: topicThatThrows },
      29,
    ],
  ] as const)(
    'E13 does everything else when %s, and then fails itself',
    async ([, records, failing, sent]) => {
      await expect(run(records, failing)).rejects.toThrow('1 due records failed.');
      expect(sentOrders()).toHaveLength(sent);
    },
  );

  test('asks again for an order whose message the queue rejected, if another of its records is due', async () => {
    const records = [...numbered(10), { orderUuid: '3' }];
    await expect(run(records, { send: failingOnce() })).rejects.toThrow('1 due records failed.');
    expect(sentOrders()).toEqual(['3']);
  });
});

describe('metrics and logs of the reconciler', () => {
  test('E10 say how long the oldest rescue has been due, also when nothing is', async () => {
    await run([
      { orderUuid: 'one', dueAt: at(400) },
      { orderUuid: 'follow-up', lane: 'FOLLOW_UP', dueAt: at(0) },
    ]);
    await run([]);
    expect(metrics['OldestRescueAge']).toEqual([600, 0]);
  });

  test('E13 count the records that are parked', async () => {
    const parked = MAX_RESCUES_BEFORE_PARKING;
    await run([
      { orderUuid: 'almost', rescueCount: parked - 1 },
      { orderUuid: 'one', rescueCount: parked },
      { orderUuid: 'one', rescueCount: parked + 5 },
    ]);
    expect(metrics['RecordParked']).toEqual([2]);
    expect(logged).toEqual([
      ['Claimed due records', { lane: 'RESCUE', records: 3, orders: ['almost', 'one'], parked: ['one'] }],
    ]);
  });

  test('log nothing when nothing is due', async () => {
    await run([]);
    expect(logged).toEqual([]);
    expect(done).toEqual([]);
  });
});
