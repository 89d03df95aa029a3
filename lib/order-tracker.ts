import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ChangeDispatch } from './change-dispatch.ts';
import { CustomerKey } from './customer-key.ts';
import { EventPublication } from './event-publication.ts';
import { Operations } from './operations.ts';
import { checkTimeout, OrderChecking } from './order-checking.ts';
import { OrderRefresh } from './order-refresh.ts';
import { OrderRequests } from './order-requests.ts';
import { OrderTable } from './order-table.ts';
import {
  type OrderTrackerProps,
  PRODUCTION_BASE_URL,
  type ResolvedProps,
  resolveProps,
  SANDBOX_BASE_URL,
} from './order-tracker-props.ts';
import { OrderWatch } from './order-watch.ts';
import { ProviderAccess } from './provider-access.ts';
import { PublicApi } from './public-api.ts';
import { Reconciliation } from './reconciliation.ts';
import { RefreshQueue } from './refresh-queue.ts';
import type { FunctionDefaults } from './tracker-function.ts';
import { WebhookIngest } from './webhook-ingest.ts';

export type { OrderTrackerProps } from './order-tracker-props.ts';

/**
 * Tracks Musement orders until every item has a final status, and publishes each final status. This repository deploys
 * it in a stack of its own; a partner can add it to another stack. The ids of its parts must never change, because
 * data, secrets and running executions depend on them.
 */
export class OrderTracker extends Construct {
  /** The topic that events are published to. */
  readonly topic: Topic;
  /** The topic of urgent alarms. */
  readonly operationsTopic: Topic;
  /** The topic of alarms that can wait until the next working day. */
  readonly noticesTopic: Topic;
  readonly orders: OrderTable;
  readonly stateMachine: StateMachine;
  readonly provider: ProviderAccess;
  readonly webhookUrl: string;
  /** URL of the order routes; append `/{orderUuid}`. */
  readonly ordersUrl: string;
  /** The role for callers in other accounts, if `callerAccounts` names any. */
  readonly callerRole?: Role;
  readonly dashboardName: string;

  constructor(scope: Construct, id: string, props: OrderTrackerProps) {
    super(scope, id);
    const config = resolveProps(props);
    this.#warnAboutProvider(config);
    // What a first deployment has created is deleted when it fails: nothing is in it yet.
    const removalPolicy = config.production
      ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
      : RemovalPolicy.DESTROY;
    const encryptionKey = config.customerManagedKey
      ? new CustomerKey(this, 'Key', { removalPolicy })
      : undefined;
    const defaults: FunctionDefaults = {
      deployment: config.environment,
      logRetention: config.logRetentionInDays,
      removalPolicy,
      tracing: config.tracing,
      encryptionKey,
      settings: config.settings,
    };

    const orders = new OrderTable(this, 'Orders', {
      deletionProtection: config.production,
      // A protected table cannot be deleted, also when a first deployment fails. It stays behind, empty.
      removalPolicy: config.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      encryptionKey,
    });
    const provider = new ProviderAccess(this, 'Provider', {
      baseUrl: config.providerBaseUrl,
      application: config.providerApplication,
      removalPolicy,
      encryptionKey,
    });
    const refreshDelay = Duration.seconds(config.settings.refreshDelayInSeconds);
    const refreshQueue = new RefreshQueue(this, 'RefreshQueue', {
      functionTimeout: checkTimeout(config.settings),
      refreshDelay,
      encryptionKey,
    });
    const { eventSource } = config;
    const checking = new OrderChecking({ orders, provider, eventSource });

    const ingest = new WebhookIngest(this, 'Ingest', { defaults, orders, provider });
    const requests = new OrderRequests(this, 'Requests', { defaults, orders });
    const refresh = new OrderRefresh(this, 'Refresh', {
      defaults,
      checking,
      refreshQueue,
      maxConcurrency: config.refreshConcurrency,
    });
    const watch = new OrderWatch(this, 'Watch', { defaults, checking, removalPolicy });
    const { stateMachine } = watch;
    const dispatch = new ChangeDispatch(this, 'Dispatch', { defaults, orders, refreshQueue, stateMachine });
    const publication = new EventPublication(this, 'Publication', {
      defaults,
      orders,
      subscriberAccounts: config.subscriberAccounts,
    });
    const reconcileEvery = Duration.minutes(config.reconcileEveryInMinutes);
    const reconciliation = new Reconciliation(this, 'Reconciliation', {
      defaults,
      orders,
      refreshQueue,
      topic: publication.topic,
      every: reconcileEvery,
    });
    const api = new PublicApi(this, 'Api', {
      environment: config.environment,
      ingestWebhook: ingest.function,
      ordersApi: requests.function,
      webhookRequestsPerSecond: config.webhookRequestsPerSecond,
      ordersRequestsPerSecond: config.ordersRequestsPerSecond,
      callerAccounts: config.callerAccounts,
      logRetention: config.logRetentionInDays,
      removalPolicy,
      encryptionKey,
    });
    const operations = new Operations(this, 'Operations', {
      environment: config.environment,
      runbookUrl: config.runbookUrl,
      savedQueries: config.savedQueries,
      encryptionKey,
      functions: {
        'ingest-webhook': ingest.function,
        'orders-api': requests.function,
        'dispatch-changes': dispatch.function,
        'refresh-order': refresh.function,
        'check-order': watch.function,
        'publish-events': publication.function,
        reconcile: reconciliation.function,
      },
      api: api.api,
      orders,
      topic: publication.topic.topic,
      refreshQueue: refreshQueue.queue,
      refreshDelay,
      stateMachine,
      deadLetters: {
        refresh: refreshQueue.deadLetters,
        dispatch: dispatch.consumer.failures,
        publication: publication.consumer.failures,
        missedRuns: reconciliation.missedRuns,
      },
      reconcileSchedule: reconciliation.schedule,
      reconcileEvery,
      maxChecksPerDay: config.maxChecksPerDay,
    });

    this.orders = orders;
    this.provider = provider;
    this.stateMachine = stateMachine;
    this.topic = publication.topic.topic;
    this.operationsTopic = operations.topic;
    this.noticesTopic = operations.noticesTopic;
    this.webhookUrl = api.webhookUrl;
    this.ordersUrl = api.ordersUrl;
    this.callerRole = api.callerRole;
    this.dashboardName = operations.dashboard.dashboardName;
  }

  /** Real bookings need a stack that retains its data, and such a stack is meant for real bookings. */
  #warnAboutProvider({ production, providerBaseUrl }: ResolvedProps): void {
    if (production && providerBaseUrl === SANDBOX_BASE_URL) {
      Annotations.of(this).addWarningV2(
        'musement-order-tracker:production-uses-sandbox',
        `This production deployment uses Musement's sandbox; set "providerBaseUrl" to ${PRODUCTION_BASE_URL}.`,
      );
    }
    if (!production && providerBaseUrl === PRODUCTION_BASE_URL) {
      Annotations.of(this).addWarningV2(
        'musement-order-tracker:real-bookings-unprotected',
        'This deployment tracks real bookings, but its data is deleted with the stack; set "environment" to production, or "production" to true.',
      );
    }
  }
}
