import { EVENT_TYPES, type EventType } from '../contracts/events.ts';
import type { Settings } from '../contracts/settings.ts';
import { confirmationDeadline } from './deadline.ts';
import { trackingEndsAt, verdictAt } from './item-plan.ts';
import type { ItemState, OrderState } from './model.ts';
import type { SeenItem } from './snapshot.ts';
import { hasConfirmationDeadline, isFinal, isOpen, STATUS } from './status.ts';
import { earliest, type Instant, plusSeconds } from './time.ts';

/** A step in an item's story: what is published says no more than `item` does. */
export interface Transition {
  /** `undefined` for a status that we do not know: it has no event type. */
  readonly type: EventType | undefined;
  /** The item right after the step. */
  readonly item: ItemState;
  /** Where the step changed the status. */
  readonly previousStatus?: string;
}

export interface Judgement {
  readonly item: ItemState;
  readonly transitions: readonly Transition[];
  /** The `max_confirmation_time` that could not be used, when it is new. */
  readonly unusableConfirmationTime?: string;
}

const TYPE_OF_STATUS: Readonly<Record<string, EventType>> = {
  [STATUS.ok]: EVENT_TYPES.ok,
  [STATUS.ko]: EVENT_TYPES.ko,
  [STATUS.refunded]: EVENT_TYPES.refunded,
  [STATUS.pending]: EVENT_TYPES.pending,
  [STATUS.refundStarted]: EVENT_TYPES.refundStarted,
  [STATUS.cancellationError]: EVENT_TYPES.cancellationError,
};

/**
 * Decides what one answer of the provider means for one item.
 *
 * @param before the stored item, if there is one
 * @param seen the item in the answer
 * @param order the order, with what its track requests say
 * @param isAskedFor whether a webhook or a track request of the order is due
 * @param sentAt when the GET was sent, or the time that it was planned for if that is later
 */
export const judgeItem = (
  before: ItemState | undefined,
  seen: SeenItem,
  order: OrderState,
  isAskedFor: boolean,
  sentAt: Instant,
  settings: Settings,
): Judgement => {
  const transitions: Transition[] = [];
  let item = before ? observe(before, seen, sentAt, settings) : firstSight(seen, order, sentAt);
  if (item.status !== before?.status) {
    if (!before || isOpen(item.status)) {
      item = { ...item, confirmBy: deadlineOf(item, settings).confirmBy };
    }
    transitions.push({
      type: TYPE_OF_STATUS[item.status],
      item,
      ...(before && { previousStatus: before.status }),
    });
  } else if (item.sequence !== before.sequence) {
    transitions.push({ type: EVENT_TYPES.vouchersAvailable, item });
  } else {
    item = withCurrentDeadline(item, order, isAskedFor, sentAt, settings);
  }
  const late = lateness(item, order, sentAt, settings);
  if (late) {
    item = late.item;
    transitions.push(late);
  }
  const unusable =
    isOpen(item.status) &&
    (!before || before.product.maxConfirmationTime !== item.product.maxConfirmationTime) &&
    deadlineOf(item, settings).unusable;
  return {
    item,
    transitions,
    ...(unusable && { unusableConfirmationTime: item.product.maxConfirmationTime ?? '(absent)' }),
  };
};

/** Ends the tracking of an item that stayed open for half a year, whether or not the answer holds it. */
export const endTrackingInTime = (item: ItemState, sentAt: Instant): Transition | undefined =>
  !isOpen(item.status) || item.trackingEndedAt || sentAt < trackingEndsAt(item)
    ? undefined
    : endTracking(item, sentAt);

export const endTracking = (item: ItemState, sentAt: Instant): Transition => {
  const { doubt: _, ...rest } = item;
  return {
    type: EVENT_TYPES.trackingEnded,
    item: { ...rest, trackingEndedAt: sentAt, sequence: item.sequence + 1 },
  };
};

const deadlineOf = (item: ItemState, settings: Settings) =>
  confirmationDeadline(item.status, item.openedAt, item.product.maxConfirmationTime, settings);

/** Payment and order date tell when an item began to wait for its confirmation, and nothing of a refund. */
const opening = (status: string, order: OrderState, sentAt: Instant): Instant =>
  hasConfirmationDeadline(status) ? (order.paidAt ?? earliest(order.date ?? sentAt, sentAt)) : sentAt;

