import type { OrderListState } from '../contracts/table.ts';
import { isTracked } from './item-transitions.ts';
import type { ItemState, OrderState } from './model.ts';

/** Whether an item belongs into a list of orders: it is open and still tracked, or its status is unconfirmed. */
export const isListedItem = (item: ItemState): boolean => isTracked(item) || item.unconfirmed !== undefined;

/**
 * What an order is listed as, besides `parked`. An order whose items Musement has not shown yet is open too. One that is
 * not checked any more is nothing.
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
