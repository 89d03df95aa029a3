import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  type IWidget,
  MathExpression,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { METRIC } from '../lambdas/contracts/metrics.ts';
import type { DeadLetterQueues } from './alarms/dead-letter-alarms.ts';
import { graph, HOUR, logTable, others } from './dashboard-widgets.ts';
import type { OrderTable } from './order-table.ts';
import { QUERIES } from './saved-queries.ts';
import type { TrackerFunction } from './tracker-function.ts';
import {
  DOLLARS_PER_TRANSITION,
  PERIOD,
  TRANSITIONS_PER_CHECK,
  type TrackerMetrics,
} from './tracker-metrics.ts';

/** Properties of {@link OperationsDashboard}. */
export interface OperationsDashboardProps {
  readonly trackerName: string;
  readonly runbookUrl: string;
  readonly metricOf: TrackerMetrics;
  /** May be empty. */
  readonly alarms: readonly Alarm[];
  readonly functions: readonly TrackerFunction[];
  /** Those of the functions that consume the table's stream. */
  readonly streamConsumers: readonly TrackerFunction[];
  /** Those of the functions that check orders. */
  readonly orderCheckers: readonly TrackerFunction[];
  /** The function that checks orders for their watches. */
  readonly checkOrder: TrackerFunction;
  readonly orders: OrderTable;
  readonly topic: Topic;
  readonly refreshQueue: Queue;
  readonly deadLetters: DeadLetterQueues;
  readonly stateMachine: StateMachine;
}

/** Each row of the dashboard answers a question, and each graph in it a part of the question. */
export class OperationsDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: OperationsDashboardProps) {
    super(scope, id, { periodOverride: PeriodOverride.INHERIT, defaultInterval: Duration.hours(12) });
    this.addWidgets(...introduction(props));
    for (const [question, ...widgets] of rows(props)) {
      this.addWidgets(new TextWidget({ markdown: `## ${question}`, width: 24, height: 1 }));
      this.addWidgets(...widgets);
    }
  }
}

/** A path in the repository is shown as text: as a link it would not work in the console. */
const linkTo = (runbookUrl: string): string =>
  /^https?:/.test(runbookUrl) ? `[runbook](${runbookUrl})` : `runbook, \`${runbookUrl}\` in the repository`;

const introduction = ({ trackerName, runbookUrl, alarms }: OperationsDashboardProps): IWidget[] => [
  new TextWidget({
    width: 12,
    height: 8,
    markdown: [
      `# Order tracker ${trackerName}`,
      `Read the rows from top to bottom. Each alarm has a heading of its name in the ${linkTo(runbookUrl)}.`,
      '',
      `Everything about one order: \`npm run order-tracker -- status <order UUID> --tracker ${trackerName}\`,`,
      `or this query in [Logs Insights](#logsV2:logs-insights), where the folder \`OrderTracker-${trackerName}\` holds all`,
      'saved queries:',
      '```',
      QUERIES['Everything about one order'].join('\n| '),
      '```',
    ].join('\n'),
  }),
  ...(alarms.length > 0 ? [alarmStatus(alarms)] : []),
];

const alarmStatus = (alarms: readonly Alarm[]): IWidget =>
  new AlarmStatusWidget({ title: 'Which alarms are firing?', width: 12, height: 8, alarms: [...alarms] });

type Row = readonly [question: string, ...widgets: IWidget[]];

const rows = (props: OperationsDashboardProps): Row[] => [
  itemsRow(props),
  webhooksRow(props),
  providerRow(props),
  functionsRow(props),
  backlogRow(props),
  costRow(props),
];

