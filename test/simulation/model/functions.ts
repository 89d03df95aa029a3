import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithIAMAuthorizer, Context } from 'aws-lambda';
import { dueStore } from '../../../lambdas/adapters/due-store.ts';
import { orderStore } from '../../../lambdas/adapters/order-store.ts';
import { orderStories } from '../../../lambdas/adapters/order-story.ts';
import { outbox } from '../../../lambdas/adapters/outbox.ts';
import type { Table } from '../../../lambdas/adapters/table.ts';
import { webhookCredentials } from '../../../lambdas/adapters/webhook-credentials.ts';
import { webhookStore } from '../../../lambdas/adapters/webhook-store.ts';
import { checkItem } from '../../../lambdas/check-item/check-item.ts';
import type { Settings } from '../../../lambdas/contracts/settings.ts';
import { dispatchChanges } from '../../../lambdas/dispatch-changes/dispatch-changes.ts';
import type {
  Clock,
  LookDependencies,
  Provider,
  RefreshQueue,
  Telemetry,
  Topic,
  Watches,
} from '../../../lambdas/domain/ports.ts';
import { ingestWebhook } from '../../../lambdas/ingest-webhook/ingest-webhook.ts';
import { ordersApi } from '../../../lambdas/orders-api/orders-api.ts';
import { publishNewEvents } from '../../../lambdas/publish-events/publish-events.ts';
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { refreshOrders } from '../../../lambdas/refresh-order/refresh-order.ts';

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
const EVENT_SOURCE = 'urn:simulation';

/** The Lambda functions as their handlers wire them, with the ports of one execution environment. */
export const functionsOf = (ports: Ports) => {
  const { table, clock, telemetry, settings, queue, watches, topic } = ports;
  const look: LookDependencies = {
    store: orderStore(table, settings),
    provider: ports.provider,
    queue,
    clock,
    random: ports.random,
    telemetry,
    settings,
    eventSource: EVENT_SOURCE,
  };
  return {
    'ingest-webhook': () =>
      called<APIGatewayProxyEventV2>(
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
          quarantine: { keep: async () => true },
          sourceAddresses: settings.webhookSourceAddresses,
          clock,
          telemetry,
        }),
      ),
    'orders-api': () =>
      called<APIGatewayProxyEventV2WithIAMAuthorizer>(
        ordersApi({ stories: orderStories(table, settings), clock, telemetry }),
      ),
    'dispatch-changes': () => (records: Parameters<typeof dispatchChanges>[0]) =>
      dispatchChanges(records, { queue, watches, settings }),
    'publish-events': () => (records: Parameters<typeof publishNewEvents>[0]) =>
      publishNewEvents(records, { topic, outbox: outbox(table), clock, telemetry }),
    'refresh-order': () => (event: Parameters<typeof refreshOrders>[0]) => refreshOrders(event, look),
    'check-item': () => (input: Parameters<typeof checkItem>[0]) => checkItem(input, look),
    reconcile: () => () =>
      reconcile({
        store: dueStore(table, settings),
        outbox: outbox(table),
        queue,
        watches,
        topic,
        clock,
        telemetry,
      }),
  };
};

export type Functions = ReturnType<typeof functionsOf>;

/** A handler behind middy, as the platform calls it. */
const called =
  <Event>(handler: (event: Event, context: Context) => unknown) =>
  async (event: Event): Promise<{ readonly statusCode?: number }> =>
    (await handler(event, {} as Context)) as { readonly statusCode?: number };
