import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { METRIC, METRICS_NAMESPACE, type MetricName } from '../lambdas/contracts/metrics.ts';
import type { FunctionName, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link Operations}. */
export interface OperationsProps {
  readonly functions: readonly TrackerFunction[];
  /** The functions among them that follow the table's stream. */
  readonly streamConsumers: readonly TrackerFunction[];
  readonly api: HttpApi;
  readonly refreshQueue: Queue;
  /** Queues that hold something only when something went wrong. */
  readonly deadLetters: readonly DeadLetters[];
  readonly stateMachine: StateMachine;
}

/** A dead-letter queue, and what a message in it means. */
interface DeadLetters {
  /** Id of the alarm. */
  readonly id: string;
  readonly queue: Queue;
  readonly impact: string;
}

interface AlarmOptions {
  readonly metric: IMetric;
  /** From which value on it fires. */
  readonly threshold: number;
  readonly evaluationPeriods?: number;
  readonly datapointsToAlarm?: number;
  readonly impact: string;
}

const PERIOD = Duration.minutes(5);

/** What users notice when a function goes on failing. */
const IMPACT_OF_ERRORS: Readonly<Record<FunctionName, string>> = {
  'ingest-webhook': 'Webhooks are answered with an error: Musement repeats them, statuses arrive later.',
  'orders-api': 'The partner’s systems cannot start tracking orders or look at them.',
  'dispatch-changes': 'Webhooks and new items wait for the reconciler: statuses arrive minutes later.',
  'refresh-order': 'Webhooks are stored but not followed up: statuses arrive by schedule only.',
  'check-item': 'Watches of single items end; the reconciler starts them again, later than planned.',
  'publish-events': 'Statuses are known but not published; the reconciler publishes them minutes later.',
  reconcile: 'Whatever went wrong elsewhere is not made good: lost webhooks and events stay lost meanwhile.',
};

/** The namespace holds one dimension: the function that measured. */
const measured = (service: FunctionName, metricName: MetricName, statistic = 'Sum'): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    statistic,
    period: PERIOD,
    dimensionsMap: { service },
    label: metricName,
  });

/** Who is told that something is wrong, the first alarms, and a page to look at. */
export class Operations extends Construct {
  readonly topic: Topic;
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id);
    this.topic = this.#createTopic();
    for (const fn of props.functions) this.#alarmOnErrors(fn);
    for (const fn of props.streamConsumers) this.#alarmOnLag(fn);
    for (const letters of props.deadLetters) {
      this.#addAlarm(letters.id, {
        metric: letters.queue.metricApproximateNumberOfMessagesVisible({
          period: PERIOD,
          statistic: 'Maximum',
        }),
        threshold: 1,
        impact: letters.impact,
      });
    }
    this.#addAlarm('WatchesFailed', {
      metric: props.stateMachine.metricFailed({ period: PERIOD }),
      threshold: 1,
      impact: 'A watch ended in failure; the reconciler starts the next attempt, later than planned.',
    });
    this.#addAlarm('ServerErrors', {
      // A function that answers 500 has not failed: only the API counts it.
      metric: props.api.metricServerError({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      impact:
        'Webhooks or requests of the partner’s systems are answered with an error; Musement repeats webhooks.',
    });
    this.dashboard = new Dashboard(this, 'Dashboard', { widgets: dashboardRows(props) });
  }

  /** Not encrypted with SNS's own key, which alarms cannot use; alarms hold no data of orders. */
  #createTopic(): Topic {
    const topic = new Topic(this, 'Topic', { displayName: 'Order tracker operations', enforceSSL: true });
    // A topic with a policy of its own no longer lets in everybody of the account.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return topic;
  }

  #alarmOnErrors(fn: TrackerFunction): void {
    this.#addAlarm(`${fn.node.id}Errors`, {
      metric: fn.metricErrors({ period: PERIOD }),
      threshold: 1,
      // A single error heals by itself; one that comes back does not.
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      impact: IMPACT_OF_ERRORS[fn.name],
    });
  }

  #alarmOnLag(fn: TrackerFunction): void {
    this.#addAlarm(`${fn.node.id}Lag`, {
      metric: fn.metric('IteratorAge', { period: PERIOD, statistic: 'Maximum' }),
      // Normally milliseconds. The reconciler has taken over from the sixth minute on.
      threshold: Duration.minutes(5).toMilliseconds(),
      impact: `${fn.name} lags behind the table: statuses arrive late, and the reconciler does its work.`,
    });
  }

  #addAlarm(id: string, options: AlarmOptions): void {
    new Alarm(this, id, {
      metric: options.metric,
      threshold: options.threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: options.evaluationPeriods ?? 1,
      datapointsToAlarm: options.datapointsToAlarm,
      alarmDescription: options.impact,
      // All of these metrics are missing while nothing happens, which is how it should be.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.topic));
  }
}

const graph = (title: string, ...left: readonly IMetric[]): GraphWidget =>
  new GraphWidget({ title, left: [...left], width: 8, height: 6 });

/** In the order in which one looks: does it come in, does it go out, is anything late, is anything broken. */
const dashboardRows = (props: OperationsProps): GraphWidget[][] => [
  [
    graph(
      'Webhooks',
      measured('ingest-webhook', METRIC.webhookStored),
      measured('ingest-webhook', METRIC.webhookRepeated),
      measured('ingest-webhook', METRIC.webhookUnauthorized),
      measured('ingest-webhook', METRIC.webhookQuarantined),
    ),
    graph(
      'Events',
      measured('publish-events', METRIC.eventPublished),
      measured('publish-events', METRIC.eventRefused),
    ),
    graph(
      'Rescue',
      measured('reconcile', METRIC.rescueClaimed),
      measured('reconcile', METRIC.recordParked),
      measured('reconcile', METRIC.oldestRescue, 'Maximum'),
    ),
  ],
  [
    graph(
      'Watches',
      props.stateMachine.metricStarted({ period: PERIOD }),
      props.stateMachine.metricSucceeded({ period: PERIOD }),
      props.stateMachine.metricFailed({ period: PERIOD }),
    ),
    graph(
      'Refresh queue',
      props.refreshQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
      props.refreshQueue.metricApproximateAgeOfOldestMessage({ period: PERIOD }),
    ),
    graph('Errors', ...props.functions.map((fn) => fn.metricErrors({ period: PERIOD, label: fn.name }))),
  ],
];
