import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { METRIC, type MetricName } from '../lambdas/contracts/metrics.ts';
import type { DeadLetterQueues } from './alarms/dead-letter-alarms.ts';
import type { OrderTable } from './order-table.ts';
import { DOLLARS_PER_TRANSITION, type OwnMetrics, PERIOD, TRANSITIONS_PER_CHECK } from './own-metrics.ts';
import { QUERIES } from './saved-queries.ts';
import type { TrackerFunction } from './tracker-function.ts';

/** Properties of {@link OperationsDashboard}. */
export interface OperationsDashboardProps {
  readonly trackerName: string;
  readonly runbookUrl: string;
  readonly own: OwnMetrics;
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

const HOUR = Duration.hours(1);
/** Three graphs fill a row, which is 24 wide. */
const GRAPH = { width: 8, height: 6 } as const;

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

const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left: [...left], right: [...right], leftYAxis: { min: 0 }, ...GRAPH });

/** The number of cases in which a share was 0. */
const others = (own: OwnMetrics, name: MetricName, label: string, period = PERIOD): MathExpression =>
  new MathExpression({
    expression: 'samples - cases',
    usingMetrics: {
      samples: own(name, Stats.SAMPLE_COUNT, { period }),
      cases: own(name, Stats.SUM, { period }),
    },
    label,
    period,
  });

const itemsRow = ({ own }: OperationsDashboardProps): Row => [
  'Are items confirmed in time?',
  graph('How many items became open, confirmed, rejected or refunded?', [
    own(METRIC.itemOpened, Stats.SUM, { period: HOUR, label: 'open' }),
    own(METRIC.itemConfirmed, Stats.SUM, { period: HOUR, label: 'confirmed (OK)' }),
    others(own, METRIC.itemConfirmed, 'rejected (KO)', HOUR),
    own(METRIC.itemRefunded, Stats.SUM, { period: HOUR, label: 'refunded' }),
  ]),
  graph('How many items are overdue, or given up?', [
    own(METRIC.itemOverdue, Stats.SUM, { period: HOUR, label: 'overdue' }),
    own(METRIC.givenUp, Stats.SUM, { period: HOUR, label: 'given up' }),
  ]),
  graph(
    'How long does a confirmation take?',
    [
      own(METRIC.timeToConfirmation, Stats.p(50), { period: HOUR, label: 'p50 (s)' }),
      own(METRIC.timeToConfirmation, Stats.p(95), { period: HOUR, label: 'p95 (s)' }),
    ],
    [own(METRIC.confirmationTimeUsed, Stats.p(95), { period: HOUR, label: 'p95 (% of the allowed time)' })],
  ),
];

const webhooksRow = ({ own }: OperationsDashboardProps): Row => [
  'Do webhooks arrive?',
  graph('How many webhooks arrive, and how many are rejected?', [
    others(own, METRIC.webhookRepeated, 'new'),
    own(METRIC.webhookRepeated, Stats.SUM, { label: 'repeated' }),
    own(METRIC.webhookUnauthorized, Stats.SUM, { label: 'rejected for credentials or address' }),
    own(METRIC.webhookQuarantined, Stats.SUM, { label: 'malformed, in quarantine' }),
  ]),
  graph(
    'Which share of final statuses was found without a webhook?',
    [own(METRIC.webhookMissing, Stats.AVERAGE, { period: HOUR, label: 'share without a webhook (1 = all)' })],
    [own(METRIC.webhookMissing, Stats.SAMPLE_COUNT, { period: HOUR, label: 'final statuses' })],
  ),
  graph(
    'How long does it take from a webhook to the publication of its status?',
    [
      own(METRIC.webhookToPublish, Stats.p(50), { label: 'p50 (s)' }),
      own(METRIC.webhookToPublish, Stats.p(95), { label: 'p95 (s)' }),
    ],
    [own(METRIC.hintContradicted, Stats.SUM, { label: 'webhooks contradicted by the provider' })],
  ),
];

const providerRow = ({ own, orderCheckers }: OperationsDashboardProps): Row => [
  'Does the provider answer?',
  graph('How many checks and logins fail?', [
    others(own, METRIC.providerFailure, 'successful checks'),
    own(METRIC.providerFailure, Stats.SUM, { label: 'checks of orders that stay without an answer' }),
    own(METRIC.loginRejected, Stats.SAMPLE_COUNT, { label: 'logins' }),
    own(METRIC.loginRejected, Stats.SUM, { label: 'rejected logins' }),
  ]),
  graph('How fast does the provider answer?', [
    own(METRIC.providerLatency, Stats.p(50), { label: 'p50 (ms)' }),
    own(METRIC.providerLatency, Stats.p(99), { label: 'p99 (ms)' }),
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

const backlogRow = ({ own, deadLetters, stateMachine, topic }: OperationsDashboardProps): Row => [
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
    [own(METRIC.oldestRescue, Stats.MAXIMUM, { label: 'overdue time of the oldest record (s)' })],
    [
      own(METRIC.recordParked, Stats.SUM, { label: 'parked records' }),
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
    own(METRIC.eventRefused, Stats.SUM, { label: 'rejected by the topic' }),
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
    [props.own(METRIC.watchChecks, Stats.MAXIMUM, { period: HOUR, label: 'most checks of one watch' })],
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

const logTable = (
  title: string,
  query: keyof typeof QUERIES,
  functions: readonly TrackerFunction[],
): LogQueryWidget =>
  new LogQueryWidget({
    title,
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: functions.map((fn) => fn.logGroup.logGroupName),
    queryLines: [...QUERIES[query]],
    ...GRAPH,
  });