const itemsRow = ({ metricOf }: OperationsDashboardProps): Row => [
  'Are items confirmed in time?',
  graph('How many items became open, confirmed, rejected or refunded?', [
    metricOf(METRIC.itemOpened, Stats.SUM, { period: HOUR, label: 'open' }),
    metricOf(METRIC.itemConfirmed, Stats.SUM, { period: HOUR, label: 'confirmed (OK)' }),
    others(metricOf, METRIC.itemConfirmed, 'rejected (KO)', HOUR),
    metricOf(METRIC.itemRefunded, Stats.SUM, { period: HOUR, label: 'refunded' }),
  ]),
  graph('How many items are overdue, or given up?', [
    metricOf(METRIC.itemOverdue, Stats.SUM, { period: HOUR, label: 'overdue' }),
    metricOf(METRIC.givenUp, Stats.SUM, { period: HOUR, label: 'given up' }),
  ]),
  graph(
    'How long does a confirmation take?',
    [
      metricOf(METRIC.timeToConfirmation, Stats.p(50), { period: HOUR, label: 'p50 (s)' }),
      metricOf(METRIC.timeToConfirmation, Stats.p(95), { period: HOUR, label: 'p95 (s)' }),
    ],
    [
      metricOf(METRIC.confirmationTimeUsed, Stats.p(95), {
        period: HOUR,
        label: 'p95 (% of the allowed time)',
      }),
    ],
  ),
];

const webhooksRow = ({ metricOf }: OperationsDashboardProps): Row => [
  'Do webhooks arrive?',
  graph('How many webhooks arrive, and how many are rejected?', [
    others(metricOf, METRIC.webhookRepeated, 'new'),
    metricOf(METRIC.webhookRepeated, Stats.SUM, { label: 'repeated' }),
    metricOf(METRIC.webhookUnauthorized, Stats.SUM, { label: 'rejected for credentials or address' }),
    metricOf(METRIC.webhookQuarantined, Stats.SUM, { label: 'malformed, in quarantine' }),
  ]),
  graph(
    'Which share of final statuses was found without a webhook?',
    [
      metricOf(METRIC.webhookMissing, Stats.AVERAGE, {
        period: HOUR,
        label: 'share without a webhook (1 = all)',
      }),
    ],
    [metricOf(METRIC.webhookMissing, Stats.SAMPLE_COUNT, { period: HOUR, label: 'final statuses' })],
  ),
  graph(
    'How long does it take from a webhook to the publication of its status?',
    [
      metricOf(METRIC.webhookToPublish, Stats.p(50), { label: 'p50 (s)' }),
      metricOf(METRIC.webhookToPublish, Stats.p(95), { label: 'p95 (s)' }),
    ],
    [metricOf(METRIC.hintContradicted, Stats.SUM, { label: 'webhooks contradicted by the provider' })],
  ),
];

const providerRow = ({ metricOf, orderCheckers }: OperationsDashboardProps): Row => [
  'Does the provider answer?',
  graph('How many checks and logins fail?', [
    others(metricOf, METRIC.providerFailure, 'successful checks'),
    metricOf(METRIC.providerFailure, Stats.SUM, { label: 'checks of orders that stay without an answer' }),
    metricOf(METRIC.loginRejected, Stats.SAMPLE_COUNT, { label: 'logins' }),
    metricOf(METRIC.loginRejected, Stats.SUM, { label: 'rejected logins' }),
  ]),
  graph('How fast does the provider answer?', [
    metricOf(METRIC.providerLatency, Stats.p(50), { label: 'p50 (ms)' }),
    metricOf(METRIC.providerLatency, Stats.p(99), { label: 'p99 (ms)' }),
  ]),
  logTable('Why do checks fail?', 'Provider failures by cause', orderCheckers),
];

