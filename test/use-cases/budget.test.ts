import { describe, expect, test } from 'vitest';
import type { Table } from '../../lambdas/adapters/table.ts';
import { at, DAY, HOUR, seen } from '../domain/fixtures.ts';
import { meteredTracker, type PlannedItem } from '../platform/metered-tracker.ts';
import { tableWith } from '../platform/table-with.ts';
import { TestTracker } from '../platform/test-tracker.ts';

/** An order that is paid, tracked, confirmed item by item, and followed until a number of seconds after the payment. */
const follow = async (
  items: readonly PlannedItem[],
  { webhooks, until }: { readonly webhooks: 'arrive' | 'are lost'; readonly until: number },
) => {
  const { tracker, uuids, used, runUntil } = meteredTracker(items);
  await runUntil(2);
  await tracker.track({ paidAt: at(0), reference: 'B-4711' });
  for (const [index, { confirmedAfter }] of items.entries()) {
    await runUntil(confirmedAfter);
    if (webhooks === 'arrive') await tracker.webhook('OK', '2', uuids[index]);
  }
  await runUntil(until);
  const { gets, executions, transitions, writeUnits, invocations } = used();
  return {
    gets,
    executions,
    transitions,
    writeUnits,
    invocations: Object.values(invocations).reduce((sum, count) => sum + count, 0),
  };
};

const ONE = [{ maxConfirmationTime: 2 * DAY, confirmedAfter: 2 * HOUR }];
const THREE = [
  { maxConfirmationTime: 2 * HOUR, confirmedAfter: 1.5 * HOUR },
  { maxConfirmationTime: DAY, confirmedAfter: 20 * HOUR },
  { maxConfirmationTime: 2 * DAY, confirmedAfter: 40 * HOUR },
];

/**
 * Exact figures: one that grows is a decision to make, with the prices in docs/deployment.md in mind; one that falls is the new
 * budget. They depend on the UUID of the order, which spreads the checks, by a few percent.
 */
describe('what an order costs', () => {
  test.for([
    ['one item, whose webhook is lost', ONE, 'are lost', 3 * HOUR, [5, 1, 14, 45, 9]],
    ['one item, whose webhook arrives', ONE, 'arrive', 3 * HOUR, [5, 1, 14, 52, 12]],
    ['one item and ten days of follow-ups', ONE, 'are lost', 10 * DAY, [7, 1, 14, 59, 11]],
    [
      'three items of different deadlines, whose webhooks are lost',
      THREE,
      'are lost',
      41 * HOUR,
      [45, 1, 134, 216, 50],
    ],
    [
      'three items of different deadlines, whose webhooks arrive',
      THREE,
      'arrive',
      41 * HOUR,
      [46, 1, 137, 254, 61],
    ],
  ] as const)(
    'with %s',
    async ([, items, webhooks, until, [gets, executions, transitions, writeUnits, invocations]]) => {
      expect(await follow(items, { webhooks, until })).toEqual({
        gets,
        executions,
        transitions,
        writeUnits,
        invocations,
      });
    },
  );
});

/** The table, counting the calls of each operation. */
const countingTable = (table: Table, calls: Record<string, number>): Table => {
  const counted =
    <Args extends unknown[], Result>(name: string, call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      calls[name] = (calls[name] ?? 0) + 1;
      return call(...args);
    };
  return tableWith(table, {
    get: counted('get', (key) => table.get(key)),
    query: counted('query', (pk, from, to, limit) => table.query(pk, from, to, limit)),
    queryUnresolved: counted('queryUnresolved', (pk) => table.queryUnresolved(pk)),
    put: counted('put', (put) => table.put(put)),
    update: counted('update', (update) => table.update(update)),
    transact: counted('transact', (writes) => table.transact(writes)),
  });
};

describe('reads, writes and GETs for a webhook', () => {
  const CHECK = { get: 1, query: 1, queryUnresolved: 1, transact: 1 };

  test.for([
    ['that brings a status, until it is published', ['OK'], { ...CHECK, put: 2, update: 2 }],
    ['that says what is stored', ['PENDING'], { ...CHECK, put: 2 }],
    ['that comes twice at once', ['PENDING', 'PENDING'], { ...CHECK, put: 3, update: 2 }],
  ] as const)('%s', async ([, statuses, expected]) => {
    const calls: Record<string, number> = {};
    const tracker = new TestTracker({ through: (table) => countingTable(table, calls) });
    tracker.show(seen('PENDING'));
    await tracker.track({ paidAt: at(0) });
    await tracker.run(60);
    tracker.show(seen(statuses[0]));
    const asked = tracker.gets.length;
    for (const name of Object.keys(calls)) delete calls[name];
    for (const status of statuses) await tracker.webhook(status, '2');
    await tracker.run(30);
    expect(calls).toEqual(expected);
    expect(tracker.gets.length - asked).toBe(1);
  });
});
