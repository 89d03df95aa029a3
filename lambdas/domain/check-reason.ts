import type { FoundBy } from '../contracts/events.ts';
import { CLOCKS } from '../contracts/table.ts';
import { isUnresolved } from './hints.ts';
import type { OrderState, StoredOrder } from './model.ts';
import { isQuiet } from './next-check.ts';
import type { Instant } from './time.ts';

/** Whether the reconciler has claimed the order since its last finished check. */
export const isRescue = ({ rescueCount = 0 }: OrderState): boolean => rescueCount > 0;

/** Why an order is checked. */
export const reasonOf = (stored: StoredOrder): FoundBy =>
  stored.hints.some(({ kind, isFresh }) => kind === 'webhook' && isFresh) ? 'webhook' : otherReasonOf(stored);

/** Why an order is checked, webhooks aside. Where the reconciler is the clock, a check that it asks for is no rescue. */
export const otherReasonOf = ({ order, items, hints }: StoredOrder): FoundBy => {
  if (isRescue(order) && order.clock === CLOCKS.watch) return 'rescue';
  if (isQuiet(items)) return 'follow_up';
  return hints.some(({ kind, isFresh }) => kind === 'track' && isFresh) ? 'track' : 'schedule';
};

/** When the first of the unresolved webhooks that say this status of an item was last received. */
export const whenWebhookCame = (
  { hints }: StoredOrder,
  itemUuid: string,
  status: string,
): Instant | undefined =>
  hints
    .flatMap((hint) =>
      isUnresolved(hint) && hint.kind === 'webhook' && hint.itemUuid === itemUuid && hint.status === status
        ? [hint.requestedAt]
        : [],
    )
    .toSorted()[0];
