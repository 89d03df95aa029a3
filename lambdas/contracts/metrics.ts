/** CloudWatch namespace of everything that the functions measure. */
export const METRICS_NAMESPACE = 'MusementOrderTracker';

/** Names of the metrics, shared by the functions that emit them and the alarms and graphs that read them. */
export const METRIC = {
  /** Webhooks stored (count). */
  webhookStored: 'WebhookStored',
  /** Webhooks that were stored before (count). */
  webhookRepeated: 'WebhookRepeated',
  /** Requests refused for their credentials (count). */
  webhookUnauthorized: 'WebhookUnauthorized',
  /** Authenticated but malformed bodies, kept in quarantine (count). */
  webhookQuarantined: 'WebhookQuarantined',
  /** Webhooks whose status the provider never showed (count). */
  hintContradicted: 'HintContradicted',
  /** Hints about something that the provider did not know for a week (count). */
  hintGivenUp: 'HintGivenUp',
  /** Requests to the provider that got no usable answer (count). */
  providerTrouble: 'ProviderTrouble',
  /** Logins that the provider refused (count). */
  loginRefused: 'LoginRefused',
  /** Time until the provider answered (milliseconds). */
  providerLatency: 'ProviderLatency',
  /** Items that the provider's answer lacked or garbled (count). */
  itemUnreadable: 'ItemUnreadable',
  /** A `max_confirmation_time` that cannot be used (count). */
  confirmationTimeUnusable: 'ConfirmationTimeUnusable',
  /** Final statuses found, by webhook and by anything else (count). */
  finalByWebhook: 'FinalByWebhook',
  finalWithoutWebhook: 'FinalWithoutWebhook',
  /** Items open past their deadline (count). */
  itemOverdue: 'ItemOverdue',
  /** Events accepted by the topic (count). */
  eventPublished: 'EventPublished',
  /** Events that the topic refused (count). */
  eventRefused: 'EventRefused',
  /** Records that the reconciler took up (count). */
  rescueClaimed: 'RescueClaimed',
  /** Records that failed too often and are tried once a day only (count). */
  recordParked: 'RecordParked',
  /** Age of the oldest record that was due to be rescued (seconds). */
  oldestRescue: 'OldestRescueAge',
} as const;

/** One of {@link METRIC}. */
export type MetricName = (typeof METRIC)[keyof typeof METRIC];
