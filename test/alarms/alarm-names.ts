/** The alarms. Each has a heading in `docs/runbook.md`, and cases in `evaluate-alarm.test.ts`. */
export const ALARM_NAMES = [
  'ApiErrors',
  'WebhooksRejected',
  'QuarantineNotEmpty',
  'WebhooksSilent',
  'NoWebhooks',
  'WebhookLoss',
  'ItemsOverdue',
  'GivenUp',
  'ProviderFailing',
  'LoginRejected',
  'DispatchLag',
  'PublicationLag',
  'PublishFailures',
  'DeliveryFailures',
  'InvalidAttributes',
  'RefreshBacklog',
  'WatchesFailed',
  'WatchesTimedOut',
  'WatchesAborted',
  'OldestRescue',
  'RecordsParked',
  'Throttles',
  'RefreshDeadLetters',
  'DispatchFailures',
  'PublicationFailures',
  'MissedRuns',
  'TooManyChecks',
  'Spend',
] as const;

/** One of {@link ALARM_NAMES}. */
export type AlarmName = (typeof ALARM_NAMES)[number];
