/**
 * CloudWatch namespace of everything that the functions of one deployment measure. Two deployments in one
 * account do not mix.
 */
export const metricsNamespace = (environment: string): string => `MusementOrderTracker/${environment}`;

/**
 * The one dimension of every metric, with the same value whichever function measures: so each name is one
 * custom metric, and what two functions count stands in one place, where an alarm can see it.
 */
export const METRICS_DIMENSION = { service: 'order-tracker' } as const;

/**
 * Names of the metrics, shared by the functions that emit them and the alarms and graphs that read them. Each
 * is a custom metric that costs money every month: twenty at most. Whatever depends on an order, or has many
 * kinds, is in the logs instead.
 *
 * Those that are *shares* are emitted once for each case, as 1 or 0: their sum tells how many it was true of,
 * their number of samples of how many in all, and their average is the share.
 */
export const METRIC = {
  /** Share of the webhooks taken in that had been stored before. */
  webhookRepeated: 'WebhookRepeated',
  /** Requests refused for their credentials. */
  webhookUnauthorized: 'WebhookUnauthorized',
  /** Authenticated but malformed bodies, kept in quarantine. */
  webhookQuarantined: 'WebhookQuarantined',
  /** Share of the ended hints that the provider's answers contradicted. */
  hintContradicted: 'HintContradicted',
  /** What is not followed any more although it is open: hints after a week, items after half a year. */
  givenUp: 'GivenUp',
  /** How long the provider took to answer. */
  providerLatency: 'ProviderLatency',
  /** Share of the looks at an order that got no answer, or one that lacks or garbles an item. */
  providerTrouble: 'ProviderTrouble',
  /** Share of the logins that the provider refused, or for which the secret is not filled in. */
  loginRefused: 'LoginRefused',
  /** Items that entered an open status. */
  itemOpened: 'ItemOpened',
  /** Share of the items that became OK among those that became OK or KO. */
  itemConfirmed: 'ItemConfirmed',
  /** Items that became REFUNDED. */
  itemRefunded: 'ItemRefunded',
  /** Items open past their deadline. */
  itemOverdue: 'ItemOverdue',
  /**
   * Share of the final statuses that were found although no webhook had told of them, among those of products
   * that have webhooks. A status that is found because the order was tracked says nothing about webhooks.
   */
  webhookMissing: 'WebhookMissing',
  /** How long an item was pending before it was confirmed or rejected. */
  timeToConfirmation: 'TimeToConfirmation',
  /** The same as a share of the product's `max_confirmation_time`. */
  confirmationTimeUsed: 'ConfirmationTimeUsed',
  /** From the webhook that told of a final status until its event was published. */
  webhookToPublish: 'WebhookToPublish',
  /** Share of the events that the topic refused, again and again, among those to be published. */
  eventRefused: 'EventRefused',
  /** How long the oldest record that is to be rescued has been due, seen by each run of the reconciler. */
  oldestRescue: 'OldestRescueAge',
  /** Records that failed too often and are tried once a day only; each counts once a day. */
  recordParked: 'RecordParked',
  /** How often a watch has woken by now, told by each check: the measure of what Step Functions costs. */
  watchChecks: 'WatchChecks',
} as const;

/** One of {@link METRIC}. */
export type MetricName = (typeof METRIC)[keyof typeof METRIC];

/** The unit of each metric, in CloudWatch's words. */
export const METRIC_UNIT = {
  WebhookRepeated: 'Count',
  WebhookUnauthorized: 'Count',
  WebhookQuarantined: 'Count',
  HintContradicted: 'Count',
  GivenUp: 'Count',
  ProviderLatency: 'Milliseconds',
  ProviderTrouble: 'Count',
  LoginRefused: 'Count',
  ItemOpened: 'Count',
  ItemConfirmed: 'Count',
  ItemRefunded: 'Count',
  ItemOverdue: 'Count',
  WebhookMissing: 'Count',
  TimeToConfirmation: 'Seconds',
  ConfirmationTimeUsed: 'Percent',
  WebhookToPublish: 'Seconds',
  EventRefused: 'Count',
  OldestRescueAge: 'Seconds',
  RecordParked: 'Count',
  WatchChecks: 'Count',
} as const satisfies Readonly<Record<MetricName, string>>;
