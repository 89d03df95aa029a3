import { withNextCheck } from './generation.ts';
import { isUnresolved, withdrawHints, withTrackRequests } from './hints.ts';
import { type ItemChange, type ItemChangeContext, toItemChange } from './item-change.ts';
import { endTracking, isTracked, judgementOf } from './item-transitions.ts';
import type { OrderState, StoredOrder } from './model.ts';
import { omit } from './omit.ts';
import type { OrderChange } from './order-change.ts';
import type { EventContext } from './order-events.ts';

/** A request of the partner to stop tracking an order. */
export interface StopRequest extends EventContext {
  /** ARN of the caller. */
  readonly requestedBy?: string | undefined;
}

/** The order and its items after the end of tracking: each open item ends with an event, and nothing is doubtful. */
export const withTrackingEnded = (
  order: OrderState,
  context: ItemChangeContext,
): { readonly order: OrderState; readonly items: readonly ItemChange[] } => ({
  order: omit(order, 'failure', 'incompleteSince', 'unconfirmedSince'),
  items: context.stored.items.map((item) => {
    // The day after which an item is missing begins again with the next answer, unless it has passed.
    const known = item.missingAt ? item : omit(item, 'missingSince');
    const end = isTracked(known) ? endTracking(known, context.sentAt) : undefined;
    return toItemChange(item, judgementOf(omit(known, 'unconfirmed'), end), order, context);
  }),
});

/**
 * Decides what a request to stop tracking means for an order: its open items end, its hints are withdrawn, and no check
 * is planned. It raises `rev`, so that a check that is being made is not written. A running watch finds nothing due when it
 * wakes, and ends. A hint that is stored after this read is still fresh, and starts the tracking again.
 *
 * @returns `undefined` when the order is not tracked: nothing is left to check
 */
export const stopTracking = (stored: StoredOrder, request: StopRequest): OrderChange | undefined => {
  if (!isAnythingLeft(stored)) return undefined;
  const { sentAt, requestedBy } = request;
  const ended = withTrackingEnded(withTrackRequests(stored), { ...request, stored, foundBy: 'untrack' });
  return {
    ...ended,
    sentAt,
    order: withNextCheck(ended.order, stored.order, undefined, { sentAt, mustHandOver: false }),
    hints: withdrawHints(stored.hints),
    stopped: { requestedBy },
  };
};

/** Whether anything of an order can cause a check. */
const isAnythingLeft = ({ order, items, hints }: StoredOrder): boolean =>
  order.nextCheckAt !== undefined || items.some(isTracked) || hints.some(isUnresolved);
