import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC } from '../../lambdas/contracts/metrics.ts';
import { PERIOD, type TrackerMetrics } from '../tracker-metrics.ts';
import { type AlarmDefinitions, NO_DATA } from './alarm-definition.ts';

/** Properties of {@link ingestAlarms}. */
export interface IngestAlarmsProps {
  readonly metricOf: TrackerMetrics;
  readonly api: HttpApi;
}

/** Alarms on requests of the partner, and on webhooks: rejected, malformed or missing. */
export const ingestAlarms = ({ metricOf, api }: IngestAlarmsProps) =>
  ({
    ApiErrors: {
      severity: 'urgent',
      // Lambda counts a function that answers 500 as a success. Only the API counts it as an error.
      metric: api.metricServerError({ period: PERIOD, statistic: Stats.SUM }),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      reason: 'Callers repeat a request after a single error. Errors in a second period are no coincidence.',
      missingData: NO_DATA.isFine,
      impact:
        'The API answers webhooks or requests of the partner’s systems with a server error. Musement repeats webhooks.',
    },
    WebhooksRejected: {
      severity: 'urgent',
      metric: metricOf(METRIC.webhookUnauthorized, Stats.SUM, { period: Duration.minutes(15) }),
      threshold: 10,
      reason: 'Musement repeats a rejected webhook. A stranger who finds the address tries once or twice.',
      missingData: NO_DATA.isFine,
      impact:
        'Webhooks are rejected for their credentials or their address. Statuses are found by schedule only, which takes longer.',
    },
    QuarantineNotEmpty: {
      severity: 'notice',
      metric: metricOf(METRIC.webhookQuarantined, Stats.SUM, { period: Duration.hours(1) }),
      threshold: 1,
      reason: 'Only Musement knows the credentials, so one malformed body may mean that its format changed.',
      missingData: NO_DATA.isFine,
      impact: 'Musement sends webhooks that cannot be read. They are kept for 14 days and cause no check.',
    },
    WebhooksSilent: {
      severity: 'urgent',
      // The median of zeros and ones: 1 when most of them are 1, and between 0 and 1 when half of them are.
      metric: metricOf(METRIC.webhookMissing, Stats.p(50), { period: Duration.hours(6) }),
      threshold: 0.5,
      reason:
        'Half of the final statuses of six hours came without a webhook. Fewer samples say too little: NoWebhooks covers these.',
      ignoresFewSamples: true,
      missingData: NO_DATA.keepsState,
      impact: 'Most webhooks no longer arrive. Statuses are found by schedule only, which takes longer.',
    },
    NoWebhooks: {
      severity: 'notice',
      // The minimum of zeros and ones: 1 when all of them are 1.
      metric: metricOf(METRIC.webhookMissing, Stats.MINIMUM, { period: Duration.days(1) }),
      threshold: 1,
      evaluationPeriods: 2,
      reason:
        'No final status of two days came with a webhook. A single webhook may be lost, but not all of two days.',
      // A day without final statuses does not show whether webhooks arrive.
      missingData: NO_DATA.isFine,
      impact: 'Webhooks no longer arrive. Statuses are found by schedule only, which takes longer.',
    },
    WebhookLoss: {
      severity: 'notice',
      metric: metricOf(METRIC.webhookMissing, Stats.p(80), { period: Duration.days(1) }),
      // CloudWatch interpolates: between a zero and a one the percentile is neither.
      threshold: 0.5,
      reason: 'The 80th percentile of zeros and ones is 1 when more than a fifth of them are 1.',
      ignoresFewSamples: true,
      missingData: NO_DATA.keepsState,
      impact:
        'A fifth of the day’s final statuses were found without a webhook, which takes half an hour longer on average.',
    },
  }) as const satisfies AlarmDefinitions;
