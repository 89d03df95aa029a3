import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC } from '../../lambdas/contracts/metrics.ts';
import type { TrackerMetrics } from '../tracker-metrics.ts';
import { type AlarmDefinitions, NO_DATA } from './alarm-definition.ts';

/** Properties of {@link orderAlarms}. */
export interface OrderAlarmsProps {
  readonly metricOf: TrackerMetrics;
}

/** Alarms on orders that do not get a final status, and on the provider, without which no status is found. */
export const orderAlarms = ({ metricOf }: OrderAlarmsProps) =>
  ({
    ItemsOverdue: {
      severity: 'notice',
      metric: metricOf(METRIC.itemOverdue, Stats.SUM, { period: Duration.hours(1) }),
      threshold: 5,
      reason:
        'A single overdue item is a slow activity provider, and has an event. Several at once have one cause.',
      missingData: NO_DATA.isFine,
      impact: 'Travellers wait longer for their confirmation than they were promised.',
    },
    GivenUp: {
      severity: 'notice',
      metric: metricOf(METRIC.givenUp, Stats.SUM, { period: Duration.hours(1) }),
      threshold: 1,
      reason: 'It takes 7 days, or 180 days for an item, without a result.',
      missingData: NO_DATA.isFine,
      impact: 'An order is no longer checked although it is open. Its final status will not be published.',
    },
    ProviderFailing: {
      severity: 'urgent',
      metric: metricOf(METRIC.providerFailure, Stats.AVERAGE, { period: Duration.minutes(30) }),
      threshold: 0.5,
      reason:
        'A failed check counts once its order has been without an answer for ten times retryBase, 5 minutes by default.',
      // Checks become rare while the provider fails, and the last known state still holds.
      missingData: NO_DATA.keepsState,
      impact: 'Musement’s API gives no usable answers. No status is found until it does. Nothing is lost.',
    },
    LoginRejected: {
      severity: 'urgent',
      metric: metricOf(METRIC.loginRejected, Stats.SUM),
      threshold: 1,
      reason: 'A rejected login is never a temporary failure. It is repeated once a minute only.',
      missingData: NO_DATA.isFine,
      impact:
        'Musement rejects our login, or the secret is not filled in. No status is found until it is corrected. Nothing is lost.',
    },
  }) as const satisfies AlarmDefinitions;
