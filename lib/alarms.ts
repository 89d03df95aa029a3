import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { METRIC } from '../lambdas/contracts/metrics.ts';
import { DOLLARS_A_TRANSITION, type OwnMetrics, PERIOD } from './own-metrics.ts';
import type { TrackerFunction } from './tracker-function.ts';

/**
 * `urgent`: while it lasts, statuses arrive late or not at all. `notice`: nothing is late yet, or for single orders
 * only; somebody should look within a working day.
 */
type Severity = 'urgent' | 'notice';

/** Queues that hold something only when something went wrong. */
export interface DeadLetterQueues {
  readonly refresh: Queue;
  readonly dispatch: Queue;
  readonly publication: Queue;
  readonly missedRuns: Queue;
}

/** Properties of {@link Alarms}. */
export interface AlarmsProps {
  /** Part of the alarms' names. */
  readonly environment: string;
  readonly topics: Readonly<Record<Severity, Topic>>;
  /** The runbook; each alarm links to the heading of its name. */
  readonly runbookUrl: string;
  readonly own: OwnMetrics;
  readonly api: HttpApi;
  /** What subscribers are subscribed to. */
  readonly events: Topic;
  /** Checks items for their watches. */
  readonly checkItem: TrackerFunction;
  /** More of its runs a day cost more than was planned. */
  readonly mostChecksADay: number;
  readonly dispatch: TrackerFunction;
  readonly publication: TrackerFunction;
  readonly refreshQueue: Queue;
  readonly deadLetters: DeadLetterQueues;
  readonly stateMachine: StateMachine;
  /** What calls the reconciler. */
  readonly reconcileSchedule: Schedule;
  /** How often the reconciler runs. */
  readonly reconcileEvery: Duration;
}

interface AlarmOptions {
  readonly severity: Severity;
  readonly metric: Metric;
  /** From which value on it fires. */
  readonly threshold: number;
  /** Follows the threshold where people read it. @default '' */
  readonly unit?: string;
  /** How many periods are looked at. @default 1 */
  readonly evaluationPeriods?: number;
  /** How many of them must reach the threshold. @default - all */
  readonly datapointsToAlarm?: number;
  /** Why there, and not earlier or later. */
  readonly reason: string;
  /** What it means that nothing was measured. */
  readonly missing: Missing;
  /** For a percentile: whether too few samples leave the alarm as it is. */
  readonly ignoresFewSamples?: boolean;
  /** What users notice. */
  readonly impact: string;
}

const HOUR = Duration.hours(1);
const DAY = Duration.days(1);

/** How CloudWatch treats that nothing was measured, and what whoever is called reads about it. */
interface Missing {
  readonly treatment: TreatMissingData;
  readonly text: string;
}

/** The metric is told only when something happens. */
const FINE: Missing = {
  treatment: TreatMissingData.NOT_BREACHING,
  text: 'Nothing measured: nothing is wrong.',
};
const AS_IT_WAS: Missing = {
  treatment: TreatMissingData.IGNORE,
  text: 'Nothing measured: it stays as it was.',
};
const WRONG: Missing = { treatment: TreatMissingData.BREACHING, text: 'Nothing measured: it fires too.' };

