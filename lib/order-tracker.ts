import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ChangeDispatch } from './change-dispatch.ts';
import { CustomerKey } from './customer-key.ts';
import { EventPublication } from './event-publication.ts';
import { ItemWatch } from './item-watch.ts';
import { Operations } from './operations.ts';
import { lookTimeout, OrderExamination } from './order-examination.ts';
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
import { ProviderAccess } from './provider-access.ts';
import { PublicApi } from './public-api.ts';
import { Reconciliation } from './reconciliation.ts';
import { RefreshQueue } from './refresh-queue.ts';
import type { FunctionDefaults } from './tracker-function.ts';
import { WebhookIngest } from './webhook-ingest.ts';

export type { OrderTrackerProps } from './order-tracker-props.ts';

/**
 * Follows Musement order items to their final status and publishes it. Part of its own stack here; a partner can
 * put it into another one. Ids of its parts never change: data, secrets and running executions hang on them.
 */
export class OrderTracker extends Construct {
  /** Where final statuses are published: subscribe here. */
  readonly topic: Topic;
  /** Where urgent alarms go. */
  readonly operationsTopic: Topic;
  /** Where alarms go that can wait until somebody is at work. */
  readonly noticesTopic: Topic;
  readonly orders: OrderTable;
  readonly stateMachine: StateMachine;
  readonly provider: ProviderAccess;
  readonly webhookUrl: string;
  /** To be followed by `/{orderUuid}`. */
  readonly ordersUrl: string;
  /** The role for callers in other accounts, where `callerAccounts` names any. */
  readonly callerRole?: Role;
  readonly dashboardName: string;

  constructor(scope: Construct, id: string, props: OrderTrackerProps) {
    super(scope, id);
    const config = resolveProps(props);
    this.#warnAboutProvider(config);
    const removalPolicy = config.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
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
      removalPolicy,
      encryptionKey,
    });
    const provider = new ProviderAccess(this, 'Provider', {
      baseUrl: config.providerBaseUrl,
      application: config.providerApplication,
      removalPolicy,
      encryptionKey,
    });
    const refreshQueue = new RefreshQueue(this, 'RefreshQueue', {
      functionTimeout: lookTimeout(config.settings),
      encryptionKey,
    });
    const { eventSource } = config;
    const examination = new OrderExamination({ orders, refreshQueue, provider, eventSource });

    const ingest = new WebhookIngest(this, 'Ingest', { defaults, orders, provider });
    const requests = new OrderRequests(this, 'Requests', { defaults, orders });
    const refresh = new OrderRefresh(this, 'Refresh', {
      defaults,
      examination,
      refreshQueue,
      maxConcurrency: config.refreshConcurrency,
    });
    const watch = new ItemWatch(this, 'Watch', { defaults, examination, removalPolicy });
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
      stateMachine,
      topic: publication.topic,
      every: reconcileEvery,
    });
    const api = new PublicApi(this, 'Api', {
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
        'check-item': watch.function,
        'publish-events': publication.function,
        reconcile: reconciliation.function,
      },
      api: api.api,
      orders,
      topic: publication.topic.topic,
      refreshQueue: refreshQueue.queue,
      stateMachine,
      deadLetters: {
        refresh: refreshQueue.deadLetters,
        dispatch: dispatch.consumer.failures,
        publication: publication.consumer.failures,
        missedRuns: reconciliation.missedRuns,
      },
      reconcileSchedule: reconciliation.schedule,
      reconcileEvery,
      mostChecksADay: config.mostChecksADay,
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

  /** Real bookings belong into a stack that keeps its data, and a stack that keeps its data asks for real ones. */
  #warnAboutProvider({ production, providerBaseUrl }: ResolvedProps): void {
    if (production && providerBaseUrl === SANDBOX_BASE_URL) {
      Annotations.of(this).addWarningV2(
        'musement-order-tracker:production-asks-sandbox',
        `This production deployment asks Musement's sandbox; set "providerBaseUrl" to ${PRODUCTION_BASE_URL}.`,
      );
    }
    if (!production && providerBaseUrl === PRODUCTION_BASE_URL) {
      Annotations.of(this).addWarningV2(
        'musement-order-tracker:real-bookings-unprotected',
        'This deployment follows real bookings, and its data is deleted with the stack; set "environment" or "production" (production, true).',
      );
    }
  }
}
