import type { Settings } from '../contracts/settings.ts';
import { parseActivityDate } from './calendar.ts';
import type { ItemState } from './model.ts';
import {
  DAY_IN_SECONDS,
  type Instant,
  latest,
  MINUTE_IN_SECONDS,
  plusSeconds,
  secondsBetween,
} from './time.ts';

/**
 * Maximum number of scheduled checks for each item and deadline, whatever its confirmation time. This keeps an execution
 * far below the 25,000 history events that it may have.
 */
const CONFIRMATION_CHECKS = 24;

/** Largest share of a gap by which a check is put off, so that the checks of many orders spread over time. */
const OFFSET_SHARE = 0.05;

/** A number in [0, 1) that is always the same for one order. */
const shareOf = (orderUuid: string): number =>
  (Number.parseInt(orderUuid.replaceAll('-', '').slice(-8), 16) || 0) / 2 ** 32;

/** Few items are confirmed in the first hundredth of their confirmation time, so that it needs no check. */
const FIRST_CHECK_SHARE = 1 / 100;
/** However long the confirmation time is, an item that is confirmed at once should not stay unnoticed for hours. */
const LATEST_FIRST_CHECK_IN_SECONDS = 30 * MINUTE_IN_SECONDS;

/**
 * The next scheduled check of an open item, counted from the check just made. The older an item is, the less likely is
 * it to be confirmed in the next minute, so that gaps grow with its age: the square roots of the ages of the 24 checks
 * are evenly spaced, from the first one at a hundredth of the confirmation time to the last one at the deadline. A check
 * of the order serves all of its items, whatever caused it: the next one is one step after it. No check is closer to the
 * one before than the smallest gap, but the final one is exactly at the deadline.
 *
 * @returns `undefined` when the deadline is not after `sentAt`
 */
export const nextConfirmationCheck = (
  { openedAt, confirmBy }: Pick<ItemState, 'openedAt' | 'confirmBy'>,
  orderUuid: string,
  sentAt: Instant,
  { minCheckGapInSeconds }: Settings,
): Instant | undefined => {
  if (confirmBy <= sentAt) return undefined;
  const elapsed = secondsBetween(openedAt, sentAt);
  const age = Math.max(elapsed, 0);
  const confirmationTime = secondsBetween(openedAt, confirmBy);
  const first = Math.min(FIRST_CHECK_SHARE * confirmationTime, LATEST_FIRST_CHECK_IN_SECONDS);
  const step = (Math.sqrt(confirmationTime) - Math.sqrt(first)) / (CONFIRMATION_CHECKS - 1);
  const putOff = 1 + OFFSET_SHARE * shareOf(orderUuid);
  const gap = Math.max(((Math.sqrt(age) + step) ** 2 - age) * putOff, first * putOff - age);
  // The clock of whoever said when the order was paid may be ahead: no check is made before that.
  const untilOpened = Math.max(-elapsed, 0);
  const wait = untilOpened + Math.max(gap, minCheckGapInSeconds);
  return elapsed + wait > confirmationTime - minCheckGapInSeconds ? confirmBy : plusSeconds(sentAt, wait);
};

/** The first time `start + offset` that is later than `after`. */
const firstOf = (
  start: Instant,
  offsetsInSeconds: readonly number[],
  after: Instant,
): Instant | undefined => {
  const elapsed = secondsBetween(start, after);
  const offset = offsetsInSeconds.find((seconds) => seconds > elapsed);
  return offset === undefined ? undefined : plusSeconds(start, offset);
};

/** The first time later than `after` that is a whole number of steps, at least one, from `start`. */
const nextStep = (start: Instant, stepInSeconds: number, after: Instant): Instant =>
  plusSeconds(
    start,
    stepInSeconds * (Math.max(Math.floor(secondsBetween(start, after) / stepInSeconds), 0) + 1),
  );

/** A time to check an order again. */
export interface Recheck {
  readonly at: Instant;
  /** Whether the listed times are over, so that checks are daily. */
  readonly isDaily: boolean;
}

/** The first time `start + offset` that is later than `after`; when all are over, the next whole day after `start`. */
const listedThenDaily = (start: Instant, offsetsInSeconds: readonly number[], after: Instant): Recheck => {
  const listed = firstOf(start, offsetsInSeconds, after);
  return { at: listed ?? nextStep(start, DAY_IN_SECONDS, after), isDaily: !listed };
};

/** The next check of an item that is `OK` without a voucher, or `undefined` when no more is planned. */
export const nextVoucherCheck = (
  okSince: Instant,
  sentAt: Instant,
  { voucherChecksInSeconds }: Settings,
): Instant | undefined => firstOf(okSince, voucherChecksInSeconds, sentAt);

/**
 * The next check because of an unresolved hint: by the list of hint checks, then daily.
 *
 * @param firstAnswerAt when the GET of the first answer that did not resolve it was sent
 */
