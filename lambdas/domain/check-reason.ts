import type { CheckReason } from '../contracts/found-by.ts';
import { CLOCKS } from '../contracts/table.ts';
import type { Hint, OrderState, StoredOrder } from './model.ts';
import { isQuiet } from './next-check.ts';
import type { Instant } from './time.ts';

/** Whether the reconciler has claimed the order since its last finished check. */
export const isRescue = ({ rescueCount = 0 }: OrderState): boolean => rescueCount > 0;

/** Whether a hint of this kind has had no answer yet: no check has read it, or each one failed or was postponed. */
const isUnanswered = (hints: readonly Hint[], kind: Hint['kind']): boolean =>
  hints.some((hint) => hint.kind === kind && hint.firstAnswerAt === undefined);

/** Why an order is checked. */
export const reasonOf = (stored: StoredOrder): CheckReason =>
  isUnanswered(stored.hints, 'webhook') ? 'webhook' : otherReasonOf(stored);

/** Why an order is checked, webhooks aside. Where the reconciler is the clock, a check that it asks for is no rescue. */
export const otherReasonOf = ({ order, items, hints }: StoredOrder): CheckReason => {
  if (isRescue(order) && order.clock === CLOCKS.watch) return 'rescue';
  if (isQuiet(items)) return 'follow_up';
  return isUnanswered(hints, 'track') ? 'track' : 'schedule';
};

/** When the first of the unresolved webhooks that say this status of an item first arrived. */
export const whenWebhookCame = (
  { hints }: StoredOrder,
  itemUuid: string,
  status: string,
): Instant | undefined =>
  hints
    .flatMap((hint) =>
      hint.kind === 'webhook' && hint.itemUuid === itemUuid && hint.status === status
        ? [hint.receivedAt]
        : [],
    )
    .toSorted()[0];
