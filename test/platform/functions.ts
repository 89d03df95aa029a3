import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyEventV2WithIAMAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { dueStore } from '../../lambdas/adapters/due-store.ts';
import { httpMiddleware } from '../../lambdas/adapters/http-middleware.ts';
import { orderLists } from '../../lambdas/adapters/order-lists.ts';
import { orderStore } from '../../lambdas/adapters/order-store.ts';
import { orderTimelines } from '../../lambdas/adapters/order-timeline.ts';
import { outbox } from '../../lambdas/adapters/outbox.ts';
import { quarantineStore } from '../../lambdas/adapters/quarantine-store.ts';
import { failedMessages, readMessages } from '../../lambdas/adapters/sqs-refresh-queue.ts';
import { readDispatch, readNewEvents } from '../../lambdas/adapters/stream.ts';
import type { Table } from '../../lambdas/adapters/table.ts';
import { webhookCredentials } from '../../lambdas/adapters/webhook-credentials.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { dispatchChanges } from '../../lambdas/application/dispatch-changes.ts';
import { ingestWebhook } from '../../lambdas/application/ingest-webhook.ts';
import { ordersApi } from '../../lambdas/application/orders-api.ts';
import type {
  Clock,
  Provider,
  RefreshDependencies,
  RefreshQueue,
  Telemetry,
  Topic,
  Watches,
} from '../../lambdas/application/ports.ts';
import { publishEvents } from '../../lambdas/application/publish-events.ts';
import { reconcile } from '../../lambdas/application/reconcile.ts';
import { refreshOrders } from '../../lambdas/application/refresh-orders.ts';
import { checkOrder } from '../../lambdas/application/watch-order.ts';
import type { Settings } from '../../lambdas/contracts/settings.ts';
import { watchStateSchema } from '../../lambdas/contracts/watch.ts';
import type { Webhook } from '../../lambdas/contracts/webhook.ts';

/** What the functions of one execution environment reach the outside by. */
export interface Ports {
  readonly table: Table;
  readonly provider: Provider;
  readonly queue: RefreshQueue;
  readonly watches: Watches;
  readonly topic: Topic;
  readonly clock: Clock;
  /** Epoch milliseconds. */
  readonly time: () => number;
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly settings: Settings;
}

export const WEBHOOK_CREDENTIALS = { username: 'musement', password: 'päss:word' };
const EVENT_SOURCE = 'urn:musement-order-tracker:test';

/** The Lambda functions as their handlers wire them, with the ports of one execution environment. */
export const functionsOf = (ports: Ports) => {
  const { table, clock, telemetry, settings, queue, watches, topic } = ports;
  const store = orderStore(table, settings);
  const refreshing: RefreshDependencies = {
    store,
    provider: ports.provider,
    clock,
    random: ports.random,
    telemetry,
    settings,
    eventSource: EVENT_SOURCE,
  };
  const publishing = { topic, outbox: outbox(table), clock, telemetry };
  const ingest = behindHttp(
    ingestWebhook({
      credentials: webhookCredentials({
        secret: {
          read: async (stage) =>
            stage === 'AWSCURRENT' ? { value: WEBHOOK_CREDENTIALS, createdAt: new Date(0) } : undefined,
        },
        overlapInSeconds: settings.webhookOverlapInSeconds,
        now: ports.time,
      }),
      webhooks: webhookStore(table, settings),
      quarantine: quarantineStore(table),
      sourceAddresses: settings.webhookSourceAddresses,
      clock,
      telemetry,
    }),
    telemetry,
  );
  const orders = behindHttp(
    ordersApi({
      timelines: orderTimelines(table, settings),
      lists: orderLists(table),
      store,
      clock,
      telemetry,
      settings,
      eventSource: EVENT_SOURCE,
    }),
    telemetry,
  );
  return {
    'ingest-webhook': ingest,
    'orders-api': orders,
    'dispatch-changes': async (event: unknown) =>
      await dispatchChanges(readDispatch(event), { queue, watches, items: store, clock, settings }),
    'publish-events': async (event: unknown) => await publishEvents(readNewEvents(event), publishing),
    'refresh-order': async (event: unknown) =>
      failedMessages(await refreshOrders(readMessages(event), refreshing)),
    'check-order': async (event: unknown) => await checkOrder(watchStateSchema.parse(event), refreshing),
    reconcile: async (_event: unknown) =>
      await reconcile({ ...publishing, store: dueStore(table, settings), queue }),
  };
};

export type Functions = ReturnType<typeof functionsOf>;

/** A function of the HTTP API, with its middleware. */
const behindHttp = <Event>(
  handler: (event: Event) => Promise<APIGatewayProxyStructuredResultV2>,
  telemetry: Telemetry,
) => {
  const wrapped = middy<Event, APIGatewayProxyStructuredResultV2>()
    .use(httpMiddleware(telemetry))
    .handler(handler);
  return async (event: unknown): Promise<APIGatewayProxyStructuredResultV2> =>
    await wrapped(event as Event, {} as Context);
};

/** A webhook as API Gateway hands it to the function. */
export const webhookEvent = (body: Webhook | string): APIGatewayProxyEventV2 => {
  const { username, password } = WEBHOOK_CREDENTIALS;
  return httpEvent('POST', typeof body === 'string' ? body : JSON.stringify(body), {
    Authorization: `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`,
    'Content-Type': 'application/json; charset=utf-8',
  });
};

/** A track request as API Gateway hands it to the function. */
export const trackEvent = (
  orderUuid: string,
  request: { readonly paidAt?: string; readonly reference?: string },
): APIGatewayProxyEventV2WithIAMAuthorizer => ({
  ...httpEvent<APIGatewayProxyEventV2WithIAMAuthorizer>('PUT', JSON.stringify(request), {}),
  pathParameters: { orderUuid },
});

/** A request for the timeline of an order, as API Gateway hands it to the function. */
export const getOrderEvent = (orderUuid: string): APIGatewayProxyEventV2WithIAMAuthorizer => ({
  ...httpEvent<APIGatewayProxyEventV2WithIAMAuthorizer>('GET', '', {}),
  pathParameters: { orderUuid },
});

/** An untrack request, as API Gateway hands it to the function. */
export const untrackEvent = (orderUuid: string): APIGatewayProxyEventV2WithIAMAuthorizer => ({
  ...httpEvent<APIGatewayProxyEventV2WithIAMAuthorizer>('DELETE', '', {}),
  pathParameters: { orderUuid },
});

/** A request for a list of orders, as API Gateway hands it to the function. */
export const listOrdersEvent = (
  query: Readonly<Record<string, string>>,
): APIGatewayProxyEventV2WithIAMAuthorizer => ({
  ...httpEvent<APIGatewayProxyEventV2WithIAMAuthorizer>('GET', '', {}),
  queryStringParameters: query,
});

/** The fields of an event that the functions read. */
const httpEvent = <Event = APIGatewayProxyEventV2>(
  method: string,
  body: string,
  headers: Record<string, string>,
): Event =>
  ({
    requestContext: { http: { method, sourceIp: '203.0.113.7' } },
    headers,
    body,
    isBase64Encoded: false,
  }) as Event;
