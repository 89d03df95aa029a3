import type { Settings } from '../contracts/settings.ts';
import { CLOCKS, type Clock, type Lane } from '../contracts/table.ts';
import { isUnresolved } from './hints.ts';
import { isTracked, overdueFrom } from './item-transitions.ts';
import type { ItemState, OrderState, StoredOrder } from './model.ts';
import { isDaily } from './provider-failure.ts';
import {
  nextConfirmationCheck,
  nextFollowUp,
  nextHintCheck,
  nextIncompleteCheck,
  nextOverdueCheck,
  nextReread,
  nextVoucherCheck,
  type Recheck,
  trackingEndsAt,
} from './schedule.ts';
import { STATUS } from './status.ts';
import { DAY_IN_SECONDS, type Instant, latest, plusSeconds, roundUpToSecond } from './time.ts';

/** When an order is checked next, and what makes it happen. */
export interface NextCheck {
  /** In whole seconds, later than the check that it follows. */
  readonly at: Instant;
  readonly clock: Clock;
  /** Lane of the index of what is due: `FOLLOW_UP` where nothing but a follow-up is planned. */
  readonly lane: Lane;
}

/** An order right after a check. */
export interface CheckedOrder extends StoredOrder {
  /** UUIDs of the items that the answer showed. */
  readonly shown: ReadonlySet<string>;
  /** When the check's GET was sent. */
  readonly sentAt: Instant;
}

const byWatch = (at: Instant | undefined): NextCheck[] =>
  at ? [{ at, clock: CLOCKS.watch, lane: 'RESCUE' }] : [];

const byReconciler = (at: Instant | undefined, lane: Lane = 'RESCUE'): NextCheck[] =>
  at ? [{ at, clock: CLOCKS.reconciler, lane }] : [];

/** Daily checks are left to the reconciler, which costs less than an execution that waits. */
const byWatchUnlessDaily = (check: Recheck | undefined): NextCheck[] =>
  check?.isDaily ? byReconciler(check.at) : byWatch(check?.at);

/**
 * Decides when an order is checked next: the earliest time of the reasons that apply. Each of these times is after
 * `sentAt`, so that no check can repeat at once. The watch is the clock if any of the reasons needs it.
 *
 * The time is rounded up to a whole second, because Step Functions cuts the milliseconds off the time that it waits for
 * and would wake up to a second early.
 *
 * @returns `undefined` when nothing is left to check
 */
export const nextCheck = (checked: CheckedOrder, settings: Settings): NextCheck | undefined => {
  const reasons = reasonsToCheck(checked, settings);
  const [earliest] = reasons.toSorted((one, other) => (one.at < other.at ? -1 : 1));
  return (
    earliest && {
      at: roundUpToSecond(earliest.at),
      clock: reasons.some(({ clock }) => clock === CLOCKS.watch) ? CLOCKS.watch : CLOCKS.reconciler,
      lane: reasons.every(({ lane }) => lane === 'FOLLOW_UP') ? 'FOLLOW_UP' : 'RESCUE',
    }
  );
};

const reasonsToCheck = (checked: CheckedOrder, settings: Settings): readonly NextCheck[] => {
  const { order, items, hints, sentAt } = checked;
  const { failure, incompleteSince } = order;
  // While the provider fails, no other reason counts.
  if (failure) return byWatchUnlessDaily({ at: failure.retryAt, isDaily: isDaily(failure) });
  return [
    ...hints.flatMap((hint) =>
      isUnresolved(hint) && hint.firstAnswerAt
        ? byWatchUnlessDaily(nextHintCheck(hint.firstAnswerAt, sentAt, settings))
        : [],
    ),
    ...items.flatMap((item) => reasonsToCheckItem(item, checked, settings)),
    ...(incompleteSince ? byWatchUnlessDaily(nextIncompleteCheck(incompleteSince, sentAt)) : []),
    ...(settings.followUps && isQuiet(items) ? byReconciler(nextFollowUp(items, sentAt), 'FOLLOW_UP') : []),
  ];
};

/** Whether there are items, and none of them is open and still tracked. */
export const isQuiet = (items: readonly ItemState[]): boolean => items.length > 0 && !items.some(isTracked);

const reasonsToCheckItem = (
  item: ItemState,
  { order, shown, sentAt }: Omit<CheckedOrder, 'items' | 'hints'>,
  settings: Settings,
): readonly NextCheck[] => {
  const { unconfirmed } = item;
  const { unconfirmedSince } = order;
  // Where the answer did not show the item, the order is incomplete and checked again because of that.
  const reread =
    unconfirmed && unconfirmedSince && shown.has(item.itemUuid)
      ? nextReread(unconfirmedSince, unconfirmed.since, sentAt, settings)
      : undefined;
  const awaitsVoucher = item.status === STATUS.ok && item.vouchers.length === 0;
  return [
    ...byWatchUnlessDaily(reread),
    ...reasonsToCheckMissingItem(item, sentAt, settings),
    ...(isTracked(item) ? reasonsToCheckOpenItem(item, order, sentAt, settings) : []),
    ...(awaitsVoucher ? byWatch(nextVoucherCheck(item.since, sentAt, settings)) : []),
  ];
};

/** The check that decides whether an item is missing. */
const reasonsToCheckMissingItem = (
  { missingSince, missingAt }: ItemState,
  sentAt: Instant,
  settings: Settings,
): readonly NextCheck[] => {
  if (!missingSince || missingAt) return [];
  const decidedAt = plusSeconds(missingSince, settings.missingAfterInSeconds);
  return decidedAt > sentAt ? byReconciler(decidedAt) : [];
};

const reasonsToCheckOpenItem = (
  item: ItemState,
  { orderUuid, paidAt }: OrderState,
  sentAt: Instant,
  settings: Settings,
): readonly NextCheck[] => {
  if (item.overdueAt) return byReconciler(nextOverdueCheck(item.overdueAt, sentAt));
  const scheduled = nextConfirmationCheck(item, orderUuid, sentAt, settings);
  if (scheduled) return byWatch(scheduled);
  const overdueAfter = overdueFrom(item, paidAt, settings);
  if (overdueAfter > sentAt) return byWatch(overdueAfter);
  // After that time an open item is overdue, unless it is unconfirmed or no answer has shown it since. Both have reasons
  // of their own to be checked, so that only the end of the tracking is left to plan. It has passed where an item that is
  // asked for again is unconfirmed: an order with an open item is always due.
  const end = trackingEndsAt(item);
  return byReconciler(end > sentAt ? end : plusSeconds(sentAt, DAY_IN_SECONDS));
};

/** When an item is checked next, for people to see. It is never checked before its order. */
export const nextItemCheck = (
  item: ItemState,
  order: OrderState,
  settings: Settings,
): Instant | undefined => {
  const { nextCheckAt, checkedAt = item.since } = order;
  const checked = { order, shown: new Set([item.itemUuid]), sentAt: checkedAt };
  const [first] = reasonsToCheckItem(item, checked, settings)
    .map(({ at }) => roundUpToSecond(at))
    .toSorted();
  return nextCheckAt && first && latest(first, nextCheckAt);
};
