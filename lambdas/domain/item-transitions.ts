import { EVENT_TYPES, type ItemEventType } from '../../events/index.ts';
import type { Settings } from '../contracts/settings.ts';
import { confirmationDeadline, type Deadline } from './deadline.ts';
import type { CheckContext, Hint, ItemState, OrderState } from './model.ts';
import { omit } from './omit.ts';
import { trackingEndsAt } from './schedule.ts';
import type { SeenItem } from './snapshot.ts';
import { hasConfirmationDeadline, isFinal, isOpen, STATUS } from './status.ts';
import { earliest, type Instant, latest, plusSeconds } from './time.ts';

/** One step of an item, with its event. Entering an unknown status has none. */
export interface Transition {
  readonly type: ItemEventType;
  /** The item right after the step. */
  readonly item: ItemState;
  /** The status before, if the step changed it. */
  readonly previousStatus?: string | undefined;
}

/** What one answer of the provider means for one item. */
export interface ItemJudgement {
  readonly item: ItemState;
  readonly transitions: readonly Transition[];
  /** The `max_confirmation_time` that is unusable, if it is new. */
  readonly unusableConfirmationTime?: string | undefined;
}

/** What an item is judged by, besides the answer. */
export interface JudgingContext extends Pick<CheckContext, 'sentAt' | 'settings'> {
  /** The order, with what its track requests say. */
  readonly order: OrderState;
  /** The unresolved hints of the order. */
  readonly hints: readonly Hint[];
}

const TYPE_OF_STATUS: Readonly<Partial<Record<string, ItemEventType>>> = {
  [STATUS.ok]: EVENT_TYPES.ok,
  [STATUS.ko]: EVENT_TYPES.ko,
  [STATUS.refunded]: EVENT_TYPES.refunded,
  [STATUS.pending]: EVENT_TYPES.pending,
  [STATUS.refundStarted]: EVENT_TYPES.refundStarted,
  [STATUS.cancellationError]: EVENT_TYPES.cancellationError,
};

/**
 * Decides what an answer means for an item that it shows.
 *
 * @param before the stored item, if there is one
 */
export const judgeItem = (
  before: ItemState | undefined,
  seen: SeenItem,
  context: JudgingContext,
): ItemJudgement => {
  const { settings } = context;
  const transitions: Transition[] = [];
  let item = before ? observe(before, seen, context) : firstSight(seen, context);
  if (item.status !== before?.status) {
    if (!before || isOpen(item.status)) {
      item = { ...item, confirmBy: deadlineOf(item, settings).confirmBy };
    }
    const type = TYPE_OF_STATUS[item.status];
    if (type) transitions.push({ type, item, previousStatus: before?.status });
  } else if (item.sequence !== before.sequence) {
    transitions.push({ type: EVENT_TYPES.vouchersAvailable, item });
  } else {
    item = withCurrentDeadline(item, context);
  }
  // A status that waits for a second answer may be the final one: tracking does not end before that answer.
  const end = item.unconfirmed ? undefined : (overdue(item, context) ?? endOfTracking(item, context.sentAt));
  if (end) {
    item = end.item;
    transitions.push(end);
  }
  const { maxConfirmationTime = '(absent)' } = item.product;
  const isNew = !before || before.product.maxConfirmationTime !== item.product.maxConfirmationTime;
  const isUnusable = isNew && isOpen(item.status) && deadlineOf(item, settings).unusable;
  return { item, transitions, unusableConfirmationTime: isUnusable ? maxConfirmationTime : undefined };
};

/**
 * Decides what an answer means for an item that it does not show. The item keeps its state, but is tracked again if a
 * hint asks for its order again. An item that every answer has lacked for `missingAfter` is missing: if it is open, one
 * event reports it.
 *
 * @param isOrderShown whether the answer shows other items of the order, and all that it shows can be read
 */
