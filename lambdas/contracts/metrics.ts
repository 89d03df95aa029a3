/** CloudWatch namespace of the metrics of one tracker. */
export const metricsNamespace = (trackerName: string): string => `MusementOrderTracker/${trackerName}`;

/**
 * The dimension of every metric. All functions use the same value, so that each name is one custom metric and an alarm
 * sees what two functions count in one place.
 */
export const METRICS_DIMENSION = { service: 'order-tracker' } as const;

/**
 * Names of the metrics, shared by the functions that emit them and the alarms and graphs that read them. Each is a
 * custom metric that is billed every month, so there are twenty at most. Details, such as the order, are in the logs.
 *
 * A *share* is emitted once for each case, as 1 or 0: its sum is the number of cases it was true of, its sample count
 * the number of cases, and its average the share.
 */
export const METRIC = {
  /** Share of accepted webhooks that were stored before. */
  webhookRepeated: 'WebhookRepeated',
  /** Webhooks rejected for their credentials or source address. */
  webhookUnauthorized: 'WebhookUnauthorized',
  /** Webhooks with the right credentials that were rejected for their body, size or content type; kept in quarantine. */
  webhookQuarantined: 'WebhookQuarantined',
  /** Share of resolved hints that the provider's answers contradicted. */
  hintContradicted: 'HintContradicted',
  /** Hints that were given up, and open items that are missing or whose tracking ended. */
  givenUp: 'GivenUp',
  /** Response time of the provider. */
  providerLatency: 'ProviderLatency',
  /**
   * Share of checks of orders that stay without a usable answer, or with an incomplete one, which leaves out an item or
   * shows one that cannot be read. A check that fails counts once its order has been without an answer for ten times
   * `retryBase`; before that it counts neither as 1 nor as 0.
   */
  providerFailure: 'ProviderFailure',
  /** Share of logins that the provider rejected, or that were impossible because the secret is not filled in. */
  loginRejected: 'LoginRejected',
  /** Items that entered an open status. */
  itemOpened: 'ItemOpened',
  /** Share of OK among the items that became OK or KO. */
  itemConfirmed: 'ItemConfirmed',
  /** Items that became REFUNDED. */
  itemRefunded: 'ItemRefunded',
  /** Items that are open past their deadline. */
  itemOverdue: 'ItemOverdue',
  /**
   * Share of final statuses that were found without a webhook. Products that have no webhooks are not counted, nor are
   * statuses found because of a track request, which say nothing about webhooks.
   */
  webhookMissing: 'WebhookMissing',
  /** Time from the start of an item's open period to its confirmation or rejection. */
  timeToConfirmation: 'TimeToConfirmation',
  /** The same time as a percentage of the item's confirmation time. */
  confirmationTimeUsed: 'ConfirmationTimeUsed',
  /** Time from the first receipt of a webhook with a final status to the publication of that status. */
  webhookToPublish: 'WebhookToPublish',
  /** Share of events that the topic rejected in every attempt of one run. */
  eventRejected: 'EventRejected',
  /** How long the oldest record of the rescue lane has been due, emitted by each run of the reconciler. */
  oldestRescue: 'OldestRescueAge',
  /** Parked records: they failed too often and are tried once a day. Each counts once a day. */
  recordParked: 'RecordParked',
  /** Number of turns that the execution of a watch has had, emitted by each turn. Step Functions bills by it. */
  watchChecks: 'WatchChecks',
} as const;

/** One of {@link METRIC}. */
export type MetricName = (typeof METRIC)[keyof typeof METRIC];

/** The metrics that are not counts, with their units in CloudWatch's words. */
const UNITS: Partial<Record<MetricName, 'Milliseconds' | 'Seconds' | 'Percent'>> = {
  ProviderLatency: 'Milliseconds',
  TimeToConfirmation: 'Seconds',
  ConfirmationTimeUsed: 'Percent',
  WebhookToPublish: 'Seconds',
  OldestRescueAge: 'Seconds',
};

/** The unit of a metric, in CloudWatch's words. */
export const unitOf = (metric: MetricName) => UNITS[metric] ?? 'Count';