/**
 * Few alarms, each on something that users notice or will. A function that fails has none of its own: what it fails
 * to do is seen by the API's errors, a stream's lag, a dead-letter queue, a failed watch or the oldest rescue.
 */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.#ingest();
    this.#customers();
    this.#provider();
    this.#machinery();
    this.#deadLetters();
    this.#cost();
  }

  #ingest(): void {
    const { own, api } = this.#props;
    this.#add('ApiErrors', {
      severity: 'urgent',
      // A function that answers 500 has not failed: only the API counts it.
      metric: api.metricServerError({ period: PERIOD, statistic: Stats.SUM }),
      threshold: 1,
      reason: 'A single error is repeated by the caller; one that comes back is not chance.',
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      missing: FINE,
      impact:
        'Webhooks or requests of the partner’s systems are answered with an error. Musement repeats webhooks.',
    });
    this.#add('WebhooksRefused', {
      severity: 'urgent',
      metric: own(METRIC.webhookUnauthorized, Stats.SUM, { period: Duration.minutes(15) }),
      threshold: 10,
      reason: 'Musement repeats what is refused; a stranger who finds the address tries once or twice.',
      missing: FINE,
      impact: 'Webhooks are refused for their credentials: statuses are found by schedule only, later.',
    });
    this.#add('QuarantineNotEmpty', {
      severity: 'notice',
      metric: own(METRIC.webhookQuarantined, Stats.SUM, { period: HOUR }),
      threshold: 1,
      reason:
        'Whoever knows the credentials is Musement: one such body may mean that its format has changed.',
      missing: FINE,
      impact: 'Musement sends webhooks that cannot be read; they are kept for 14 days and not followed up.',
    });
    this.#add('WebhooksSilent', {
      severity: 'urgent',
      metric: own(METRIC.webhookMissing, Stats.MINIMUM, { period: HOUR }),
      threshold: 1,
      evaluationPeriods: 6,
      datapointsToAlarm: 3,
      reason:
        '1 means that no final status of the hour was told. One such hour can be a single lost webhook.',
      // An hour without any final status says nothing.
      missing: FINE,
      impact: 'No webhook arrives any more: statuses are found by schedule only, later.',
    });
    this.#add('WebhookLoss', {
      severity: 'notice',
      metric: own(METRIC.webhookMissing, Stats.p(80), { period: DAY }),
      threshold: 1,
      reason:
        'The 80th percentile of zeros and ones is 1 when a fifth of them are; it takes 50 final statuses.',
      // CloudWatch wants 50 samples for it; fewer leave the alarm as it was.
      ignoresFewSamples: true,
      missing: AS_IT_WAS,
      impact:
        'A fifth of the day’s final statuses were found without a webhook: half an hour late on average.',
    });
  }

  #customers(): void {
    const { own } = this.#props;
    this.#add('ItemsOverdue', {
      severity: 'notice',
      metric: own(METRIC.itemOverdue, Stats.SUM, { period: HOUR }),
      threshold: 5,
      reason:
        'One is an activity provider that takes its time, and has an event; several at once have one cause.',
      missing: FINE,
      impact: 'Travellers wait longer for their confirmation than was promised.',
    });
    this.#add('GivenUp', {
      severity: 'notice',
      metric: own(METRIC.givenUp, Stats.SUM, { period: HOUR }),
      threshold: 1,
      reason: 'It comes after a week, or half a year, of trying: never by chance.',
      missing: FINE,
      impact: 'An order is not followed any more although it is open: its end will not be published.',
    });
  }

  #provider(): void {
    const { own } = this.#props;
    this.#add('ProviderFailing', {
      severity: 'urgent',
      metric: own(METRIC.providerTrouble, Stats.AVERAGE),
      threshold: 0.5,
      evaluationPeriods: 3,
      reason: 'That is half of the looks. Single bad answers are repeated within seconds.',
      // Looks become rare while the provider fails; what is known last still holds.
      missing: AS_IT_WAS,
      impact: 'Musement’s API does not answer: no status can be found until it does. Nothing is lost.',
    });
    this.#add('LoginRefused', {
      severity: 'urgent',
      metric: own(METRIC.loginRefused, Stats.SUM),
      threshold: 1,
      reason: 'A login is never refused by chance, and is repeated once a minute only.',
      missing: FINE,
      impact:
        'Musement refuses our login: no status can be found until the secret is right. Nothing is lost.',
    });
  }

  #machinery(): void {
    const { own, events, dispatch, publication, stateMachine, refreshQueue, reconcileEvery } = this.#props;
    const lag = (consumer: TrackerFunction, impact: string): AlarmOptions => ({
      severity: 'urgent',
      metric: consumer.metric('IteratorAge', { period: PERIOD, statistic: Stats.MAXIMUM }),
      threshold: Duration.minutes(5).toMilliseconds(),
      unit: ' ms',
      reason: 'Normally a few. From the sixth minute on the reconciler has taken over.',
      missing: FINE,
      impact,
    });
    this.#add(
      'DispatchLag',
      lag(dispatch, 'Webhooks and new items wait for the reconciler: statuses arrive minutes later.'),
    );
    this.#add(
      'PublicationLag',
      lag(publication, 'Statuses are known but not published; the reconciler publishes them minutes later.'),
    );
    this.#add('PublishFailures', {
      severity: 'urgent',
      metric: own(METRIC.eventRefused, Stats.SUM),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      reason:
        'What is refused once is published by the reconciler’s next run; a second refusal is no chance.',
      missing: FINE,
      impact: 'The topic refuses events: subscribers do not learn of statuses. They stay due.',
    });
    this.#add('DeliveryFailures', {
      severity: 'notice',
      metric: events.metricNumberOfNotificationsFailed({ period: HOUR, statistic: Stats.SUM }),
      threshold: 1,
      evaluationPeriods: 6,
      datapointsToAlarm: 2,
      reason:
        'For an HTTPS address every failed attempt counts, and a single one is repeated; for a queue, what was given up.',
      missing: FINE,
      impact:
        'A subscriber did not get events that were published: it is not there, or does not let the topic in.',
    });
    this.#add('RefreshBacklog', {
      severity: 'urgent',
      metric: refreshQueue.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: Stats.MAXIMUM }),
      threshold: Duration.minutes(30).toSeconds(),
      reason:
        'Seconds. A message is delayed by 15 minutes at most; as long again means that nobody takes it.',
      missing: FINE,
      impact: 'Webhooks are stored but not followed up: statuses arrive by schedule only.',
    });
    this.#add('WatchesFailed', {
      severity: 'notice',
      metric: stateMachine.metricFailed({ period: PERIOD, statistic: Stats.SUM }),
      threshold: 1,
      reason: 'Trouble of the provider is no failure: one that fails is a fault of ours.',
      missing: FINE,
      impact: 'A watch ended in failure; the reconciler starts the next attempt, later than planned.',
    });
    const threeRuns = Duration.minutes(3 * reconcileEvery.toMinutes());
    const oldestRescue = this.#add('OldestRescue', {
      severity: 'urgent',
      metric: own(METRIC.oldestRescue, Stats.MAXIMUM, { period: threeRuns }),
      threshold: threeRuns.toSeconds(),
      unit: ' s',
      reason:
        'That is three runs, for one may be delayed and one busy. Each run tells it, be it 0. ' +
        'Red after the very first deployment: the first run is still to come.',
      missing: WRONG,
      impact: 'Whatever went wrong elsewhere is not made good: what was lost stays lost meanwhile.',
    });
    // A new alarm that misses data fires at once, and nothing was told before the first run: that should be near.
    // Whoever is on call subscribes to the topic after the deployment that makes it, and is not called by this.
    oldestRescue.node.addDependency(this.#props.reconcileSchedule);
    this.#add('RecordsParked', {
      severity: 'notice',
      // Each counts once a day.
      metric: own(METRIC.recordParked, Stats.SUM, { period: DAY }),
      threshold: 1,
      reason: 'Twenty attempts take days: time does not mend it.',
      missing: FINE,
      impact: 'A record failed 20 times and is tried once a day only: its order’s news is late.',
    });
    this.#add('Throttles', {
      severity: 'notice',
      // Of all functions together, for they share the account's limit.
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        period: PERIOD,
        statistic: Stats.SUM,
      }),
      threshold: 10,
      evaluationPeriods: 3,
      reason: 'What is throttled is repeated; a quarter of an hour is no burst.',
      missing: FINE,
      impact: 'The account’s limit of concurrent functions is used up: everything is slower.',
    });
  }

  /** Nothing in these queues is lost: what it was about is due, and taken up by the reconciler. */
  #deadLetters(): void {
    const { refresh, dispatch, publication, missedRuns } = this.#props.deadLetters;
    const letters = (queue: Queue, impact: string): AlarmOptions => ({
      severity: 'notice',
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM }),
      threshold: 1,
      reason: 'What comes here has been tried several times before.',
      missing: FINE,
      impact,
    });
    this.#add(
      'RefreshDeadLetters',
      letters(refresh, 'Orders could not be refreshed five times: their statuses arrive by schedule only.'),
    );
    this.#add(
      'DispatchFailures',
      letters(dispatch, 'Changes could not be dispatched: their orders wait for the reconciler.'),
    );
    this.#add(
      'PublicationFailures',
      letters(publication, 'Events could not be published at once: they wait for the reconciler.'),
    );
    this.#add(
      'MissedRuns',
      letters(missedRuns, 'The reconciler was not called: what went wrong elsewhere is made good later.'),
    );
  }

  #cost(): void {
    const { checkItem, mostChecksADay } = this.#props;
    this.#add('Spend', {
      severity: 'notice',
      metric: checkItem.metricInvocations({ period: DAY, statistic: Stats.SUM }),
      threshold: mostChecksADay,
      reason:
        `Each is three state transitions of Step Functions: $${dollarsOf(mostChecksADay)} a day at their price in ` +
        'Ireland, nearly all that this costs. The setting mostChecksADay moves it.',
      missing: FINE,
      impact: 'Watches cost more than planned: more items than expected, or each is checked too often.',
    });
    this.#add('WatchesRestless', {
      severity: 'notice',
      metric: this.#props.own(METRIC.watchChecks, Stats.MAXIMUM, { period: HOUR }),
      // Planned are 24 checks, 10 for a voucher, and 12 waits in a row for a provider that does not answer. A
      // hundred checks are 300 state transitions, where 21.6 an item are the plan: fourteen times the cost.
      threshold: 100,
      reason: 'Planned are 46 at most.',
      missing: FINE,
      impact: 'An item is checked far more often than planned: Step Functions costs a multiple of the plan.',
    });
  }

  #add(id: string, options: AlarmOptions): Alarm {
    const { environment, runbookUrl, topics } = this.#props;
    const alarm = new Alarm(this, id, {
      alarmName: `OrderTracker-${environment}-${id}`,
      // All that whoever is woken by it gets to read.
      alarmDescription: [
        options.impact,
        `What to do: ${runbookUrl}#${id.toLowerCase()}`,
        `Fires when ${conditionOf(options)}. ${options.reason} ${options.missing.text}`,
      ].join('\n'),
      metric: options.metric,
      threshold: options.threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: options.evaluationPeriods ?? 1,
      datapointsToAlarm: options.datapointsToAlarm,
      treatMissingData: options.missing.treatment,
      evaluateLowSampleCountPercentile: options.ignoresFewSamples ? 'ignore' : undefined,
    });
    const action = new SnsAction(topics[options.severity]);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.all.push(alarm);
    return alarm;
  }
}

const dollarsOf = (checks: number): string => (checks * 3 * DOLLARS_A_TRANSITION).toFixed(2);

/** What an alarm compares, in words, from the very numbers that CloudWatch gets. */
const conditionOf = ({
  metric,
  threshold,
  unit = '',
  evaluationPeriods = 1,
  datapointsToAlarm,
}: AlarmOptions): string => {
  const period = metric.period.toHumanString();
  const reached = `the ${metric.statistic.toLowerCase()} of ${metric.metricName} within ${period} reaches ${threshold}${unit}`;
  if (evaluationPeriods === 1) return reached;
  return `${reached}, ${datapointsToAlarm ?? evaluationPeriods} times in ${evaluationPeriods} periods`;
};