export const judgeUnseenItem = (
  before: ItemState,
  isOrderShown: boolean,
  { hints, sentAt, settings }: JudgingContext,
): ItemJudgement => {
  const isResumed = isAskedForAgain(before, hints) && sentAt < trackingEndsAt(omit(before, 'overdueAt'));
  const item = isResumed ? resumed(before) : before;
  const end = endOfTracking(item, sentAt);
  if (end || !isOrderShown || item.missingAt) return judgementOf(item, end);
  const missingSince = item.missingSince ?? sentAt;
  if (sentAt < plusSeconds(missingSince, settings.missingAfterInSeconds)) {
    return judgementOf({ ...item, missingSince });
  }
  const missing = { ...item, missingSince, missingAt: sentAt };
  if (!isTracked(item)) return judgementOf(missing);
  const reported = { ...missing, sequence: item.sequence + 1 };
  return judgementOf(missing, { type: EVENT_TYPES.missing, item: reported });
};

/** The judgement of an item that no answer was applied to, after one step or none. */
export const judgementOf = (item: ItemState, step?: Transition): ItemJudgement => ({
  item: step?.item ?? item,
  transitions: step ? [step] : [],
});

/** Ends the tracking of an item that has stayed open for 180 days, whether or not the answer shows it. */
const endOfTracking = (item: ItemState, sentAt: Instant): Transition | undefined =>
  isTracked(item) && sentAt >= trackingEndsAt(item) ? endTracking(item, sentAt) : undefined;

/** Ends the tracking of an open item. */
export const endTracking = (item: ItemState, sentAt: Instant): Transition => ({
  type: EVENT_TYPES.trackingEnded,
  item: { ...omit(item, 'unconfirmed'), trackingEndedAt: sentAt, sequence: item.sequence + 1 },
});

/** Whether the item is open and its tracking has not ended. */
export const isTracked = (item: Pick<ItemState, 'status' | 'trackingEndedAt'>): boolean =>
  isOpen(item.status) && item.trackingEndedAt === undefined;

/**
 * The time from which an open item is overdue: its deadline. In the first open period of an order without `paidAt` it is
 * not before the end of the unpaid grace, because `PENDING` includes unpaid items.
 */
export const overdueFrom = (
  item: ItemState,
  paidAt: Instant | undefined,
  { unpaidGraceInSeconds }: Settings,
): Instant =>
  item.openPeriod === 1 && !paidAt && hasConfirmationDeadline(item.status)
    ? latest(item.confirmBy, plusSeconds(item.firstSeenAt, unpaidGraceInSeconds))
    : item.confirmBy;

const deadlineOf = (item: ItemState, settings: Settings): Deadline =>
  confirmationDeadline(item.status, item.openedAt, item.product.maxConfirmationTime, settings);

/**
 * When the first open period began. Payment, or else the creation of the order, starts the confirmation of an item; a
 * cancellation starts when it is first seen.
 */
const firstOpening = (status: string, { paidAt, date }: OrderState, firstSeenAt: Instant): Instant =>
  hasConfirmationDeadline(status) ? (paidAt ?? earliest(date ?? firstSeenAt, firstSeenAt)) : firstSeenAt;

const firstSight = (seen: SeenItem, { order, sentAt }: JudgingContext): ItemState => ({
  itemUuid: seen.itemUuid,
  status: seen.status,
  since: sentAt,
  statuses: [seen.status],
  sequence: 1,
  openPeriod: 1,
  firstSeenAt: sentAt,
  openedAt: firstOpening(seen.status, order, sentAt),
  confirmBy: sentAt,
  vouchers: vouchersOf(seen),
  product: seen.product,
  cancellationReason: seen.cancellationReason,
});

/** Vouchers are valid only while the item is `OK`. */
const vouchersOf = ({ status, vouchers }: SeenItem): readonly string[] =>
  status === STATUS.ok ? vouchers : [];

const observe = (before: ItemState, seen: SeenItem, { sentAt, settings }: JudgingContext): ItemState => {
  const { unconfirmed } = before;
  const item = {
    ...omit(before, 'missingSince', 'missingAt'),
    product: { ...before.product, ...seen.product },
  };
  const statusDiffers = seen.status !== before.status;
  if (!statusDiffers && !vouchersDiffer(before, seen)) return omit(item, 'unconfirmed');
  if (needsConfirmation(before, seen)) {
    // A difference in status does not confirm one in vouchers, nor the other way round.
    const isSecond = unconfirmed && (unconfirmed.status !== before.status) === statusDiffers;
    if (!isSecond) return { ...item, unconfirmed: { status: seen.status, since: sentAt } };
    if (sentAt < plusSeconds(unconfirmed.since, settings.rereadGapInSeconds)) return item;
  }
  const sequence = before.sequence + 1;
  const confirmed = omit(item, 'unconfirmed');
  return statusDiffers
    ? enterStatus({ ...confirmed, sequence }, seen, sentAt)
    : { ...confirmed, sequence, vouchers: seen.vouchers };
};

