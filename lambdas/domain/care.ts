import { parseActivityDate } from './calendar.ts';
import type { ItemState } from './model.ts';
import { DAY_IN_SECONDS, type Instant, plusSeconds } from './time.ts';

const days = (count: number): number => count * DAY_IN_SECONDS;

/**
 * The next routine look at an order of which nothing is followed any more: 1 and 7 days after that, the day
 * before and the day after each activity, and a week after the last. It finds a refund whose webhook was lost.
 *
 * @returns `undefined` when the last look is behind us
 */
export const nextCare = (
  items: readonly ItemState[],
  quietSince: Instant,
  seenAt: Instant,
): Instant | undefined => {
  const activities = items.flatMap((item) => parseActivityDate(item.product.date) ?? []).sort();
  const last = activities.at(-1);
  return [
    plusSeconds(quietSince, days(1)),
    plusSeconds(quietSince, days(7)),
    ...activities.flatMap((activity) => [plusSeconds(activity, days(-1)), plusSeconds(activity, days(1))]),
    ...(last ? [plusSeconds(last, days(7))] : []),
  ]
    .filter((look) => look > seenAt)
    .sort()[0];
};

const INCOMPLETE_LOOKS_IN_SECONDS = [60, 6 * 60, 21 * 60, 81 * 60, 321 * 60];
const INCOMPLETE_ENDS_IN_SECONDS = days(180);

/**
 * The next look at an order whose answers are empty, or lack or garble an item: after 1, 5 and 15 minutes,
 * 1 and 4 hours, then daily for half a year.
 */
export const nextIncompleteLook = (incompleteSince: Instant, seenAt: Instant): Instant | undefined => {
  const early = INCOMPLETE_LOOKS_IN_SECONDS.map((offset) => plusSeconds(incompleteSince, offset)).find(
    (look) => look > seenAt,
  );
  if (early) return early;
  const daysPassed = Math.floor((Date.parse(seenAt) - Date.parse(incompleteSince)) / (days(1) * 1000));
  const daily = plusSeconds(incompleteSince, days(daysPassed + 1));
  return daily <= plusSeconds(incompleteSince, INCOMPLETE_ENDS_IN_SECONDS) ? daily : undefined;
};