const functionsRow = (props: OperationsDashboardProps): Row => [
  'Do functions, streams and the queue work?',
  graph(
    'How often do functions fail?',
    props.functions.map((fn) => fn.metricErrors({ period: PERIOD, label: fn.name })),
    [
      new MathExpression({
        // Only the metrics whose id contains this, not those of the left axis.
        expression: 'SUM(METRICS("throttles"))',
        usingMetrics: Object.fromEntries(
          props.functions.map((fn, index) => [`throttles${index}`, fn.metricThrottles({ period: PERIOD })]),
        ),
        label: 'throttled calls of all these functions',
        period: PERIOD,
      }),
    ],
  ),
  graph(
    'How late are the stream consumers?',
    props.streamConsumers.map((fn) =>
      fn.metric('IteratorAge', {
        period: PERIOD,
        statistic: Stats.MAXIMUM,
        label: `${fn.name} (ms)`,
      }),
    ),
  ),
  graph(
    'How many messages wait in the refresh queue?',
    [props.refreshQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, label: 'messages' })],
    [
      props.refreshQueue.metricApproximateAgeOfOldestMessage({
        period: PERIOD,
        statistic: Stats.MAXIMUM,
        label: 'age of the oldest message (s)',
      }),
    ],
  ),
];

const backlogRow = ({ metricOf, deadLetters, stateMachine, topic }: OperationsDashboardProps): Row => [
  'Is anything stuck?',
  graph('How do watches end?', [
    stateMachine.metricStarted({ period: PERIOD, label: 'started' }),
    stateMachine.metricSucceeded({ period: PERIOD, label: 'succeeded' }),
    stateMachine.metricFailed({ period: PERIOD, label: 'failed' }),
    stateMachine.metricTimedOut({ period: PERIOD, label: 'timed out' }),
    stateMachine.metricAborted({ period: PERIOD, label: 'stopped' }),
  ]),
  graph(
    'Is anything overdue, parked or in a dead-letter queue?',
    [metricOf(METRIC.oldestRescue, Stats.MAXIMUM, { label: 'overdue time of the oldest record (s)' })],
    [
      metricOf(METRIC.recordParked, Stats.SUM, { label: 'parked records' }),
      ...Object.entries(deadLetters).map(([name, queue]) =>
        (queue as Queue).metricApproximateNumberOfMessagesVisible({
          period: PERIOD,
          statistic: Stats.MAXIMUM,
          label: `dead letters: ${name}`,
        }),
      ),
    ],
  ),
  graph('Are events published and delivered?', [
    topic.metricNumberOfMessagesPublished({ period: PERIOD, label: 'published' }),
    metricOf(METRIC.eventRejected, Stats.SUM, { label: 'rejected by the topic' }),
    topic.metricNumberOfNotificationsFailed({ period: PERIOD, label: 'not delivered to a subscriber' }),
    topic.metricNumberOfNotificationsFilteredOutInvalidAttributes({
      period: PERIOD,
      label: 'dropped for their attributes',
    }),
  ]),
];

const costRow = (props: OperationsDashboardProps): Row => [
  'What does it cost?',
  graph(
    'What do watches cost in an hour?',
    [
      new MathExpression({
        // The start and the end of an execution are a transition each.
        expression: `(${TRANSITIONS_PER_CHECK} * checks + 2 * started) * ${DOLLARS_PER_TRANSITION}`,
        usingMetrics: {
          checks: props.checkOrder.metricInvocations({ period: HOUR }),
          started: props.stateMachine.metricStarted({ period: HOUR }),
        },
        label: 'dollars',
        period: HOUR,
      }),
    ],
    [props.metricOf(METRIC.watchChecks, Stats.MAXIMUM, { period: HOUR, label: 'most checks of one watch' })],
  ),
  graph(
    'What else is used?',
    props.functions.map((fn) => fn.metricInvocations({ period: HOUR, label: fn.name })),
    [
      props.orders.table.metricConsumedWriteCapacityUnits({
        period: HOUR,
        label: 'write units of the table',
      }),
      props.orders.table.metricConsumedReadCapacityUnits({ period: HOUR, label: 'read units of the table' }),
    ],
  ),
  logTable(
    'Why are orders checked, and with which outcome?',
    'Checks by reason and outcome',
    props.orderCheckers,
  ),
];
