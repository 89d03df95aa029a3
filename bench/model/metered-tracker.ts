import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { meteredTable } from '../../test/platform/metered-table.ts';
import { itemUuids, START, seen } from '../../test/platform/sample-order.ts';
import { TestTracker } from '../../test/platform/test-tracker.ts';

/** An item of an order: times in seconds. */
export interface PlannedItem {
  readonly maxConfirmationTime: number;
  /** After the payment. */
  readonly confirmedAfter: number;
}

/** The whole product with one order, and what it has used so far. */
export const meteredTracker = (items: readonly PlannedItem[]) => {
  const units = { readUnits: 0, writeUnits: 0 };
  const tracker = new TestTracker({
    settings: { followUps: false },
    through: (table) => meteredTable(table, units),
  });
  const uuids = itemUuids(items.length);
  const seconds = (): number => secondsBetween(START, tracker.now);
  tracker.provider = () => ({
    kind: 'order',
    snapshot: {
      status: 'PENDING',
      identifier: 'MUS0738876',
      items: items.map((item, index) => itemAt(seconds(), item, uuids[index] ?? '')),
      unreadable: 0,
    },
  });
  const used = () => ({
    ...units,
    gets: tracker.gets.length,
    transitions: tracker.executions.reduce((sum, { transitions }) => sum + transitions, 0),
  });
  const runUntil = async (time: number): Promise<void> =>
    await tracker.run(Math.max(time - seconds(), 0), { reconcileEverySeconds: 300 });
  return { tracker, uuids, used, runUntil };
};

const itemAt = (
  now: number,
  { maxConfirmationTime, confirmedAfter }: PlannedItem,
  itemUuid: string,
): SeenItem =>
  seen(now < confirmedAfter ? 'PENDING' : 'OK', {
    itemUuid,
    product: {
      type: 'musement',
      title: 'Skip-the-line guided tour of the museum',
      date: '2026-04-10',
      maxConfirmationTime: `PT${maxConfirmationTime}S`,
    },
  });
