import { Duration } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { METRIC } from '../../lambdas/contracts/metrics.ts';
import type { TrackerFunction } from '../tracker-function.ts';
import { PERIOD, type TrackerMetrics } from '../tracker-metrics.ts';
import { type AlarmDefinition, type AlarmDefinitions, NO_DATA } from './alarm-definition.ts';

/** Properties of {@link processingAlarms}. */
export interface ProcessingAlarmsProps {
  readonly metricOf: TrackerMetrics;
  /** The topic that events are published to. */
  readonly events: Topic;
  readonly checkOrder: TrackerFunction;
  readonly dispatchChanges: TrackerFunction;
  readonly publishEvents: TrackerFunction;
  readonly refreshQueue: Queue;
  readonly refreshDelay: Duration;
  readonly stateMachine: StateMachine;
  /** The schedule that runs the reconciler. */
  readonly reconcileSchedule: Schedule;
  /** How often the reconciler runs. */
  readonly reconcileEvery: Duration;
}

/** How long a message of the refresh queue may wait beyond the delay of the queue. */
const MAX_QUEUE_WAIT = Duration.minutes(15);

const SUM = { period: PERIOD, statistic: Stats.SUM } as const;

/** Alarms on streams, queue, watches, publication and reconciler: what is stored is processed late or not at all. */
export const processingAlarms = (props: ProcessingAlarmsProps) => {
  const { metricOf, events, refreshQueue, refreshDelay, stateMachine } = props;
  const threeRuns = Duration.minutes(3 * props.reconcileEvery.toMinutes());
  return {
    DispatchLag: lagOf(
      props.dispatchChanges,
      'Webhooks and new watches wait for the reconciler. Statuses are found minutes later.',
    ),
    PublicationLag: lagOf(
      props.publishEvents,
      'Statuses are known but not published. The reconciler publishes them minutes later.',
    ),
    PublishFailures: {
      severity: 'urgent',
      metric: metricOf(METRIC.eventRejected, Stats.SUM),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      reason:
        'The reconciler publishes an event that was rejected once. A second rejection is no coincidence.',
      missingData: NO_DATA.isFine,
      impact: 'The topic rejects events, so subscribers do not receive statuses. The events stay due.',
    },
    DeliveryFailures: {
      severity: 'notice',
      metric: events.metricNumberOfNotificationsFailed({ period: Duration.hours(1), statistic: Stats.SUM }),
      threshold: 1,
      evaluationPeriods: 6,
      datapointsToAlarm: 2,
      reason:
        'For an HTTPS endpoint every failed attempt counts, and SNS repeats it. For a queue only messages count that SNS gave up.',
      missingData: NO_DATA.isFine,
      impact:
        'A subscriber did not receive published events: it does not exist, or its policy does not allow the topic.',
    },
    InvalidAttributes: {
      severity: 'notice',
      metric: events.metricNumberOfNotificationsFilteredOutInvalidAttributes({
        period: Duration.hours(1),
        statistic: Stats.SUM,
      }),
      threshold: 1,
      reason: 'An attribute that SNS could reject is left out, so this is an error in our code.',
      missingData: NO_DATA.isFine,
      impact:
        'A subscription with a filter policy did not get an event that SNS accepted, and it is not sent again.',
    },
    RefreshBacklog: {
      severity: 'urgent',
      metric: refreshQueue.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: Stats.MAXIMUM }),
      threshold: refreshDelay.plus(MAX_QUEUE_WAIT).toSeconds(),
      unit: ' s',
      reason:
        'Normally a few seconds. A message of this age has failed repeatedly, or nothing receives messages.',
      missingData: NO_DATA.isFine,
      impact: 'Webhooks are stored but cause no check. Statuses are found by schedule only.',
    },
    WatchesFailed: endOfWatches(
      stateMachine.metricFailed(SUM),
      'A provider failure does not fail a watch, so the error is in our code or in AWS.',
      'A watch failed.',
    ),
    WatchesTimedOut: endOfWatches(
      stateMachine.metricTimedOut(SUM),
      'A watch hands over to the next one after 300 days, so one that runs for a year is an error in our code.',
      'Step Functions ended a watch after a year.',
    ),
    WatchesAborted: endOfWatches(
      stateMachine.metricAborted(SUM),
      'The stack itself never stops a watch.',
      'Somebody stopped a watch.',
    ),
    OldestRescue: {
      severity: 'urgent',
      metric: metricOf(METRIC.oldestRescue, Stats.MAXIMUM, { period: threeRuns }),
      threshold: threeRuns.toSeconds(),
      unit: ' s',
      reason:
        'One run may be delayed and one busy, but not three. Every run emits the metric, even when it is 0. ' +
        'After the very first deployment the alarm fires until the first run.',
      missingData: NO_DATA.isWrong,
      // The alarm fires while it has no data, so it is created after the schedule of the first run. Nobody can have
      // subscribed to the topic of a new stack, so this first alarm reaches nobody.
      createdAfter: props.reconcileSchedule,
      impact: 'The reconciler does not process what is due. What fails elsewhere is not repaired meanwhile.',
    },
    RecordsParked: {
      severity: 'notice',
      // Every parked record counts once a day.
      metric: metricOf(METRIC.recordParked, Stats.SUM, { period: Duration.days(1) }),
      threshold: 1,
      reason: '20 failures take days, so waiting does not help.',
      missingData: NO_DATA.isFine,
      impact: 'A record failed 20 times and is now retried once a day. The events of its order are late.',
    },
    Throttles: {
      severity: 'notice',
      // All functions share the limit of the account. This one is called most, and its throttling would show last: by
      // WatchesFailed, after 18 minutes of retries. That of the others shows by ApiErrors, DispatchLag, PublicationLag,
      // RefreshBacklog and OldestRescue. The metric without a dimension would count the account's other functions too.
      metric: props.checkOrder.metricThrottles(SUM),
      threshold: 10,
      evaluationPeriods: 3,
      reason: 'Throttled calls are repeated, and a burst is over in less than 15 minutes.',
      missingData: NO_DATA.isFine,
      impact: 'Watches cannot call check-order: the account’s limit of concurrent functions is reached.',
    },
  } as const satisfies AlarmDefinitions;
};

const lagOf = (consumer: TrackerFunction, impact: string): AlarmDefinition => ({
  severity: 'urgent',
  metric: consumer.metric('IteratorAge', { period: PERIOD, statistic: Stats.MAXIMUM }),
  threshold: Duration.minutes(5).toMilliseconds(),
  unit: ' ms',
  reason: 'Normally less than a second. The reconciler takes over after about 6 minutes.',
  missingData: NO_DATA.isFine,
  impact,
});

/** Executions that ended before their order needed no watch any more. */
const endOfWatches = (metric: Metric, reason: string, whatHappened: string): AlarmDefinition => ({
  severity: 'notice',
  metric,
  threshold: 1,
  reason,
  missingData: NO_DATA.isFine,
  impact: `${whatHappened} The reconciler has its order checked and watched again, later than planned.`,
});
