import { type OrderStory, orderStories } from '../../lambdas/adapters/order-story.ts';
import { watchName } from '../../lambdas/contracts/watch.ts';
import { CLAIMS_UNTIL_PARKED } from '../../lambdas/domain/claims.ts';
import type { ItemState } from '../../lambdas/domain/model.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { columns, moment, parseUuid, relative } from '../text.ts';

/** Shows what is known of an order, what is due next, and how it came about. */
export const status = async (deployment: Deployment, order: string): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  const story = await readStory(deployment, orderUuid);
  if (!story) {
    throw new CommandError(
      `Nothing is known of the order ${orderUuid}: no webhook came, and nobody tracked it. ` +
        `"order-tracker track ${orderUuid}" starts it.`,
      EXIT.notFound,
    );
  }
  return describeStory(deployment, story);
};

/** Reads an order's story from the table. */
export const readStory = (deployment: Deployment, orderUuid: string): Promise<OrderStory | undefined> =>
  // Reading needs no settings.
  orderStories(deployment.table, { rescueMarginInSeconds: 0 }).read(orderUuid);

/** Tells an order's story to people and machines. Vouchers are counted only: whoever has their links can use them. */
export const describeStory = (deployment: Deployment, story: OrderStory): Outcome => {
  const { order, items, timeline } = story;
  const now = Date.now();
  const executions = items.flatMap((item) =>
    item.nextCheckAt
      ? [{ itemUuid: item.itemUuid, link: deployment.executionLink(nameOf(order.orderUuid, item)) }]
      : [],
  );
  const described = items.map(({ vouchers, statuses: _, ...item }) => ({
    ...item,
    vouchers: vouchers.length,
  }));
  return {
    data: { order, items: described, executions, timeline },
    lines: [
      [
        `Order ${order.orderUuid}`,
        order.identifier,
        order.reference && `reference ${order.reference}`,
        order.status ?? 'not seen at the provider yet',
        order.settled ? 'settled' : undefined,
      ]
        .filter(Boolean)
        .join(', '),
      ...facts([
        ['paid', moment(order.paidAt, now)],
        ['looked at', moment(order.fetchedAt, now)],
        ['not asked before', order.askAgainAt && moment(order.askAgainAt, now)],
        ['due', moment(order.dueAt, now)],
      ]),
      '',
      ...(items.length === 0 ? ['No items are known yet.'] : itemTable(items, now)),
      ...(executions.length === 0 ? [] : ['', 'Watches']),
      ...executions.map(({ itemUuid, link }) => `  ${itemUuid}  ${link}`),
      '',
      'Timeline',
      ...timeline.map((entry) => `  ${entry.at.slice(0, 19).replace('T', ' ')}Z  ${describeEntry(entry)}`),
    ],
  };
};

const nameOf = (orderUuid: string, { itemUuid, round, attempt }: ItemState): string =>
  watchName({ orderUuid, itemUuid, round, attempt });

const facts = (pairs: readonly (readonly [string, string | undefined])[]): string[] =>
  pairs.flatMap(([name, value]) => (value ? [`  ${name.padEnd(17)}${value}`] : []));

const itemTable = (items: readonly ItemState[], now: number): string[] =>
  columns(
    ['ITEM', 'STATUS', 'SINCE', 'CONFIRM BY', 'NEXT LOOK', 'VOUCHERS', 'NOTES'],
    items.map((item) => [
      item.itemUuid,
      item.status,
      relative(item.since, now),
      item.nextCheckAt || item.overdueAt ? relative(item.confirmBy, now) : undefined,
      relative(item.nextCheckAt ?? item.dueAt, now),
      item.vouchers.length > 0 ? `${item.vouchers.length}` : undefined,
      notes(item),
    ]),
  );

const notes = (item: ItemState): string =>
  [
    item.overdueAt && 'overdue',
    item.trackingEndedAt && 'not followed any more',
    item.doubt && `in doubt: an answer said ${item.doubt.status}`,
    item.cancellationReason,
    item.claims && `taken up ${item.claims} times in vain`,
    (item.claims ?? 0) >= CLAIMS_UNTIL_PARKED && 'parked',
  ]
    .filter(Boolean)
    .join(', ');

const describeEntry = ({ at: _, kind, ...details }: OrderStory['timeline'][number]): string => {
  const words = Object.entries(details).map(([name, value]) =>
    typeof value === 'object'
      ? `${name}: ${Object.entries(value as object)
          .map(([item, status]) => `${item.slice(0, 8)} ${status}`)
          .join(', ')}`
      : `${name}: ${value}`,
  );
  return `${kind.padEnd(13)}${words.join('  ')}`;
};
