import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC } from '../../lambdas/contracts/metrics.ts';
import type { TrackerFunction } from '../tracker-function.ts';
import { DOLLARS_PER_TRANSITION, TRANSITIONS_PER_CHECK, type TrackerMetrics } from '../tracker-metrics.ts';
import { type AlarmDefinitions, NO_DATA } from './alarm-definition.ts';

/** Properties of {@link costAlarms}. */
export interface CostAlarmsProps {
  readonly metricOf: TrackerMetrics;
  readonly checkOrder: TrackerFunction;
  /** From this number of checks by watches a day on, the cost is higher than planned. */
  readonly maxChecksPerDay: number;
}

/**
 * A watch makes about 180 checks in a provider outage of a week: 12 retries in the first 2 hours, then one an hour. An
 * item adds 24 checks until its deadline and 10 for its voucher, a webhook 7. So 400 checks are more than an outage and
 * 8 items with different deadlines need. After 500 checks the watch hands over to the next one, which starts from 0.
 */
const MAX_PLANNED_CHECKS = 400;

/** Alarms on what Step Functions costs, which is the largest part of the bill. */
export const costAlarms = ({ metricOf, checkOrder, maxChecksPerDay }: CostAlarmsProps) =>
  ({
    Spend: {
      severity: 'notice',
      metric: checkOrder.metricInvocations({ period: Duration.days(1), statistic: Stats.SUM }),
      threshold: maxChecksPerDay,
      reason:
        `Each check is ${TRANSITIONS_PER_CHECK} state transitions of Step Functions: $${dollarsOf(maxChecksPerDay)} a day ` +
        'at the price in Ireland. The setting maxChecksPerDay changes the threshold.',
      missingData: NO_DATA.isFine,
      impact:
        'Watches cost more than planned: there are more orders than expected, or each is checked too often.',
    },
    TooManyChecks: {
      severity: 'notice',
      metric: metricOf(METRIC.watchChecks, Stats.MAXIMUM, { period: Duration.hours(1) }),
      threshold: MAX_PLANNED_CHECKS,
      reason: 'A watch needs about 180 checks in a provider outage of a week, and 24 for each deadline.',
      missingData: NO_DATA.isFine,
      impact: 'An order is checked far more often than planned, and costs many times as much as planned.',
    },
  }) as const satisfies AlarmDefinitions;

const dollarsOf = (checks: number): string =>
  (checks * TRANSITIONS_PER_CHECK * DOLLARS_PER_TRANSITION).toFixed(2);
