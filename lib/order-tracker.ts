import { Annotations, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ChangeDispatch } from './change-dispatch.ts';
import { EventPublication } from './event-publication.ts';
import { ImportedOrderTracker, type OrderTrackerAttributes } from './imported-order-tracker.ts';
import { allowTrackerToUse } from './key-policy.ts';
import { Operations } from './operations.ts';
import { checkTimeout, OrderChecking } from './order-checking.ts';
import { OrderRefresh } from './order-refresh.ts';
import { OrderRequests } from './order-requests.ts';
import { OrderTable } from './order-table.ts';
import { type IOrderTracker, OrderTrackerBase } from './order-tracker-base.ts';
import type { OrderTrackerProps } from './order-tracker-props.ts';
import { OrderWatch } from './order-watch.ts';
import { ProviderAccess } from './provider-access.ts';
import { PublicApi } from './public-api.ts';
import { Reconciliation } from './reconciliation.ts';
import { RefreshQueue } from './refresh-queue.ts';
import { PRODUCTION_BASE_URL, type ResolvedProps, resolveProps } from './resolve-props.ts';
import { TrackerDescription } from './tracker-description.ts';
import type { FunctionDefaults } from './tracker-function.ts';
import { trackerNameOf } from './tracker-name.ts';
import { WebhookIngest } from './webhook-ingest.ts';

/**
 * Tracks Musement orders until every item has a final status, and publishes each final status. The ids of its parts must
 * never change, because data, secrets and running executions depend on them.
 */
export class OrderTracker extends OrderTrackerBase {
  /**
   * A tracker that another stack has deployed.
   * @throws {InvalidPropertyError} for an `ordersUrl` that does not say which API it belongs to
   */
  static fromOrderTrackerAttributes(
    scope: Construct,
    id: string,
    attributes: OrderTrackerAttributes,
  ): IOrderTracker {
    return new ImportedOrderTracker(scope, id, attributes);
  }

  /** Name of the tracker, which no other tracker of the account and region has. */
  readonly trackerName: string;
  /** The topic that events are published to. */
  readonly topic: ITopic;
  /** The topic of urgent alarms; `undefined` if there are no alarms and none was given. */
  readonly urgentTopic: ITopic | undefined;
  /** The topic of alarms that can wait until the next working day; `undefined` like {@link urgentTopic}. */
  readonly noticesTopic: ITopic | undefined;
  /** The table of all orders. Its records are not part of the public interface. */
  readonly table: ITable;
  /** The state machine that watches orders. */
  readonly stateMachine: IStateMachine;
  /** Base URL of Musement's API that this tracker uses. */
  readonly providerBaseUrl: string;
  /** The login at Musement's API, `{"client_id", "client_secret"}`. Fill in a new one after the first deployment. */
  readonly providerSecret: ISecret;
  /** The Basic credentials of the webhook, `{"username", "password"}`, to give to Musement. */
  readonly webhookSecret: ISecret;
  /** URL to give to Musement, with the credentials in {@link webhookSecret}. */
  readonly webhookUrl: string;
  /** URL of the order routes: append `/{orderUuid}`, and sign requests with Signature Version 4. */
  readonly ordersUrl: string;
  /** The role for callers in other accounts, if `callerAccounts` names any. */
  readonly callerRole: IRole | undefined;
  /** Name of the CloudWatch dashboard, if there is one. */
  readonly dashboardName: string | undefined;
  /** @internal */
  protected readonly apiArn: string;

