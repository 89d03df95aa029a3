import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Order, TrackAccepted } from '../contracts/order-schemas.ts';
import type { Settings } from '../contracts/settings.ts';
import { trackBodySchema } from '../contracts/track-request.ts';
import { uuidSchema } from '../contracts/webhook.ts';
import { parseTimestamp } from '../domain/calendar.ts';
import { INVALID_JSON, parseJson } from '../domain/json.ts';
import { nextItemCheck } from '../domain/next-check.ts';
import { type Instant, plusSeconds } from '../domain/time.ts';
import { bodyOf, describeIssues, HttpError, json } from './http.ts';
import { type ListDependencies, listOrders } from './list-orders.ts';
import type { OrderTimeline, OrderTimelines, TrackRequest } from './ports.ts';
import { type UntrackDependencies, untrackOrder } from './untrack-order.ts';

type OrdersEvent = APIGatewayProxyEventV2WithIAMAuthorizer;

export interface OrdersApiDependencies extends UntrackDependencies, ListDependencies {
  readonly timelines: OrderTimelines;
}

/** How far the caller's clock may be ahead of ours. */
const MAX_CLOCK_SKEW_IN_SECONDS = 60;

/**
 * Answers `/orders/{orderUuid}`: `PUT` tracks an order, or requests a check now; `GET` shows its timeline; `DELETE` stops
 * tracking it. Answers `/orders`: `GET` lists orders.
 *
 * @throws {HttpError} for a request that is rejected
 */
export const ordersApi =
  (dependencies: OrdersApiDependencies) =>
  async (event: OrdersEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const { method } = event.requestContext.http;
    if (event.pathParameters?.['orderUuid'] === undefined) {
      if (method === 'GET') return await listOrders(event, dependencies);
      throw new HttpError(405, 'Use GET.', { Allow: 'GET' });
    }
    const orderUuid = orderUuidIn(event);
    switch (method) {
      case 'PUT':
        return await trackOrder(orderUuid, event, dependencies);
      case 'GET':
        return await getOrder(orderUuid, dependencies);
      case 'DELETE':
        return await untrack(orderUuid, event, dependencies);
      default:
        throw new HttpError(405, 'Use PUT, GET or DELETE.', { Allow: 'PUT, GET, DELETE' });
    }
  };

const orderUuidIn = ({ pathParameters }: OrdersEvent): string => {
  const orderUuid = uuidSchema.safeParse(pathParameters?.['orderUuid']);
  if (!orderUuid.success) throw new HttpError(400, 'The path must end with the UUID of an order.');
  return orderUuid.data.toLowerCase();
};

const trackOrder = async (
  orderUuid: string,
  event: OrdersEvent,
  { timelines, clock }: OrdersApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const now = clock.now();
  const request = { requestedBy: callerOf(event), ...parseTrackBody(event, now) };
  const requestedAt = await timelines.track(orderUuid, request, now);
  return json<TrackAccepted>(202, { orderUuid, requestedAt });
};

const parseTrackBody = (event: OrdersEvent, now: Instant): Pick<TrackRequest, 'paidAt' | 'reference'> => {
  const text = bodyOf(event).toString('utf8');
  if (text.trim() === '') return {};
  const parsed = parseJson(text);
  if (parsed === undefined) throw new HttpError(400, `The body ${INVALID_JSON}, or empty.`);
  const body = trackBodySchema.safeParse(parsed);
  if (!body.success) throw new HttpError(400, describeIssues(body.error.issues));
  const { paidAt, reference } = body.data;
  return { paidAt: paidAt === undefined ? undefined : parsePaidAt(paidAt, now), reference };
};

const parsePaidAt = (text: string, now: Instant): Instant => {
  const paidAt = parseTimestamp(text);
  if (!paidAt) {
    throw new HttpError(
      400,
      'paidAt: must be an ISO 8601 date and time with an offset, such as 2026-11-24T10:00:00Z',
    );
  }
  if (paidAt > plusSeconds(now, MAX_CLOCK_SKEW_IN_SECONDS)) {
    throw new HttpError(400, 'paidAt: must not be in the future');
  }
  return paidAt;
};

const untrack = async (
  orderUuid: string,
  event: OrdersEvent,
  dependencies: OrdersApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const isKnown = await untrackOrder(orderUuid, callerOf(event), dependencies);
  if (!isKnown) throw new HttpError(404, 'Nothing is stored about this order: check the UUID.');
  return { statusCode: 204 };
};

const callerOf = ({ requestContext }: OrdersEvent): string | undefined =>
  requestContext.authorizer?.iam?.userArn;

const getOrder = async (
  orderUuid: string,
  { timelines, settings }: OrdersApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const timeline = await timelines.read(orderUuid);
  if (!timeline)
    throw new HttpError(404, 'Nothing is stored about this order. PUT the same path to track it.');
  return json(200, describeOrder(timeline, settings));
};

/** The published shape of an order; internal fields are left out. */
const describeOrder = ({ order, items, timeline }: OrderTimeline, settings: Settings): Order => ({
  orderUuid: order.orderUuid,
  orderIdentifier: order.identifier,
  reference: order.reference,
  status: order.status,
  settled: order.settled,
  paidAt: order.paidAt,
  checkedAt: order.checkedAt,
  nextCheckAt: order.nextCheckAt,
  items: items.map((item) => ({
    itemUuid: item.itemUuid,
    status: item.status,
    since: item.since,
    sequence: item.sequence,
    confirmBy: item.confirmBy,
    nextCheckAt: nextItemCheck(item, order, settings),
    overdueAt: item.overdueAt,
    trackingEndedAt: item.trackingEndedAt,
    missingAt: item.missingAt,
    unconfirmedStatus: item.unconfirmed?.status,
    product: { type: item.product.type, title: item.product.title, date: item.product.date },
    vouchers: item.vouchers,
    cancellationReason: item.cancellationReason,
  })),
  timeline,
});