export const nextHintCheck = (
  firstAnswerAt: Instant,
  sentAt: Instant,
  { hintChecksInSeconds }: Settings,
): Recheck => listedThenDaily(firstAnswerAt, hintChecksInSeconds, sentAt);

/** When an order whose answers are incomplete or unconfirmed is checked again. */
const RECHECKS_IN_SECONDS = [1, 6, 21, 81, 321].map((minutes) => minutes * MINUTE_IN_SECONDS);
const DAILY_OVERDUE_CHECKS_END_IN_SECONDS = 30 * DAY_IN_SECONDS;
/** An item that stays open, or an order whose answers stay incomplete or unconfirmed, is not checked after this time. */
const CHECKS_END_IN_SECONDS = 180 * DAY_IN_SECONDS;

/**
 * The next check of an order whose answers are incomplete: after 1, 6, 21, 81 and 321 minutes, then daily for 180 days.
 */
export const nextIncompleteCheck = (incompleteSince: Instant, sentAt: Instant): Recheck | undefined =>
  listedUntilEnd(incompleteSince, RECHECKS_IN_SECONDS, sentAt);

/**
 * The next check of an order with an item that is unconfirmed: `rereadGap` after the first answer that showed one, then
 * after 1, 6, 21, 81 and 321 minutes, then daily for 180 days. Answers that contradict each other for ever, as those of
 * two replicas may, would otherwise cause a check a minute.
 *
 * @param unconfirmedSince since when each answer has shown an item that is unconfirmed
 * @param itemSince when the GET that made this item unconfirmed was sent; no check of it before `rereadGap` has passed
 */
export const nextReread = (
  unconfirmedSince: Instant,
  itemSince: Instant,
  sentAt: Instant,
  { rereadGapInSeconds }: Settings,
): Recheck | undefined => {
  const offsets = [rereadGapInSeconds, ...RECHECKS_IN_SECONDS].toSorted((one, other) => one - other);
  const check = listedUntilEnd(unconfirmedSince, offsets, sentAt);
  return check && { ...check, at: latest(check.at, plusSeconds(itemSince, rereadGapInSeconds)) };
};

const listedUntilEnd = (
  since: Instant,
  offsetsInSeconds: readonly number[],
  sentAt: Instant,
): Recheck | undefined => {
  const check = listedThenDaily(since, offsetsInSeconds, sentAt);
  return check.at <= plusSeconds(since, CHECKS_END_IN_SECONDS) ? check : undefined;
};

/**
 * When the tracking of an item that stays open ends: 180 days after it was overdue, else after its deadline or its first
 * sight.
 */
export const trackingEndsAt = ({
  overdueAt,
  confirmBy,
  firstSeenAt,
}: Pick<ItemState, 'overdueAt' | 'confirmBy' | 'firstSeenAt'>): Instant =>
  plusSeconds(overdueAt ?? latest(confirmBy, firstSeenAt), CHECKS_END_IN_SECONDS);

/** The next check of an overdue item: daily for 30 days, then weekly, and at the end of its tracking. */
export const nextOverdueCheck = (overdueAt: Instant, sentAt: Instant): Instant => {
  const lastDaily = plusSeconds(overdueAt, DAILY_OVERDUE_CHECKS_END_IN_SECONDS);
  const next =
    sentAt < lastDaily
      ? nextStep(overdueAt, DAY_IN_SECONDS, sentAt)
      : nextStep(lastDaily, 7 * DAY_IN_SECONDS, sentAt);
  const end = plusSeconds(overdueAt, CHECKS_END_IN_SECONDS);
  return end > sentAt && end < next ? end : next;
};

/**
 * The next follow-up of an order without open items: 1 and 7 days after the newest status, the day before and the day
 * after each activity, and a week after the last. It finds a refund whose webhook was lost.
 *
 * @returns `undefined` when the last follow-up is over
 */
export const nextFollowUp = (items: readonly ItemState[], sentAt: Instant): Instant | undefined => {
  const newestSince = items
    .map(({ since }) => since)
    .toSorted()
    .at(-1);
  const activities = items.flatMap(({ product }) => parseActivityDate(product.date) ?? []).toSorted();
  const lastActivity = activities.at(-1);
  const days = (...counts: readonly number[]): number[] => counts.map((count) => count * DAY_IN_SECONDS);
  return [
    ...(newestSince ? [{ start: newestSince, offsets: days(1, 7) }] : []),
    ...activities.map((start) => ({ start, offsets: days(-1, 1) })),
    ...(lastActivity ? [{ start: lastActivity, offsets: days(7) }] : []),
  ]
    .flatMap(({ start, offsets }) => firstOf(start, offsets, sentAt) ?? [])
    .toSorted()[0];
};
