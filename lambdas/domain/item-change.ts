import type { FoundBy } from '../../events/index.ts';
import { otherReasonOf, whenWebhookCame } from './check-reason.ts';
import type { ItemJudgement } from './item-transitions.ts';
import type { ItemState, OrderState, StoredOrder } from './model.ts';
import { type EventContext, itemEvent, type OutboxEvent } from './order-events.ts';
import { isFinal } from './status.ts';

/** What is written of one item. */
export interface ItemChange {
  readonly before?: ItemState | undefined;
  readonly after: ItemState;
  readonly foundBy: FoundBy;
  readonly events: readonly OutboxEvent[];
  /** The `max_confirmation_time` that is unusable, if it is new. */
  readonly unusableConfirmationTime?: string | undefined;
}

/** What the events of an item are made from, besides its judgement. */
export interface ItemChangeContext extends EventContext {
  /** The order as it was read before the change was decided. */
  readonly stored: StoredOrder;
  /** How the transitions were found, if not by a check. */
  readonly foundBy?: FoundBy | undefined;
}

/** What is written of an item: a webhook found its status if an unresolved one says just that. */
export const toItemChange = (
  before: ItemState | undefined,
  { item: after, transitions, unusableConfirmationTime }: ItemJudgement,
  order: OrderState,
  context: ItemChangeContext,
): ItemChange => {
  const cameAt = whenWebhookCame(context.stored, after.itemUuid, after.status);
  const foundBy = context.foundBy ?? (cameAt ? 'webhook' : otherReasonOf(context.stored));
  const isNewlyFinal = isFinal(after.status) && after.status !== before?.status;
  const webhookAt = isNewlyFinal ? cameAt : undefined;
  const events = transitions.map((step) => ({ ...itemEvent(step, order, foundBy, context), webhookAt }));
  return { before, after, foundBy, events, unusableConfirmationTime };
};
