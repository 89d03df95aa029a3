import type { OrderListState } from '../contracts/table.ts';
import { isTracked } from './item-transitions.ts';
import type { ItemState, OrderState } from './model.ts';

/** Whether a list of orders shows an item: it is open and tracked, or its status is unconfirmed. */
export const isListedItem = (item: ItemState): boolean => isTracked(item) || item.unconfirmed !== undefined;

/**
 * The states that an order is listed by, except `parked`. An order without any known item counts as open. An order without
 * a next check has no state.
 */
export const orderStates = (order: OrderState, items: readonly ItemState[]): readonly OrderListState[] => {
  if (order.nextCheckAt === undefined) return [];
  const tracked = items.filter(isTracked);
  const isOpen = items.length === 0 || tracked.length > 0;
  return [
    ...(isOpen ? (['open'] as const) : []),
    ...(tracked.some(({ overdueAt }) => overdueAt) ? (['overdue'] as const) : []),
    ...(items.some(({ unconfirmed }) => unconfirmed) ? (['unconfirmed'] as const) : []),
    ...(order.failure ? (['failing'] as const) : []),
  ];
};
