import type { Row } from '../../../lambdas/adapters/table.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import { DAY, type ItemScript, type OrderScript, SECOND } from '../model/order-script.ts';
import type { World } from '../world.ts';
import { isCancellation, isFinal } from './values.ts';

/** An item that enters an open status gets the deadline that the provider documents. */
export const checkDeadline = ({ orders, violations }: World, orderUuid: string, item: Row): void => {
  if (isFinal(item)) return;
  const itemUuid = item.sk.slice(RECORD.item.length);
  const order = orders.find((candidate) => candidate.orderUuid === orderUuid);
  const script = order?.items.find((candidate) => candidate.itemUuid === itemUuid);
  if (!order || !script) return;
  const confirmBy = Date.parse(item['confirmBy'] as string);
  const allowed = possibleDeadlines(order, script, item);
  if (allowed.some((deadline) => Math.abs(deadline - confirmBy) <= SECOND)) return;
  violations.add(
    'the deadline is the documented one',
    orderUuid,
    `${itemUuid} ${item['status']} ${item['confirmBy']}`,
  );
};

/** Epoch milliseconds. */
const possibleDeadlines = (order: OrderScript, { window }: ItemScript, item: Row): number[] => {
  const since = Date.parse(item['since'] as string);
  if (isCancellation(item['status'])) return [since + 7 * DAY];
  if (item['openPeriod'] !== 1) return [since + window];
  const created = Math.floor(order.createdAt / SECOND) * SECOND;
  // A host whose clock is behind sees an order before it was created; its window does not begin later than that.
  const seen = Date.parse(item['firstSeenAt'] as string);
  return [Math.min(created, seen), ...order.tracks.flatMap(({ paidAt }) => paidAt ?? [])].map(
    (opened) => opened + window,
  );
};
