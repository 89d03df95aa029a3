import type { Settings } from '../contracts/settings.ts';
import type { ItemState } from './model.ts';
import { nextConfirmationCheck, nextVoucherCheck } from './schedule.ts';
import { hasConfirmationDeadline, isOpen, STATUS } from './status.ts';
import { DAY_IN_SECONDS, type Instant, latest, plusSeconds } from './time.ts';

/** An overdue item is looked at daily for 30 days, then weekly until its tracking ends. */
const DAILY_LOOKS_IN_SECONDS = 30 * DAY_IN_SECONDS;
const TRACKING_ENDS_IN_SECONDS = 180 * DAY_IN_SECONDS;

/** What is to happen with an item next, seen from the time of the newest look. */
export type ItemPlan =
  /** Its watch checks it at `at`. */
  | { readonly kind: 'watched'; readonly at: Instant; readonly nominalAt: Instant }
  /** A check is owed whose time has come: the last look had no answer for the item. */
  | { readonly kind: 'owed' }
  /** It has no watch; a refresh looks at it at `at`. */
  | { readonly kind: 'due'; readonly at: Instant }
  /** It is done, or its tracking has ended. */
  | { readonly kind: 'none' };

/** From when on an item that is still open is overdue. */
export const verdictAt = (item: ItemState, paidAt: Instant | undefined, settings: Settings): Instant =>
  item.round === 1 && !paidAt && hasConfirmationDeadline(item.status)
    ? latest(item.confirmBy, plusSeconds(item.firstSeenAt, settings.unpaidGraceInSeconds))
    : item.confirmBy;

/** When we stop looking at an item that stays open. */
export const trackingEndsAt = (item: ItemState): Instant =>
  plusSeconds(item.overdueAt ?? item.confirmBy, TRACKING_ENDS_IN_SECONDS);

/** Whether a watch follows the item: it is open and not overdue, or `OK` and waits for a voucher. */
const isWatched = (item: ItemState, seenAt: Instant, settings: Settings): boolean =>
  isOpen(item.status)
    ? !item.overdueAt && !item.trackingEndedAt
    : awaitsVoucher(item) && nextVoucherCheck(item.since, seenAt, settings) !== undefined;

const awaitsVoucher = (item: ItemState): boolean => item.status === STATUS.ok && item.vouchers.length === 0;

/**
 * Plans an item's next check.
 *
 * @param seenAt when the newest look at the item was sent
 * @param paidAt when the order was paid, if that is known
 */
export const planItem = (
  item: ItemState,
  seenAt: Instant,
  paidAt: Instant | undefined,
  settings: Settings,
): ItemPlan => {
  const watched = isWatched(item, seenAt, settings);
  if (item.doubt) {
    const at = plusSeconds(item.doubt.since, settings.witnessGapInSeconds);
    if (!watched) return { kind: 'due', at };
    return at > seenAt ? { kind: 'watched', at, nominalAt: at } : { kind: 'owed' };
  }
  if (!isOpen(item.status)) {
    const check = watched ? nextVoucherCheck(item.since, seenAt, settings) : undefined;
    return check ? { kind: 'watched', ...check } : { kind: 'none' };
  }
  if (item.trackingEndedAt) return { kind: 'none' };
  if (item.overdueAt) return { kind: 'due', at: nextOverdueLook(item.overdueAt, seenAt) };
  const check = nextConfirmationCheck(item, seenAt, settings);
  if (check) return { kind: 'watched', ...check };
  const verdict = verdictAt(item, paidAt, settings);
  return verdict > seenAt ? { kind: 'watched', at: verdict, nominalAt: verdict } : { kind: 'owed' };
};

const nextOverdueLook = (overdueAt: Instant, seenAt: Instant): Instant => {
  const nextOf = (from: Instant, step: number): Instant => {
    const steps = Math.floor((Date.parse(seenAt) - Date.parse(from)) / (step * 1000));
    return plusSeconds(from, step * (Math.max(steps, 0) + 1));
  };
  const lastDaily = plusSeconds(overdueAt, DAILY_LOOKS_IN_SECONDS);
  return seenAt < lastDaily ? nextOf(overdueAt, DAY_IN_SECONDS) : nextOf(lastDaily, 7 * DAY_IN_SECONDS);
};
