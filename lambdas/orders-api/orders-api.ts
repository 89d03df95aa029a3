import middy from '@middy/core';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import {
  bodyOf,
  describeIssues,
  HttpError,
  httpMiddleware,
  json,
  NO_JSON,
  parseJson,
} from '../adapters/http.ts';
import type { OrderStories, OrderStory } from '../adapters/order-story.ts';
import { parseTimestamp } from '../domain/calendar.ts';
import type { Clock, Telemetry } from '../domain/ports.ts';
import { type Instant, plusSeconds } from '../domain/time.ts';

z.config(en());

type OrdersEvent = APIGatewayProxyEventV2WithIAMAuthorizer;

export interface OrdersApiDependencies {
  readonly stories: OrderStories;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Telemetry;
}

const LONGEST_REFERENCE = 128;
/** How far another clock may be ahead of ours. */
const CLOCK_TOLERANCE_IN_SECONDS = 60;

const trackBodySchema = z.strictObject({
  paidAt: z.optional(z.string()),
  reference: z.optional(
    z.string().check(
      z.minLength(1),
      z.maxLength(LONGEST_REFERENCE),
      // It is stored, published and printed: half a character spoils the first, a control character the last.
      z.refine(
        (text) => !/[\p{Cc}\p{Cs}]/u.test(text),
        'must hold whole characters, and no control characters',
      ),
    ),
  ),
});

/** `PUT` starts tracking an order, or asks for a fresh look; `GET` tells its story. */
export const ordersApi = (dependencies: OrdersApiDependencies) =>
  middy<OrdersEvent, APIGatewayProxyStructuredResultV2>()
    .use(httpMiddleware(dependencies.telemetry))
    .handler(async (event) => {
      const orderUuid = orderUuidIn(event);
      switch (event.requestContext.http.method) {
        case 'PUT':
          return await track(orderUuid, event, dependencies);
        case 'GET':
          return await tell(orderUuid, dependencies);
        default:
          throw new HttpError(405, 'Use PUT or GET.', { Allow: 'PUT, GET' });
      }
    });

const orderUuidIn = ({ pathParameters }: OrdersEvent): string => {
  const orderUuid = pathParameters?.['orderUuid'] ?? '';
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(orderUuid)) {
    throw new HttpError(400, 'The path must end with the UUID of an order.');
  }
  return orderUuid.toLowerCase();
};

const track = async (
  orderUuid: string,
  event: OrdersEvent,
  { stories, clock }: OrdersApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const now = clock.now();
  const { paidAt, reference } = parseTrackBody(event, now);
  const requestedBy = event.requestContext.authorizer?.iam?.userArn;
  const requestedAt = await stories.track(
    orderUuid,
    { ...(requestedBy && { requestedBy }), ...(paidAt && { paidAt }), ...(reference && { reference }) },
    now,
  );
  return json(202, { orderUuid, requestedAt });
};

const parseTrackBody = (
  event: OrdersEvent,
  now: Instant,
): { readonly paidAt?: Instant; readonly reference?: string } => {
  const text = bodyOf(event).toString('utf8');
  if (text.trim() === '') return {};
  const parsed = parseJson(text);
  if (!parsed) throw new HttpError(400, `The body ${NO_JSON}, or empty.`);
  const body = trackBodySchema.safeParse(parsed.value);
  if (!body.success) throw new HttpError(400, describeIssues(body.error.issues));
  const { paidAt: given, reference } = body.data;
  if (given === undefined) return reference ? { reference } : {};
  const paidAt = parseTimestamp(given);
  if (!paidAt) {
    throw new HttpError(
      400,
      'paidAt: must be an ISO 8601 date and time with an offset, such as 2026-11-24T10:00:00Z',
    );
  }
  if (paidAt > plusSeconds(now, CLOCK_TOLERANCE_IN_SECONDS)) {
    throw new HttpError(400, 'paidAt: must not be in the future');
  }
  return { paidAt, ...(reference && { reference }) };
};

const tell = async (
  orderUuid: string,
  { stories }: OrdersApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const story = await stories.read(orderUuid);
  if (!story) throw new HttpError(404, 'This order is not tracked; PUT the same path to track it.');
  return json(200, describe(story));
};

/** The published shape of an order; what is internal stays out. */
const describe = ({ order, items, timeline }: OrderStory) => ({
  orderUuid: order.orderUuid,
  orderIdentifier: order.identifier,
  reference: order.reference,
  status: order.status,
  settled: order.settled,
  paidAt: order.paidAt,
  lookedAt: order.fetchedAt,
  nextLookAt: order.dueAt,
  items: items.map((item) => ({
    itemUuid: item.itemUuid,
    status: item.status,
    since: item.since,
    sequence: item.sequence,
    confirmBy: item.confirmBy,
    nextCheckAt: item.nextCheckAt ?? item.dueAt,
    overdueAt: item.overdueAt,
    trackingEndedAt: item.trackingEndedAt,
    doubtedStatus: item.doubt?.status,
    product: { type: item.product.type, title: item.product.title, date: item.product.date },
    vouchers: item.vouchers,
    cancellationReason: item.cancellationReason,
  })),
  timeline,
});
