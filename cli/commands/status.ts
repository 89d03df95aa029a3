import { orderLists } from '../../lambdas/adapters/order-lists.ts';
import { orderTimelines } from '../../lambdas/adapters/order-timeline.ts';
import { describeListedOrder } from '../../lambdas/application/list-orders.ts';
import type { OrderTimeline } from '../../lambdas/application/ports.ts';
import { CLOCKS } from '../../lambdas/contracts/table.ts';
import type { TimelineEntry } from '../../lambdas/contracts/timeline-schemas.ts';
import { watchName } from '../../lambdas/contracts/watch.ts';
import { isTracked as isItemTracked } from '../../lambdas/domain/item-transitions.ts';
import type { ItemState, OrderState } from '../../lambdas/domain/model.ts';
import { omit } from '../../lambdas/domain/omit.ts';
import { MAX_RESCUES_BEFORE_PARKING } from '../../lambdas/domain/rescue.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { columns, momentAndDistance, parseUuid, relative, times } from '../text.ts';
import { describeEntry } from '../timeline-text.ts';
import { orderTable } from './list.ts';

/** Shows an order: its items, its next check, its watch and its timeline. */
export const status = async (deployment: Deployment, order: string): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  const timeline = await readTimeline(deployment, orderUuid);
  if (!timeline) {
    throw new CommandError(
      `The order ${orderUuid} is not tracked: no webhook and no track request was received for it. ` +
        `To track it: order-tracker track ${orderUuid}`,
      EXIT.notFound,
    );
  }
  return describeOrder(deployment, timeline);
};

/** More orders than anybody gives the same reference to. */
const MAX_WITH_REFERENCE = 100;

/** Shows the order that has a reference, or lists those that have it. */
export const statusOfReference = async (deployment: Deployment, reference: string): Promise<Outcome> => {
  const page = { limit: MAX_WITH_REFERENCE };
  const { orders, next } = await orderLists(deployment.table).withReference(reference, page);
  const [first, ...others] = orders;
  if (!first) {
    throw new CommandError(
      `No order has the reference ${reference}. An order is found by it once its first check is made.`,
      EXIT.notFound,
    );
  }
  if (others.length === 0) return await status(deployment, first.order.orderUuid);
  return {
    data: { orders: orders.map((order) => describeListedOrder(order)), isTruncated: next !== undefined },
    lines: [...orderTable(orders), ...(next ? ['', `Only the first ${MAX_WITH_REFERENCE} are listed.`] : [])],
  };
};

/**
 * Reads an order from the table.
 * @returns `undefined` when the order is not tracked
 */
export const readTimeline = (deployment: Deployment, orderUuid: string): Promise<OrderTimeline | undefined> =>
  // The setting is needed for writing only.
  orderTimelines(deployment.table, { rescueMarginInSeconds: 0 }).read(orderUuid);

/** Describes an order. Vouchers are only counted: whoever has their URLs can use them. */
export const describeOrder = (deployment: Deployment, { order, items, timeline }: OrderTimeline): Outcome => {
  const now = Date.now();
  const execution = isWatched(order) ? deployment.executionLink(watchName(order)) : undefined;
  return {
    data: {
      order,
      items: items.map((item) => ({
        ...omit(item, 'statuses', 'expiresAt'),
        vouchers: item.vouchers.length,
      })),
      ...(execution && { execution }),
      timeline,
    },
    lines: [
      [
        `Order ${order.orderUuid}`,
        order.identifier,
        order.reference && `reference ${order.reference}`,
        order.status ?? 'not seen at Musement yet',
        order.settled ? 'settled' : undefined,
      ]
        .filter(Boolean)
        .join(', '),
      ...facts([
        ['paid', momentAndDistance(order.paidAt, now)],
        ['checked', momentAndDistance(order.checkedAt, now)],
        ['next check', describeNextCheck({ order, timeline }, now)],
        ['failing', describeFailure(order, now)],
        ['incomplete', momentAndDistance(order.incompleteSince, now)],
        ['rescues', describeRescues(order)],
        ['stopped', momentAndDistance(stoppedAt({ order, timeline }), now)],
        ['watch', execution],
      ]),
      '',
      ...(items.length === 0 ? ['No items are known yet.'] : itemTable(items, now)),
      '',
      'Timeline',
      ...timeline.map((entry) => `  ${describeEntry(entry)}`),
    ],
  };
};

