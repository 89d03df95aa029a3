import type { Row } from '../../../lambdas/adapters/table.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import { DAY, type ItemScript, type OrderScript, SECOND } from '../model/order-script.ts';
import type { World } from '../world.ts';

const FINAL: ReadonlySet<unknown> = new Set(['OK', 'KO', 'REFUNDED']);

/** Statuses of a cancellation, which have a window of their own. */
export const isResolution = (status: unknown): boolean =>
  status === 'REFUND_STARTED' || status === 'CANCELLATION_ERROR';

/** An item that enters an open status gets the deadline that the documents allow it. */
export const checkDeadline = ({ orders, violations }: World, orderUuid: string, item: Row): void => {
  if (FINAL.has(item['status'])) return;
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
  if (isResolution(item['status'])) return [since + 7 * DAY];
  if (item['round'] !== 1) return [since + window];
  const created = Math.floor(order.createdAt / SECOND) * SECOND;
  // By a clock that is behind we see an order before it was created; its wait does not begin later than that.
  const seen = Date.parse(item['firstSeenAt'] as string);
  return [Math.min(created, seen), ...order.tracks.flatMap(({ paidAt }) => paidAt ?? [])].map(
    (opened) => opened + window,
  );
};
