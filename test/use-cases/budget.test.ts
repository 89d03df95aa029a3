import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Put, Row, Update } from '../../lambdas/adapters/table.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { at, DAY, HOUR, itemUuids, seen } from '../domain/fixtures.ts';
import type { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';
import { RECONCILED } from './tracked-order.ts';

/** Size of a value as DynamoDB counts it. */
const sizeOfValue = (value: unknown): number => {
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(`${Math.abs(value)}`.replace(/\D/g, '').length / 2) + 1;
  if (Array.isArray(value)) return 3 + value.reduce((sum, entry) => sum + 1 + sizeOfValue(entry), 0);
  return 3 + Object.keys(value as object).length + sizeOf(value as Row);
};

const sizeOf = (row: Readonly<Record<string, unknown>> | undefined): number =>
  Object.entries(row ?? {}).reduce(
    (sum, [name, value]) => sum + (value === undefined ? 0 : Buffer.byteLength(name) + sizeOfValue(value)),
    0,
  );

/** A unit for each KB of the larger of the record before and after. */
const recordUnits = (before: Row | undefined, after: Row | undefined): number =>
  Math.max(1, Math.ceil(Math.max(sizeOf(before), sizeOf(after)) / 1024));

/**
 * A unit to put an entry into the index, one to take it away, two to move it, one to change what else it holds.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 */
const indexUnits = (before: Row | undefined, after: Row | undefined): number => {
  const entryOf = (row: Row | undefined) => row?.['due'] && `${row['due']} ${row['dueAt']}`;
  const [was, is] = [entryOf(before), entryOf(after)];
  if (was !== is) return (was ? 1 : 0) + (is ? 1 : 0);
  const moreOf = (row: Row | undefined) => [row?.['rescueCount'], row?.['states']];
  return is && !isDeepStrictEqual(moreOf(before), moreOf(after)) ? 1 : 0;
};

/** The whole product, and the write units that it has used. */
const meteredTracker = () => {
  const used = { writeUnits: 0 };
  /** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
  const metered = <T>(
    table: InMemoryTable,
    writes: readonly (Put | Update)[],
    factor: 1 | 2,
    write: () => T,
  ): T => {
    const keys = writes.map((entry) => ('put' in entry ? entry.put : entry.key));
    const before = keys.map((key) => table.peek(key));
    const result = write();
    for (const [index, key] of keys.entries()) {
      const after = table.peek(key);
      // A write whose condition does not hold is paid for too.
      used.writeUnits += factor * recordUnits(before[index], after) + indexUnits(before[index], after);
    }
    return result;
  };
  const tracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        put: async (put) => metered(table, [put], 1, () => table.putNow(put)),
        update: async (update) => metered(table, [update], 1, () => table.updateNow(update)),
        transact: async (writes) => metered(table, writes, 2, () => table.transactNow(writes)),
      }),
  });
  return { tracker, used };
};

interface ItemPlan {
  readonly maxConfirmationTime: string;
  /** When the item is confirmed, in seconds after the payment. */
  readonly confirmedAfter: number;
}

/** An order that is paid, tracked, confirmed item by item, and followed until so many seconds after the payment. */
const follow = async (
  plans: readonly ItemPlan[],
  { webhooks, until }: { readonly webhooks: 'arrive' | 'are lost'; readonly until: number },
) => {
  const { tracker, used } = meteredTracker();
  const uuids = itemUuids(plans.length);
  const itemAt = (now: number, index: number): SeenItem => {
    const { maxConfirmationTime = '', confirmedAfter = 0 } = plans[index] ?? {};
    const itemUuid = uuids[index] ?? '';
    return seen(now < confirmedAfter ? 'PENDING' : 'OK', {
      itemUuid,
      vouchers: now < confirmedAfter ? [] : [`https://vouchers.example.com/v1/${itemUuid}/voucher-1.pdf`],
      product: { type: 'musement', title: 'Guided tour', date: '2026-04-10', maxConfirmationTime },
    });
  };
  let now = 0;
  tracker.provider = () => ({
    kind: 'order',
    snapshot: {
      status: 'PENDING',
      identifier: 'MUS0738876',
      date: at(0),
      items: plans.map((_, index) => itemAt(now, index)),
      unreadable: 0,
    },
  });
  const runUntil = async (time: number): Promise<void> => {
    await tracker.run(time - now, RECONCILED);
    now = time;
  };
  await runUntil(2);
  await tracker.track({ paidAt: at(0), reference: 'B-4711' });
  for (const [index, { confirmedAfter }] of plans.entries()) {
    await runUntil(confirmedAfter);
    if (webhooks === 'arrive') await tracker.webhook('OK', '2', uuids[index]);
  }
  await runUntil(until);
  const { executions, gets } = tracker;
  return {
    gets: gets.length,
    executions: executions.length,
    transitions: executions.reduce((sum, { transitions }) => sum + transitions, 0),
    writeUnits: used.writeUnits,
  };
};

const ONE = [{ maxConfirmationTime: 'P2D', confirmedAfter: 2 * HOUR }];
const THREE = [
  { maxConfirmationTime: 'PT2H', confirmedAfter: 1.5 * HOUR },
  { maxConfirmationTime: 'P1D', confirmedAfter: 20 * HOUR },
  { maxConfirmationTime: 'P2D', confirmedAfter: 40 * HOUR },
];

/**
 * Exact figures: one that grows is a decision to make, with the prices in README.md in mind; one that falls is the new
 * budget. They depend on the UUID of the order, which spreads the checks, by a few percent.
 */
describe('what an order costs', () => {
  test.for([
    ['one item, whose webhook is lost', ONE, 'are lost', 3 * HOUR, [6, 1, 17, 50]],
    ['one item, whose webhook arrives', ONE, 'arrive', 3 * HOUR, [6, 1, 17, 55]],
    ['one item and ten days of follow-ups', ONE, 'are lost', 10 * DAY, [8, 1, 17, 64]],
    [
      'three items of different deadlines, whose webhooks are lost',
      THREE,
      'are lost',
      41 * HOUR,
      [43, 1, 128, 228],
    ],
    [
      'three items of different deadlines, whose webhooks arrive',
      THREE,
      'arrive',
      41 * HOUR,
      [44, 1, 128, 247],
    ],
  ] as const)('with %s', async ([, plans, webhooks, until, [gets, executions, transitions, writeUnits]]) => {
    expect(await follow(plans, { webhooks, until })).toEqual({ gets, executions, transitions, writeUnits });
  });
});
