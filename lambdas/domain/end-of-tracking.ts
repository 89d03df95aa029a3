import { withNextCheck } from './generation.ts';
import { withdrawHints, withTrackRequests } from './hints.ts';
import { type ItemChange, type ItemChangeContext, toItemChange } from './item-change.ts';
import { endTracking, isTracked, judgementOf } from './item-transitions.ts';
import type { OrderState, StoredOrder } from './model.ts';
import { omit } from './omit.ts';
import type { OrderChange } from './order-change.ts';
import type { EventContext } from './order-events.ts';

/** An untrack request: the partner stops tracking an order. */
export interface UntrackRequest extends EventContext {
  /** ARN of the caller. */
  readonly requestedBy?: string | undefined;
}

/** The order and its items after the end of tracking: each open item gets an event, and nothing stays unconfirmed. */
export const withTrackingEnded = (
  order: OrderState,
  context: ItemChangeContext,
): { readonly order: OrderState; readonly items: readonly ItemChange[] } => ({
  order: omit(order, 'failure', 'incompleteSince', 'unconfirmedSince'),
  items: context.stored.items.map((item) => {
    // The time after which an item counts as missing starts again with the next answer, unless it has passed.
    const known = item.missingAt ? item : omit(item, 'missingSince');
    const end = isTracked(known) ? endTracking(known, context.sentAt) : undefined;
    return toItemChange(item, judgementOf(omit(known, 'unconfirmed'), end), order, context);
  }),
});

/**
 * Decides what an untrack request means for an order: the tracking of its open items ends, its unresolved hints are
 * withdrawn, and no check is planned. It raises `rev`, so that the commit of a check in flight fails. A running watch
 * finds nothing due when it wakes, and ends. A hint that is stored after this read is still fresh, and starts the tracking
 * again.
 *
 * @returns `undefined` when nothing of the order can cause a check
 */
export const decideUntrack = (stored: StoredOrder, request: UntrackRequest): OrderChange | undefined => {
  if (!canCauseCheck(stored)) return undefined;
  const { sentAt, requestedBy } = request;
  const ended = withTrackingEnded(withTrackRequests(stored), { ...request, stored, foundBy: 'untrack' });
  return {
    ...ended,
    sentAt,
    order: withNextCheck(ended.order, stored.order, undefined, { sentAt, mustHandOver: false }),
    hints: withdrawHints(stored.hints),
    untracked: { requestedBy },
  };
};

/** Whether the order, an item or a hint can cause a check. */
const canCauseCheck = ({ order, items, hints }: StoredOrder): boolean =>
  order.nextCheckAt !== undefined || items.some(isTracked) || hints.length > 0;