const isWatched = ({ nextCheckAt, clock }: OrderState): boolean =>
  nextCheckAt !== undefined && clock === CLOCKS.watch;

const facts = (pairs: readonly (readonly [string, string | undefined])[]): string[] =>
  pairs.flatMap(([name, value]) => (value ? [`  ${name.padEnd(12)}${value}`] : []));

const describeNextCheck = (
  { order, timeline }: Pick<OrderTimeline, 'order' | 'timeline'>,
  now: number,
): string => {
  const at = momentAndDistance(order.nextCheckAt, now);
  if (!at) {
    return timeline.some(isUnresolvedHint)
      ? 'as soon as possible, for the latest webhook or track request'
      : 'none is planned';
  }
  const isPast = Date.parse(order.nextCheckAt ?? '') < now;
  return `${isPast ? 'due since ' : ''}${at}, by ${isWatched(order) ? 'its watch' : 'the reconciler'}`;
};

const isUnresolvedHint = (entry: TimelineEntry): boolean =>
  (entry.kind === 'webhook' || entry.kind === 'track') && entry.outcome === undefined;

/** When the tracking was stopped on request, if nothing has started it again. */
const stoppedAt = ({ order, timeline }: Pick<OrderTimeline, 'order' | 'timeline'>): string | undefined => {
  if (order.nextCheckAt !== undefined) return undefined;
  const last = timeline.findLast(({ kind }) => kind === 'untrack' || kind === 'check');
  return last?.kind === 'untrack' && !timeline.some(isUnresolvedHint) ? last.at : undefined;
};

/**
 * Whether the order is checked from time to time, or was shown by Musement before and not stopped since. Otherwise a check
 * begins to track it.
 */
export const isTracked = ({ order, timeline }: OrderTimeline): boolean =>
  order.nextCheckAt !== undefined ||
  timeline.some(isUnresolvedHint) ||
  (order.readable && stoppedAt({ order, timeline }) === undefined);

const describeFailure = ({ failure }: OrderState, now: number): string | undefined =>
  failure &&
  `since ${momentAndDistance(failure.firstAt, now)}: ${times(failure.count)} without a usable answer`;

const describeRescues = ({ rescueCount = 0 }: OrderState): string | undefined => {
  if (rescueCount === 0) return undefined;
  const isParked = rescueCount >= MAX_RESCUES_BEFORE_PARKING;
  return `${rescueCount} since the last finished check${isParked ? ', parked' : ''}`;
};

const itemTable = (items: readonly ItemState[], now: number): string[] =>
  columns(
    ['ITEM', 'STATUS', 'SINCE', 'CONFIRM BY', 'VOUCHERS', 'NOTES'],
    items.map((item) => [
      item.itemUuid,
      item.status,
      relative(item.since, now),
      isItemTracked(item) ? relative(item.confirmBy, now) : undefined,
      item.vouchers.length > 0 ? `${item.vouchers.length}` : undefined,
      notes(item),
    ]),
  );

const notes = ({
  overdueAt,
  trackingEndedAt,
  missingAt,
  unconfirmed,
  cancellationReason,
}: ItemState): string =>
  [
    overdueAt && 'overdue',
    trackingEndedAt && 'no longer tracked',
    missingAt && 'no longer shown by Musement',
    unconfirmed && `unconfirmed: an answer showed ${unconfirmed.status}`,
    cancellationReason,
  ]
    .filter(Boolean)
    .join(', ');
