import { type OrderStory, orderStories } from '../../lambdas/adapters/order-story.ts';
import { EVENT_TYPES } from '../../lambdas/contracts/events.ts';
import { watchName } from '../../lambdas/contracts/watch.ts';
import { CLAIMS_UNTIL_PARKED } from '../../lambdas/domain/claims.ts';
import type { ItemState } from '../../lambdas/domain/model.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { columns, moment, parseUuid, relative, times } from '../text.ts';

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
        ['not asked before', isAhead(order.askAgainAt, now) ? moment(order.askAgainAt, now) : undefined],
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

const isAhead = (at: string | undefined, now: number): boolean => at !== undefined && Date.parse(at) > now;

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
    item.claims && `taken up ${times(item.claims)} in vain`,
    (item.claims ?? 0) >= CLAIMS_UNTIL_PARKED && 'parked',
  ]
    .filter(Boolean)
    .join(', ');

/** The beginning of a UUID tells the items of an order apart. */
const short = (uuid: unknown): string => String(uuid).slice(0, 8);

/** Temporary statuses are published only where that is switched on. */
const isForTheStory = (type: unknown): boolean =>
  ([EVENT_TYPES.pending, EVENT_TYPES.refundStarted, EVENT_TYPES.cancellationError] as unknown[]).includes(
    type,
  );

/** What happened, in the order in which people ask: what, about which item, and what came of it. */
const describeEntry = (entry: OrderStory['timeline'][number]): string => {
  const { kind, itemUuid, status, outcome, tries, reason, foundBy } = entry;
  const end = outcome ?? (Number(tries) > 0 ? `waits, tried ${times(Number(tries))}` : 'waits');
  const item = itemUuid ? ` of ${short(itemUuid)}` : '';
  switch (kind) {
    case 'event':
      return [
        `event         ${entry['type']}`,
        String(entry['id']).split('/')[1] === 'order'
          ? ''
          : ` of ${short(String(entry['id']).split('/')[1])}`,
        foundBy ? `, found by ${foundBy}` : '',
        entry['publishedAt'] ? ', published' : isForTheStory(entry['type']) ? '' : ', not published yet',
      ].join('');
    case 'webhook':
      return `webhook       ${status}${item}, version ${entry['version']}, came ${times(Number(entry['deliveries'] ?? 1))}: ${end}`;
    case 'track':
      return `track         by ${entry['requestedBy'] ?? 'somebody'}: ${end}`;
    case 'notification':
      return `notification  asked for${item}: ${outcome}`;
    case 'check':
      return `check         because of ${reason}${item}, in ${entry['tookInMilliseconds']} ms: ${describeAnswer(entry['showed'])}`;
  }
};

/** The provider's answer to a check: the items' statuses, or why there are none. */
export const describeAnswer = (showed: unknown): string =>
  typeof showed === 'object' && showed !== null
    ? Object.entries(showed)
        .map(([item, status]) => `${short(item)} ${status}`)
        .join(', ') || 'the answer lacks or garbles every item'
    : String(showed);