const firstSight = (seen: SeenItem, order: OrderState, sentAt: Instant): ItemState => ({
  itemUuid: seen.itemUuid,
  status: seen.status,
  since: sentAt,
  statuses: [seen.status],
  sequence: 1,
  round: 1,
  attempt: 1,
  firstSeenAt: sentAt,
  openedAt: opening(seen.status, order, sentAt),
  confirmBy: sentAt,
  vouchers: seen.status === STATUS.ok ? seen.vouchers : [],
  product: seen.product,
  ...(seen.cancellationReason && { cancellationReason: seen.cancellationReason }),
});

const observe = (before: ItemState, seen: SeenItem, sentAt: Instant, settings: Settings): ItemState => {
  const product = { ...before.product, ...seen.product };
  const known = { ...before, product };
  const statusDiffers = seen.status !== before.status;
  if (!statusDiffers && !vouchersDiffer(before, seen)) return withoutDoubt(known);
  if (needsWitness(before, seen)) {
    const doubt = before.doubt;
    const sameKind = doubt && (doubt.status !== before.status) === statusDiffers;
    if (!doubt || !sameKind) return { ...known, doubt: { status: seen.status, since: sentAt } };
    if (sentAt < plusSeconds(doubt.since, settings.witnessGapInSeconds)) return known;
  }
  const sequence = before.sequence + 1;
  return statusDiffers
    ? enter(withoutDoubt(known), seen, sequence, sentAt)
    : { ...withoutDoubt(known), sequence, vouchers: seen.vouchers };
};

const enter = (before: ItemState, seen: SeenItem, sequence: number, sentAt: Instant): ItemState => {
  const { overdueAt: _, trackingEndedAt: __, cancellationReason: ___, ...rest } = before;
  return {
    ...rest,
    status: seen.status,
    since: sentAt,
    statuses: before.statuses.includes(seen.status) ? before.statuses : [...before.statuses, seen.status],
    sequence,
    vouchers: seen.status === STATUS.ok ? seen.vouchers : [],
    ...(seen.cancellationReason && { cancellationReason: seen.cancellationReason }),
    ...(isOpen(seen.status) && { round: before.round + 1, attempt: 1, openedAt: sentAt }),
  };
};

/** An answer without vouchers takes none away: only replicas that lag behind lose them. */
const vouchersDiffer = (before: ItemState, seen: SeenItem): boolean =>
  before.status === STATUS.ok &&
  seen.vouchers.length > 0 &&
  seen.vouchers.join('\n') !== before.vouchers.join('\n');

/**
 * A stale replica can only show the past. So what the item was before, what it can only have been before,
 * and anything after a final status is believed when a second answer confirms that something changed. A
 * cancellation begins with `OK`, though we may not have seen it.
 */
const needsWitness = (before: ItemState, seen: SeenItem): boolean =>
  seen.status === before.status
    ? before.vouchers.length > 0
    : before.statuses.includes(seen.status) ||
      seen.status === STATUS.pending ||
      isFinal(before.status) ||
      (seen.status === STATUS.ok && !hasConfirmationDeadline(before.status));

const withoutDoubt = (item: ItemState): ItemState => {
  const { doubt: _, ...rest } = item;
  return rest;
};

/**
 * Payment and `max_confirmation_time` may become known, or change, while an item is open. An item that was
 * called overdue and has time again waits in a new round, with a clock and checks of its own; so does one whose
 * tracking has ended and whose order is asked for again.
 */
const withCurrentDeadline = (
  item: ItemState,
  order: OrderState,
  isAskedFor: boolean,
  sentAt: Instant,
  settings: Settings,
): ItemState => {
  if (!isOpen(item.status)) return item;
  const openedAt = item.round === 1 ? opening(item.status, order, item.firstSeenAt) : item.openedAt;
  const moved = { ...item, openedAt };
  const current = { ...moved, confirmBy: deadlineOf(moved, settings).confirmBy };
  const beginsAnew = current.trackingEndedAt ? isAskedFor : current.overdueAt && current.confirmBy > sentAt;
  if (!beginsAnew) return current;
  const { overdueAt: _, trackingEndedAt: __, ...waiting } = current;
  return { ...waiting, round: item.round + 1, attempt: 1 };
};

const lateness = (
  item: ItemState,
  order: OrderState,
  sentAt: Instant,
  settings: Settings,
): Transition | undefined => {
  if (!isOpen(item.status) || item.doubt) return undefined;
  if (item.overdueAt) return endTrackingInTime(item, sentAt);
  if (item.trackingEndedAt || sentAt < verdictAt(item, order.paidAt, settings)) return undefined;
  return {
    type: EVENT_TYPES.overdue,
    item: { ...item, overdueAt: sentAt, sequence: item.sequence + 1 },
  };
};
