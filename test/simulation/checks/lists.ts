import { orderLists } from '../../../lambdas/adapters/order-lists.ts';
import type { Row } from '../../../lambdas/adapters/table.ts';
import type { ListPosition } from '../../../lambdas/application/ports.ts';
import { PARTITION, RECORD } from '../../../lambdas/contracts/table.ts';
import type { World } from '../world.ts';
import { isFinal, iso } from './values.ts';

/** Small, so that a list has several pages. */
const PAGE = 3;

/** Every order is found by the reference that it has, and every open order is in the list of these, once. */
export const checkLists = async (world: World): Promise<void> => {
  const { table, violations } = world;
  const lists = orderLists(table);
  const orders = table.rows().filter(({ pk, sk }) => pk.startsWith(PARTITION.order) && sk === RECORD.order);
  for (const { pk, reference } of orders) {
    if (typeof reference !== 'string') continue;
    const found = await lists.withReference(reference, { limit: PAGE });
    if (found.orders.some(({ order }) => `${PARTITION.order}${order.orderUuid}` === pk)) continue;
    violations.add('an order is found by its reference', pk.slice(PARTITION.order.length), reference);
  }
  const listed: string[] = [];
  let after: ListPosition | undefined;
  do {
    const page = await lists.withState('open', { limit: PAGE, now: iso(world.agenda.now), after });
    listed.push(...page.orders.map(({ order }) => `${PARTITION.order}${order.orderUuid}`));
    after = page.next;
  } while (after);
  const open = orders.filter((order) => isOpen(order, table.partition(order.pk))).map(({ pk }) => pk);
  const wrong = [...new Set([...open, ...listed])].filter(
    (pk) => open.includes(pk) !== listed.includes(pk) || listed.indexOf(pk) !== listed.lastIndexOf(pk),
  );
  for (const pk of wrong) {
    violations.add('the list of open orders shows each of them', pk.slice(PARTITION.order.length), '');
  }
};

const isOpen = (order: Row, rows: readonly Row[]): boolean => {
  const items = rows.filter(({ sk }) => sk.startsWith(RECORD.item));
  const tracked = items.filter((item) => !isFinal(item) && item['trackingEndedAt'] === undefined);
  return order['nextCheckAt'] !== undefined && (items.length === 0 || tracked.length > 0);
};
