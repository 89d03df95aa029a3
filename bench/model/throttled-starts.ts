import { secondsBetween } from '../../lambdas/domain/time.ts';
import { plannedItemAt } from '../../test/platform/metered-tracker.ts';
import { START } from '../../test/platform/sample-order.ts';
import { TestTracker } from '../../test/platform/test-tracker.ts';
import { mean } from '../statistics.ts';
import type { FollowedItem } from './scenario.ts';

/** A token bucket: so many at once, refilled by so many a second. */
interface Quota {
  readonly burst: number;
  readonly perSecond: number;
}

export interface ThrottledStarts {
  /** Calls of StartExecution, and those of them that were throttled. */
  readonly starts: number;
  readonly throttled: number;
  /** Changes of the table that the stream gave up after its retries: the reconciler rescues these orders. */
  readonly givenUp: number;
  /** Orders whose final event was published, and how often one was published again. */
  readonly published: number;
  readonly repeated: number;
  /** Mean and longest time in seconds from a confirmation to its event. */
  readonly meanDelay: number;
  readonly maxDelay: number;
}

export interface StartsOptions {
  readonly ordersPerSecond: number;
  readonly maxConfirmationTime: number;
  readonly reconcileEveryInSeconds: number;
  /** @default - no limit */
  readonly quota?: Quota;
}

/** Items that are confirmed long enough before the deadline to be found by it, even by a rescue. */
export const confirmedInTime = (
  items: readonly FollowedItem[],
  maxConfirmationTime: number,
): readonly FollowedItem[] =>
  items.filter(({ confirmedAfter }) => confirmedAfter < 0.9 * maxConfirmationTime);

/** Follows orders whose webhooks are all lost with the whole product, in virtual time, under a quota of StartExecution. */
export const followUnderQuota = async (
  items: readonly FollowedItem[],
  { ordersPerSecond, maxConfirmationTime, reconcileEveryInSeconds, quota }: StartsOptions,
): Promise<ThrottledStarts> => {
  const tracker = new TestTracker({ settings: { followUps: false } });
  const seconds = (): number => secondsBetween(START, tracker.now);
  const byOrder = new Map(items.map((item) => [item.orderUuid, item]));
  tracker.provider = (orderUuid) => {
    const confirmedAfter = byOrder.get(orderUuid)?.confirmedAfter ?? Number.NaN;
    const item = plannedItemAt(seconds(), { maxConfirmationTime, confirmedAfter });
    return { kind: 'order', snapshot: { status: 'PENDING', items: [item], unreadable: 0 } };
  };
  let starts = 0;
  let throttled = 0;
  const isOverQuota = quota ? bucketOf(quota, seconds) : () => false;
  tracker.throttlesStart = () => {
    starts++;
    const isThrottled = isOverQuota();
    if (isThrottled) throttled++;
    return isThrottled;
  };
  for (const { orderUuid } of items) {
    await tracker.track({ paidAt: START }, orderUuid);
    await tracker.run(1 / ordersPerSecond);
  }
  await tracker.run(maxConfirmationTime, { reconcileEverySeconds: reconcileEveryInSeconds });
  const final = tracker.published.filter(({ type }) => type === 'order_item.ok');
  const delays = final.map(({ subject = '', time }) => {
    const confirmedAfter = byOrder.get(subject.split('/')[0] ?? '')?.confirmedAfter ?? Number.NaN;
    return secondsBetween(START, time) - confirmedAfter;
  });
  const published = new Set(final.map(({ id }) => id)).size;
  return {
    starts,
    throttled,
    givenUp: tracker.dispatchStream.dropped,
    published,
    repeated: final.length - published,
    meanDelay: mean(delays),
    maxDelay: Math.max(...delays),
  };
};

/** Whether a call is over the quota; a call that is not takes a token. */
const bucketOf = ({ burst, perSecond }: Quota, now: () => number): (() => boolean) => {
  let tokens = burst;
  let filledAt = now();
  return () => {
    tokens = Math.min(burst, tokens + (now() - filledAt) * perSecond);
    filledAt = now();
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
  };
};