/** The item in its new status; an open status begins a new open period. */
const enterStatus = (item: ItemState, seen: SeenItem, sentAt: Instant): ItemState => ({
  ...omit(item, 'overdueAt', 'trackingEndedAt'),
  status: seen.status,
  since: sentAt,
  statuses: item.statuses.includes(seen.status) ? item.statuses : [...item.statuses, seen.status],
  vouchers: vouchersOf(seen),
  cancellationReason: seen.cancellationReason,
  ...(isOpen(seen.status) && { openPeriod: item.openPeriod + 1, openedAt: sentAt }),
});

/** An answer without vouchers removes none: it comes from a replica that lags behind. */
const vouchersDiffer = (before: ItemState, seen: SeenItem): boolean =>
  before.status === STATUS.ok &&
  seen.vouchers.length > 0 &&
  seen.vouchers.join('\n') !== before.vouchers.join('\n');

/**
 * Whether a replica that lags behind could show this. It shows the past: a status that the item had, `PENDING`, which
 * comes first, or anything where a final status is stored. A cancellation begins with `OK`, and may have gone through other
 * open statuses, whether or not we saw them; only `KO` and `REFUNDED` end it.
 */
const needsConfirmation = (before: ItemState, seen: SeenItem): boolean =>
  seen.status === before.status
    ? before.vouchers.length > 0
    : before.statuses.includes(seen.status) ||
      seen.status === STATUS.pending ||
      isFinal(before.status) ||
      (!hasConfirmationDeadline(before.status) && (seen.status === STATUS.ok || isOpen(seen.status)));

/**
 * The open item with the deadline that follows from what is known now: payment and `max_confirmation_time` may become
 * known, or change, while it is open. A new open period begins when an overdue item gets time again, and when a hint asks
 * for an item whose tracking has ended.
 */
const withCurrentDeadline = (
  item: ItemState,
  { order, hints, sentAt, settings }: JudgingContext,
): ItemState => {
  if (!isOpen(item.status)) return item;
  const openedAt = item.openPeriod === 1 ? firstOpening(item.status, order, item.firstSeenAt) : item.openedAt;
  const current = { ...item, openedAt, confirmBy: deadlineOf({ ...item, openedAt }, settings).confirmBy };
  const { trackingEndedAt, overdueAt, confirmBy } = current;
  const restarts = trackingEndedAt ? isAskedForAgain(item, hints) : overdueAt && confirmBy > sentAt;
  return restarts ? resumed(current) : current;
};

/** The item at the beginning of a new open period. */
const resumed = (item: ItemState): ItemState => ({
  ...omit(item, 'overdueAt', 'trackingEndedAt'),
  openPeriod: item.openPeriod + 1,
});

/**
 * Whether a hint asks for an open item whose tracking has ended. A hint that has had no answer came after the end, whatever
 * the clocks say: the end of tracking leaves none like that which it has read.
 */
const isAskedForAgain = ({ status, trackingEndedAt }: ItemState, hints: readonly Hint[]): boolean =>
  isOpen(status) &&
  trackingEndedAt !== undefined &&
  hints.some(
    ({ firstAnswerAt, requestedAt }) => firstAnswerAt === undefined || requestedAt > trackingEndedAt,
  );

/** An item is overdue when it is found open past its deadline. */
const overdue = (item: ItemState, { order, sentAt, settings }: JudgingContext): Transition | undefined =>
  isTracked(item) && !item.overdueAt && sentAt >= overdueFrom(item, order.paidAt, settings)
    ? {
        type: EVENT_TYPES.overdue,
        item: { ...item, overdueAt: sentAt, sequence: item.sequence + 1 },
      }
    : undefined;
