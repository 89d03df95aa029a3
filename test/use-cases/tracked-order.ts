import { at, ITEM, seen } from '../platform/sample-order.ts';
import { TestTracker } from '../platform/test-tracker.ts';

type Items = Parameters<TestTracker['show']>;

/** Lets the provider show these items of an order that was paid at the start of the test, and makes the first check. */
export const trackOn = async (tracker: TestTracker, ...items: Items): Promise<TestTracker> => {
  tracker.show(...items);
  await tracker.track({ paidAt: at(0) });
  await tracker.run(5);
  return tracker;
};

export const tracked = async (...items: Items): Promise<TestTracker> =>
  await trackOn(new TestTracker(), ...items);

/** A tracker of an order that shows these items, right after a webhook. */
export const hinted = async (
  webhook: Parameters<TestTracker['webhook']>,
  ...items: Items
): Promise<TestTracker> => {
  const tracker = new TestTracker();
  tracker.show(...items);
  await tracker.webhook(...webhook);
  return tracker;
};

/** An open item that has to be confirmed within this duration. */
export const pending = (maxConfirmationTime: string, itemUuid = ITEM) =>
  seen('PENDING', { itemUuid, product: { maxConfirmationTime } });

/** The reconciler runs as often as by default. */
export const RECONCILED = { reconcileEverySeconds: 300 };
/** The reconciler runs seldom, for tests of months. */
export const SELDOM_RECONCILED = { reconcileEverySeconds: 3600 };

/** Stored records that are still due. */
export const dueRecords = (tracker: TestTracker) => tracker.rows('').filter(({ dueAt }) => dueAt);

export const count = (tracker: TestTracker, type: string): number =>
  tracker.types.filter((published) => published === type).length;