  constructor(scope: Construct, id: string, props: OrderTrackerProps) {
    super(scope, id);
    const config = resolveProps(props);
    const { encryptionKey } = props;
    const trackerName = trackerNameOf(this, props.trackerName);
    this.trackerName = trackerName;
    this.node.addValidation({ validate: () => this.#findNameConflicts() });
    this.#warnAboutProvider(config);
    // When a first deployment fails, its empty resources are deleted even if data is retained later.
    const removalPolicy = config.retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    if (encryptionKey) allowTrackerToUse(encryptionKey, this);
    const defaults: FunctionDefaults = {
      trackerName,
      logRetention: config.logRetention,
      removalPolicy,
      tracing: config.tracing,
      encryptionKey,
      settings: config.settings,
    };

    const orders = new OrderTable(this, 'Orders', {
      deletionProtection: config.retain,
      // A protected table cannot be deleted, not even when a first deployment fails: it stays behind, empty.
      removalPolicy: config.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      encryptionKey,
    });
    const provider = new ProviderAccess(this, 'Provider', {
      baseUrl: config.providerBaseUrl,
      application: config.providerApplication,
      providerSecret: props.providerSecret,
      webhookSecret: props.webhookSecret,
      removalPolicy,
      encryptionKey,
    });
    const refreshDelay = Duration.seconds(config.settings.refreshDelayInSeconds);
    const refreshQueue = new RefreshQueue(this, 'RefreshQueue', {
      functionTimeout: checkTimeout(config.settings),
      refreshDelay,
      encryptionKey,
    });
    const eventSource = `urn:musement-order-tracker:${trackerName}`;
    const checking = new OrderChecking({ orders, provider, eventSource });

    const ingest = new WebhookIngest(this, 'Ingest', { defaults, orders, provider });
    const requests = new OrderRequests(this, 'Requests', { defaults, orders, eventSource });
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
    const reconciliation = new Reconciliation(this, 'Reconciliation', {
      defaults,
      orders,
      refreshQueue,
      topic: publication.topic,
      every: config.reconcileEvery,
    });
    const api = new PublicApi(this, 'Api', {
      trackerName,
      ingestWebhook: ingest.function,
      ordersApi: requests.function,
      webhookRequestsPerSecond: config.webhookRequestsPerSecond,
      ordersRequestsPerSecond: config.ordersRequestsPerSecond,
      callerAccounts: config.callerAccounts,
      logRetention: config.logRetention,
      removalPolicy,
      encryptionKey,
    });
    const functions = {
      'ingest-webhook': ingest.function,
      'orders-api': requests.function,
      'dispatch-changes': dispatch.function,
      'refresh-order': refresh.function,
      'check-order': watch.function,
      'publish-events': publication.function,
      reconcile: reconciliation.function,
    };
    const deadLetters = {
      refresh: refreshQueue.deadLetters,
      dispatch: dispatch.consumer.failures,
      publication: publication.consumer.failures,
      missedRuns: reconciliation.missedRuns,
    };
    const operations = new Operations(this, 'Operations', {
      trackerName,
      runbookUrl: config.runbookUrl,
      alarms: config.alarms,
      urgentTopic: props.urgentTopic,
      noticesTopic: props.noticesTopic,
      dashboard: config.dashboard,
      savedQueries: config.savedQueries,
      encryptionKey,
      functions,
      api: api.api,
      orders,
      topic: publication.topic.topic,
      refreshQueue: refreshQueue.queue,
      refreshDelay,
      stateMachine,
      deadLetters,
      reconcileSchedule: reconciliation.schedule,
      reconcileEvery: config.reconcileEvery,
      maxChecksPerDay: config.maxChecksPerDay,
    });

    this.table = orders.table;
    this.providerBaseUrl = provider.baseUrl;
    this.providerSecret = provider.providerSecret.secret;
    this.webhookSecret = provider.webhookSecret.secret;
    this.stateMachine = stateMachine;
    this.topic = publication.topic.topic;
    this.urgentTopic = operations.urgentTopic;
    this.noticesTopic = operations.noticesTopic;
    this.webhookUrl = api.webhookUrl;
    this.ordersUrl = api.ordersUrl;
    this.apiArn = Stack.of(this).formatArn({ service: 'execute-api', resource: api.api.apiId });
    this.callerRole = api.callerRole;
    this.dashboardName = operations.dashboard?.dashboardName;
    new TrackerDescription(this, 'Description', {
      tracker: this,
      alarms: config.alarms,
      provider,
      functions,
      deadLetters,
      reconcileSchedule: reconciliation.schedule,
    });
  }

  /** An error for each other tracker of this app with the same name in the same account and region. */
  #findNameConflicts(): string[] {
    const environmentOf = (tracker: OrderTracker): string => {
      const { account, region } = Stack.of(tracker);
      const isKnown = !Token.isUnresolved(account) && !Token.isUnresolved(region);
      return isKnown ? `${account}/${region}` : Stack.of(tracker).node.path;
    };
    return this.node.root.node
      .findAll()
      .filter((other) => other instanceof OrderTracker)
      .filter(({ trackerName }) => trackerName === this.trackerName)
      .filter((other) => other !== this && environmentOf(other) === environmentOf(this))
      .map(
        ({ node }) =>
          `"trackerName" cannot be "${this.trackerName}": ${node.path} has the same name. Names must be unique in an account and region.`,
      );
  }

  #warnAboutProvider({ retain, providerBaseUrl }: ResolvedProps): void {
    if (retain || providerBaseUrl !== PRODUCTION_BASE_URL) return;
    Annotations.of(this).addWarningV2(
      'musement-order-tracker:real-bookings-unprotected',
      'This tracker tracks real bookings, but its data is deleted with the stack; set "removalPolicy" to RemovalPolicy.RETAIN.',
    );
  }
}
