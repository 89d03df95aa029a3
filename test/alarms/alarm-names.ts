/** The alarms, each with a proof in `test/e2e/alarms.test.ts` and a heading in `docs/runbook.md`. */
export const ALARM_NAMES = [
  'ApiErrors',
  'WebhooksRefused',
  'QuarantineNotEmpty',
  'WebhooksSilent',
  'WebhookLoss',
  'ItemsOverdue',
  'GivenUp',
  'ProviderFailing',
  'LoginRefused',
  'DispatchLag',
  'PublicationLag',
  'PublishFailures',
  'DeliveryFailures',
  'RefreshBacklog',
  'WatchesFailed',
  'OldestRescue',
  'RecordsParked',
  'Throttles',
  'RefreshDeadLetters',
  'DispatchFailures',
  'PublicationFailures',
  'MissedRuns',
  'WatchesRestless',
  'Spend',
] as const;

/** One of {@link ALARM_NAMES}. */
export type AlarmName = (typeof ALARM_NAMES)[number];
