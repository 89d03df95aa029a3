import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import type { ListedOrder, OrderList } from '../contracts/order-schemas.ts';
import type { Settings } from '../contracts/settings.ts';
import { ORDER_STATES, type OrderListState, RECORD } from '../contracts/table.ts';
import { referenceSchema } from '../contracts/track-request.ts';
import { uuidSchema } from '../contracts/webhook.ts';
import { parseJson } from '../domain/json.ts';
import { isListedItem } from '../domain/listed-order.ts';
import type { ItemState } from '../domain/model.ts';
import { nextItemCheck } from '../domain/next-check.ts';
import type { Instant } from '../domain/time.ts';
import { describeIssues, HttpError, json } from './http.ts';
import type { Clock, ListPosition, OrderLists, StoredSummary } from './ports.ts';

export interface ListDependencies {
  readonly lists: OrderLists;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: Settings;
}

const DEFAULT_PAGE = 25;
const MAX_PAGE = 100;
/** Keeps an answer of {@link MAX_PAGE} orders below the 6 MB that Lambda allows. */
const MAX_ITEMS_OF_ORDER = 100;

const limitSchema = z._default(
  z
    .string()
    .check(
      z.refine(
        (text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PAGE,
        `must be a number from 1 to ${MAX_PAGE}`,
      ),
    ),
  `${DEFAULT_PAGE}`,
);

const querySchema = z
  .strictObject({
    state: z.optional(z.enum(ORDER_STATES)),
    reference: z.optional(referenceSchema),
    limit: limitSchema,
    next: z.optional(z.string()),
  })
  .check(
    z.refine(
      ({ state, reference }) => (state === undefined) !== (reference === undefined),
      'give either state or reference',
    ),
  );

/**
 * Answers `GET /orders?state=…` and `GET /orders?reference=…`.
 *
 * @throws {HttpError} 400 for parameters that are missing, unknown or malformed
 */
export const listOrders = async (
  { queryStringParameters }: Pick<APIGatewayProxyEventV2, 'queryStringParameters'>,
  dependencies: ListDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const query = querySchema.safeParse(queryStringParameters ?? {});
  if (!query.success) throw new HttpError(400, describeIssues(query.error.issues, 'query'));
  const { state, reference, next } = query.data;
  const limit = Number(query.data.limit);
  const { lists, clock, settings } = dependencies;
  const page =
    reference === undefined
      ? await listState(state ?? 'open', { limit, next }, lists, clock)
      : await listReference(reference, { limit, next }, lists);
  return json<OrderList>(200, {
    orders: page.orders.map((stored) =>
      describeListedOrder(stored, (item) => nextItemCheck(item, stored.order, settings)),
    ),
    next: page.next,
  });
};

interface PageRequest {
  readonly limit: number;
  readonly next: string | undefined;
}

interface Page {
  readonly orders: readonly StoredSummary[];
  readonly next: string | undefined;
}

const listState = async (
  state: OrderListState,
  { limit, next }: PageRequest,
  lists: OrderLists,
  clock: Pick<Clock, 'now'>,
): Promise<Page> => {
  const after = next === undefined ? undefined : readPosition(next, state);
  const page = await lists.withState(state, { limit, now: clock.now(), after });
  return { orders: page.orders, next: page.next && writePosition(page.next, state) };
};

const listReference = async (
  reference: string,
  { limit, next }: PageRequest,
  lists: OrderLists,
): Promise<Page> => {
  const from = uuidSchema.safeParse(next);
  if (next !== undefined && !from.success) throw notOfThisList();
  const page = await lists.withReference(reference, { limit, from: from.data?.toLowerCase() });
  return { orders: page.orders, next: page.next };
};

const notOfThisList = (): HttpError =>
  new HttpError(400, 'next: must be the "next" of an answer to the same query; leave it out to start again');

const DUE_RECORDS = [RECORD.order, RECORD.webhook, RECORD.track, RECORD.event];

/** An entry of the index in a token: its time, the order's UUID, and the sort key. */
const entrySchema = z.tuple([
  z.iso.datetime(),
  uuidSchema,
  z.string().check(
    z.maxLength(256),
    // DynamoDB rejects an unpaired surrogate.
    z.refine((sk) => sk.isWellFormed() && DUE_RECORDS.some((prefix) => sk.startsWith(prefix))),
  ),
]);

const tokenSchema = z.object({
  state: z.enum(ORDER_STATES),
  at: z.array(z.union([z.literal(['start', 'end']), entrySchema])),
});

const writePosition = (position: ListPosition, state: OrderListState): string => {
  const at = position.map((shard) =>
    typeof shard === 'string' ? shard : [shard.dueAt, shard.orderUuid, shard.sk],
  );
  return Buffer.from(JSON.stringify({ state, at })).toString('base64url');
};

/** @throws {HttpError} 400 when the token was not written by {@link writePosition} for this state */
const readPosition = (token: string, state: OrderListState): ListPosition => {
  const parsed = tokenSchema.safeParse(parseJson(Buffer.from(token, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data.state !== state) throw notOfThisList();
  return parsed.data.at.map((shard) => {
    if (typeof shard === 'string') return shard;
    const [dueAt, orderUuid, sk] = shard;
    return { dueAt, orderUuid: orderUuid.toLowerCase(), sk };
  });
};

/**
 * The published shape of an order in a list. Vouchers are left out: whoever may list orders may not use them.
 *
 * @param nextCheckOf when an item is checked next; the command line, which has no settings, leaves it out
 */
export const describeListedOrder = (
  { order, items }: StoredSummary,
  nextCheckOf: (item: ItemState) => Instant | undefined = () => undefined,
): ListedOrder => {
  const listed = items.filter(isListedItem).toSorted((a, b) => (a.confirmBy < b.confirmBy ? -1 : 1));
  return {
    orderUuid: order.orderUuid,
    orderIdentifier: order.identifier,
    reference: order.reference,
    status: order.status,
    settled: order.settled,
    nextCheckAt: order.nextCheckAt,
    failure: order.failure,
    itemCount: items.length,
    listedItemCount: listed.length,
    items: listed.slice(0, MAX_ITEMS_OF_ORDER).map((item) => ({
      itemUuid: item.itemUuid,
      status: item.status,
      confirmBy: item.confirmBy,
      nextCheckAt: nextCheckOf(item),
      overdueAt: item.overdueAt,
      unconfirmedStatus: item.unconfirmed?.status,
    })),
  };
};
