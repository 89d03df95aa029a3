import { EVENT_TYPES, type ItemEventData, type TrackerEvent } from '../../../events/index.ts';
import type { Row } from '../../../lambdas/adapters/table.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import { MINUTE } from '../model/order-script.ts';
import type { Get } from '../model/provider-model.ts';
import type { World } from '../world.ts';
import { hintsOf, isCancellation, isFinal, isFinalStatus, itemsOf, MAX_SKEW, messageOf } from './values.ts';

/** Checks an event that is being written against what is stored beside it and what the provider showed. */
export const checkNewEvent = (world: World, orderUuid: string, row: Row, get: Get | undefined): void => {
  const event = messageOf(row);
  world.history.add(orderUuid, () => `table: event ${event.type} ${event.id.slice(-12)}`);
  if (event.type === EVENT_TYPES.settled) checkSettled(world, orderUuid, event, row.pk);
  else checkItemEvent(world, orderUuid, event, row, get);
};

/** Events about an item that the answer need not show. */
const TOLD_WITHOUT_ITEM: readonly string[] = [EVENT_TYPES.trackingEnded, EVENT_TYPES.missing];

const checkItemEvent = (
  world: World,
  orderUuid: string,
  event: TrackerEvent,
  row: Row,
  get: Get | undefined,
): void => {
  const data = event.data as ItemEventData;
  const item = world.table.peek({ pk: row.pk, sk: `${RECORD.item}${data.itemUuid}` });
  if (get?.showed.get(data.itemUuid) !== data.status && !TOLD_WITHOUT_ITEM.includes(event.type)) {
    world.violations.add(
      'nothing is published that was not shown',
      orderUuid,
      `${event.type} ${data.status}`,
    );
  }
  if (item?.['status'] !== data.status || (item['sequence'] as number) < data.sequence) {
    world.violations.add('an event says what is stored', orderUuid, `${event.type} ${event.id}`);
  }
  const saysSo = (hint: Row): boolean => hint['itemUuid'] === data.itemUuid && hint['status'] === data.status;
  if (data.foundBy === 'webhook' && !hintsOf(world.table, row.pk).some(saysSo)) {
    world.violations.add('what a webhook found, a webhook says', orderUuid, `${event.type} ${event.id}`);
  }
  if (event.type === EVENT_TYPES.overdue) checkOverdue(world, orderUuid, event.time, item, get);
};

const checkSettled = (world: World, orderUuid: string, event: TrackerEvent, pk: string): void => {
  const items = itemsOf(world.table, pk);
  const before = Number(event.id.split('/').at(-1)) - 1;
  const last = world.table.peek({ pk, sk: `${RECORD.event}order#${`${before}`.padStart(8, '0')}` });
  if (last && !wasReopened(world, orderUuid, items, last)) {
    world.violations.add('an order settles again only after it was reopened', orderUuid, event.id);
  }
  const present = items.filter((item) => item['missingAt'] === undefined);
  const unsettled = present.filter((item) => !isFinal(item) || item['unconfirmed']);
  if (present.length > 0 && unsettled.length === 0) return;
  world.violations.add(
    'order.settled only when all items are final',
    orderUuid,
    `${event.id}: ${unsettled.map((item) => item['status']).join(', ') || 'no items'}`,
  );
};

const wasReopened = (
  { writes }: World,
  orderUuid: string,
  items: readonly Row[],
  lastSettled: Row,
): boolean => {
  const since = Date.parse(messageOf(lastSettled).time) - MAX_SKEW;
  if ((writes.backAt.get(orderUuid) ?? 0) >= since) return true;
  return items.some(({ sk }) =>
    writes.statuses
      .get(sk.slice(RECORD.item.length))
      ?.some(({ at, status }) => at >= since && !isFinalStatus(status)),
  );
};

const checkOverdue = (
  world: World,
  orderUuid: string,
  time: string,
  item: Row | undefined,
  get: Get | undefined,
): void => {
  const { violations } = world;
  if (!item) return;
  const confirmBy = Date.parse(item['confirmBy'] as string);
  const what = `${item.sk} ${item['status']}, confirmBy ${item['confirmBy']}, at ${time}`;
  if (!(Date.parse(time) >= confirmBy) || !get || get.sentAt < confirmBy - MAX_SKEW) {
    violations.add('overdue only after an answer that was requested after the deadline', orderUuid, what);
  }
  if (item['unconfirmed']) violations.add('no unconfirmed item is overdue', orderUuid, what);
  const order = world.orders.find((candidate) => candidate.orderUuid === orderUuid);
  if (!order || item['openPeriod'] !== 1 || isCancellation(item['status'])) return;
  const isPaymentKnown = order.tracks.some(({ paidAt }) => paidAt !== undefined);
  if (!isPaymentKnown && Date.parse(time) < Date.parse(item['firstSeenAt'] as string) + 15 * MINUTE) {
    violations.add('an item that may be unpaid has 15 minutes', orderUuid, what);
  }
};
