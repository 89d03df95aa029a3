import type { PartialSettings } from '../../lambdas/contracts/settings.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { DAY_IN_SECONDS, secondsBetween } from '../../lambdas/domain/time.ts';
import type { FunctionName } from './deployment.ts';
import { meteredTable } from './metered-table.ts';
import { at, ITEM, itemUuids, START, seen } from './sample-order.ts';
import { SILENT_TELEMETRY } from './silent-telemetry.ts';
import { type InvocationObserver, TestTracker } from './test-tracker.ts';

/** An item of an order: times in seconds. */
export interface PlannedItem {
  readonly maxConfirmationTime: number;
  /** After the payment. */
  readonly confirmedAfter: number;
}

export interface MeteredTrackerOptions {
  readonly settings?: PartialSettings | undefined;
  /** 0: never. @default 300 */
  readonly reconcileEveryInSeconds?: number;
  /** @default - logs and metrics are dropped */
  readonly observer?: InvocationObserver;
}

/** The whole product with one order that is paid at the start, and what it has used so far. */
export const meteredTracker = (
  items: readonly PlannedItem[],
  {
    settings = {},
    reconcileEveryInSeconds = 300,
    observer = { telemetry: () => SILENT_TELEMETRY, ended() {} },
  }: MeteredTrackerOptions = {},
) => {
  const units = { readUnits: 0, writeUnits: 0 };
  /** Without those of the reconciler, which runs whether or not there are orders. */
  const invocations: Partial<Record<FunctionName, number>> = {};
  const tracker = new TestTracker({
    settings,
    through: (table) => meteredTable(table, units),
    observer: {
      telemetry: observer.telemetry,
      ended: (name) => {
        observer.ended(name);
        if (name !== 'reconcile') invocations[name] = (invocations[name] ?? 0) + 1;
      },
    },
  });
  const uuids = itemUuids(items.length);
  const seconds = (): number => secondsBetween(START, tracker.now);
  tracker.provider = () => ({
    kind: 'order',
    snapshot: {
      status: 'PENDING',
      identifier: 'MUS0738876',
      items: items.map((item, index) => plannedItemAt(seconds(), item, uuids[index])),
      unreadable: 0,
    },
  });
  const used = () => ({
    ...units,
    invocations: { ...invocations },
    gets: tracker.gets.length,
    executions: tracker.executions.length,
    transitions: tracker.executions.reduce((sum, { transitions }) => sum + transitions, 0),
  });
  const runUntil = async (time: number): Promise<void> =>
    await tracker.run(Math.max(time - seconds(), 0), { reconcileEverySeconds: reconcileEveryInSeconds });
  return { tracker, uuids, used, runUntil };
};

/** The item as Musement shows it, the given number of seconds after the payment. Its activity is 30 days later. */
export const plannedItemAt = (
  seconds: number,
  { maxConfirmationTime, confirmedAfter }: PlannedItem,
  itemUuid = ITEM,
): SeenItem =>
  seen(seconds < confirmedAfter ? 'PENDING' : 'OK', {
    itemUuid,
    product: {
      type: 'musement',
      title: 'Skip-the-line guided tour of the museum',
      date: at(30 * DAY_IN_SECONDS).slice(0, 10),
      maxConfirmationTime: `PT${maxConfirmationTime}S`,
    },
  });
