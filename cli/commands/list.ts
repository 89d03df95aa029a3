import { orderLists } from '../../lambdas/adapters/order-lists.ts';
import { describeListedOrder } from '../../lambdas/application/list-orders.ts';
import type { ListPosition, StoredSummary } from '../../lambdas/application/ports.ts';
import type { OrderListState } from '../../lambdas/contracts/table.ts';
import { isListedItem } from '../../lambdas/domain/listed-order.ts';
import type { ItemState } from '../../lambdas/domain/model.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import type { Outcome } from '../outcome.ts';
import { columns, relative } from '../text.ts';

export interface ListOptions {
  readonly state: OrderListState;
  /** How many orders are listed at most. */
  readonly limit: number;
}

/** Orders that are read at once. */
const PAGE = 100;

/** Lists the orders in a state, the earliest due first. */
export const list = async (deployment: Deployment, { state, limit }: ListOptions): Promise<Outcome> => {
  const lists = orderLists(deployment.table);
  const now = toInstant(Date.now());
  const orders: StoredSummary[] = [];
  let after: ListPosition | undefined;
  do {
    const page = await lists.withState(state, { limit: Math.min(PAGE, limit - orders.length), now, after });
    orders.push(...page.orders);
    after = page.next;
  } while (after && orders.length < limit);
  const isTruncated = after !== undefined;
  return {
    data: { orders: orders.map((order) => describeListedOrder(order)), isTruncated },
    lines: [
      ...(orders.length === 0 ? [`No order is ${state}.`] : orderTable(orders)),
      ...(isTruncated ? ['', `There may be more orders. To list more: --limit ${limit * 10}`] : []),
    ],
  };
};

/** One line for each order: its open items by status, and the earliest of their deadlines. */
export const orderTable = (orders: readonly StoredSummary[]): string[] => {
  const now = Date.now();
  return columns(
    ['ORDER', 'REFERENCE', 'OPEN ITEMS', 'CONFIRM BY', 'NEXT CHECK', 'NOTES'],
    orders.map(({ order, items }) => {
      const listed = items.filter(isListedItem);
      const [confirmBy] = listed.map((item) => item.confirmBy).toSorted();
      return [
        order.orderUuid,
        order.reference,
        countByStatus(listed),
        confirmBy && relative(confirmBy, now),
        order.nextCheckAt && relative(order.nextCheckAt, now),
        [
          order.settled && 'settled',
          listed.some(({ overdueAt }) => overdueAt) && 'overdue',
          listed.some(({ unconfirmed }) => unconfirmed) && 'unconfirmed',
          order.failure && `without an answer since ${relative(order.failure.firstAt, now)}`,
          !order.nextCheckAt && 'no check is planned',
        ]
          .filter(Boolean)
          .join(', '),
      ];
    }),
  );
};

const countByStatus = (items: readonly ItemState[]): string =>
  [...Map.groupBy(items, ({ status }) => status)]
    .map(([status, of]) => (of.length > 1 ? `${of.length} ${status}` : status))
    .join(', ');
