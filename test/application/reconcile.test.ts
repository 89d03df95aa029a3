import { beforeEach, expect, test } from 'vitest';
import { MAX_RESCUES_BEFORE_PARKING } from '../../lambdas/domain/rescue.ts';
import { at, START } from '../domain/fixtures.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';

/** A due record of an order. */
interface Due {
  readonly order: string;
  readonly due?: string;
  readonly dueAt?: string;
  readonly rescueCount?: number;
  readonly isEvent?: boolean;
  readonly v?: number;
}

let tracker: TestTracker;

beforeEach(() => {
  tracker = new TestTracker();
  tracker.switchOff('dispatch');
  tracker.switchOff('publish');
});

/** Stores these records, each due a second after the one before. */
const store = async (records: readonly Due[]): Promise<void> => {
  for (const [index, { order, isEvent, ...more }] of records.entries()) {
    const event = { type: 'order_item.ok', time: START, source: 'urn:test', data: '{}' };
    const sk = `${isEvent ? 'EVENT#item' : 'TRACK'}#${`${index}`.padStart(4, '0')}`;
    const key = { pk: `ORDER#${order}`, sk };
    const times = { requestedAt: START, due: 'RESCUE#0', dueAt: at(index - 1000) };
    await tracker.table.put({ put: { ...key, v: 1, ...event, ...times, ...more } });
  }
};

/** Runs the reconciler over these records. */
const run = async (records: readonly Due[]): Promise<void> => {
  await store(records);
  await tracker.reconcile();
};

const numbered = (count: number): Due[] =>
  Array.from({ length: count }, (_, index) => ({ order: `${index}` }));

const claims = () => tracker.logs.filter(({ message }) => message === 'Claimed due records');
const claimedOrders = () => claims().flatMap(({ fields }) => fields['orders']);

test('the reconciler acts on each batch that it has claimed before it claims the next: a run that dies has done a part', async () => {
  const sentBefore: number[] = [];
  tracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        update: async (update) => {
          sentBefore.push(tracker.queue.sent);
          return await table.update(update);
        },
      }),
  });
  await run(numbered(30));
  expect(sentBefore).toEqual([0, 10, 20].flatMap((sent) => Array(10).fill(sent)));
  expect(tracker.queue.sent).toBe(30);
});

test('E11 the reconciler takes up rescues before follow-ups, and in both the oldest first, of every shard', async () => {
  await run([
    { order: 'follow-up', due: 'FOLLOW_UP#0', dueAt: at(-99) },
    { order: 'third', due: 'RESCUE#15', dueAt: at(-30) },
    { order: 'first', due: 'RESCUE#7', dueAt: at(-50) },
    { order: 'second', dueAt: at(-40) },
  ]);
  expect(claimedOrders()).toEqual(['first', 'second', 'third', 'follow-up']);
  expect(tracker.measured.get('OldestRescueAge')).toEqual([50]);
});

test('the reconciler takes up a bounded number of records in one run', async () => {
  await run(numbered(150));
  expect(claimedOrders()).toHaveLength(100);
});

test('the reconciler sends one message for an order, however many of its records are due', async () => {
  await run(Array.from({ length: 90 }, (_, index) => ({ order: `${index % 3}` })));
  expect(tracker.queue.sent).toBe(3);
});

test('the reconciler does nothing about a record that another run claims first', async () => {
  await store(numbered(20));
  await Promise.all([tracker.reconcile(), tracker.reconcile()]);
  expect(tracker.queue.sent).toBe(20);
});

test('E13 the reconciler requests checks without waiting for a topic that rejects every event', async () => {
  tracker.topicRejects = () => true;
  void run(numbered(40).map((record, index) => ({ ...record, isEvent: index < 20 })));
  await tracker.run(0.5);
  expect(tracker.queue.sent).toBe(20);
  await tracker.run(60);
  expect(tracker.counts.get('EventRejected')).toBe(20);
});

const queueThatFailsOnce = (): void => {
  const { queue } = tracker;
  tracker.queue.send = () => {
    Reflect.deleteProperty(queue, 'send');
    throw new Error('unavailable');
  };
};
const topicThatThrows = (): void => {
  tracker.topicRejects = () => {
    throw new Error('unreachable');
  };
};

test.for([
  ['a record cannot be claimed', { order: '3', isEvent: true, v: 2 }, () => {}, 29],
  ['the queue rejects a batch', { order: '3' }, queueThatFailsOnce, 20],
  ['the topic throws', { order: '3', isEvent: true }, topicThatThrows, 29],
] as const)('E13 the reconciler does everything else when %s, then fails', async ([, record, fail, sent]) => {
  fail();
  await expect(run(numbered(30).with(3, record))).rejects.toThrow('1 due records failed.');
  expect(tracker.queue.sent).toBe(sent);
});

test('the reconciler asks again for an order whose message the queue rejected, if another of its records is due', async () => {
  queueThatFailsOnce();
  await expect(run([...numbered(10), { order: '3' }])).rejects.toThrow('1 due records failed.');
  expect(tracker.queue.sent).toBe(1);
});

test('E13 the reconciler counts the records that are parked', async () => {
  const rescueCount = MAX_RESCUES_BEFORE_PARKING;
  await run([
    { order: 'almost', rescueCount: rescueCount - 2 },
    { order: 'one', rescueCount: rescueCount - 1 },
    { order: 'one', rescueCount: rescueCount + 4 },
  ]);
  expect(tracker.counts.get('RecordParked')).toBe(2);
  const fields = { lane: 'RESCUE', records: 3, orders: ['almost', 'one'], parked: ['one'] };
  expect(claims()).toMatchObject([{ fields }]);
});

test('E10 the reconciler measures that nothing is due, and logs nothing', async () => {
  await run([]);
  expect(tracker.measured.get('OldestRescueAge')).toEqual([0]);
  expect(tracker.logs).toEqual([]);
});
