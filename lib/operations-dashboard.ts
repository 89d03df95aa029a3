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
  Metric,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { METRIC, type MetricName } from '../lambdas/contracts/metrics.ts';
import type { DeadLetterQueues } from './alarms.ts';
import type { OrderTable } from './order-table.ts';
import { DOLLARS_A_TRANSITION, type OwnMetrics, PERIOD } from './own-metrics.ts';
import { QUERIES } from './saved-queries.ts';
import type { TrackerFunction } from './tracker-function.ts';

/** Properties of {@link OperationsDashboard}. */
export interface OperationsDashboardProps {
  readonly environment: string;
  readonly runbookUrl: string;
  readonly own: OwnMetrics;
  readonly alarms: readonly Alarm[];
  readonly functions: readonly TrackerFunction[];
  /** The functions among them that follow the table's stream. */
  readonly streamConsumers: readonly TrackerFunction[];
  /** The functions among them that ask the provider. */
  readonly askers: readonly TrackerFunction[];
  /** The function among them that checks items for their watches. */
  readonly checkItem: TrackerFunction;
  readonly orders: OrderTable;
  readonly topic: Topic;
  readonly refreshQueue: Queue;
  readonly deadLetters: DeadLetterQueues;
  readonly stateMachine: StateMachine;
}

const HOUR = Duration.hours(1);
/** Three graphs side by side fill a row of 24. */
const GRAPH = { width: 8, height: 6 } as const;

/** Read from top to bottom: each row answers one question, each graph a part of it. */
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

/** A path in the repository leads nowhere from the console. */
const linkTo = (runbookUrl: string): string =>
  /^https?:/.test(runbookUrl) ? `[runbook](${runbookUrl})` : `runbook, \`${runbookUrl}\` in the repository`;

const introduction = ({ environment, runbookUrl, alarms }: OperationsDashboardProps): IWidget[] => [
  new TextWidget({
    width: 12,
    height: 8,
    markdown: [
      `# Order tracker, ${environment}`,
      `Read from top to bottom. An alarm is red? Its name is a heading of the ${linkTo(runbookUrl)}.`,
      '',
      `Everything about one order: \`npm run order-tracker -- status <order UUID> --environment ${environment}\`,`,
      `or in [Logs Insights](#logsV2:logs-insights) with this query, which is saved there with the others, in the folder`,
      `\`OrderTracker-${environment}\`:`,
      '```',
      QUERIES['Everything about one order'].join('\n| '),
      '```',
    ].join('\n'),
  }),
  new AlarmStatusWidget({ title: 'Is anything wrong right now?', width: 12, height: 8, alarms: [...alarms] }),
];

type Row = readonly [question: string, ...widgets: IWidget[]];

const rows = (props: OperationsDashboardProps): Row[] => [
  customers(props),
  webhooks(props),
  provider(props),
  machinery(props),
  alsoMachinery(props),
  cost(props),
];

const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left: [...left], right: [...right], leftYAxis: { min: 0 }, ...GRAPH });

/** Of a share: how many it was not true of. */
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

const customers = ({ own }: OperationsDashboardProps): Row => [
  'Are customers served?',
  graph('How many items were opened, and how did they end?', [
    own(METRIC.itemOpened, Stats.SUM, { period: HOUR, label: 'opened' }),
    own(METRIC.itemConfirmed, Stats.SUM, { period: HOUR, label: 'confirmed (OK)' }),
    others(own, METRIC.itemConfirmed, 'rejected (KO)', HOUR),
    own(METRIC.itemRefunded, Stats.SUM, { period: HOUR, label: 'refunded' }),
  ]),
  graph('Does anybody wait longer than promised?', [
    own(METRIC.itemOverdue, Stats.SUM, { period: HOUR, label: 'overdue' }),
    own(METRIC.givenUp, Stats.SUM, { period: HOUR, label: 'given up' }),
  ]),
  graph(
    'How long does a confirmation take?',
    [
      own(METRIC.timeToConfirmation, Stats.p(50), { period: HOUR, label: 'half of them (seconds)' }),
      own(METRIC.timeToConfirmation, Stats.p(95), { period: HOUR, label: '95 of 100 (seconds)' }),
    ],
    [own(METRIC.confirmationTimeUsed, Stats.p(95), { period: HOUR, label: '95 of 100 (% of the promise)' })],
  ),
];

const webhooks = ({ own }: OperationsDashboardProps): Row => [
  'Are we being told?',
  graph('Do webhooks come in, and are they good?', [
    others(own, METRIC.webhookRepeated, 'new'),
    own(METRIC.webhookRepeated, Stats.SUM, { label: 'repeated' }),
    own(METRIC.webhookUnauthorized, Stats.SUM, { label: 'refused for their credentials' }),
    own(METRIC.webhookQuarantined, Stats.SUM, { label: 'in quarantine' }),
  ]),
  graph(
    'Which share of final statuses came without a webhook?',
    [own(METRIC.webhookMissing, Stats.AVERAGE, { period: HOUR, label: 'share (1 = all)' })],
    [own(METRIC.webhookMissing, Stats.SAMPLE_COUNT, { period: HOUR, label: 'final statuses' })],
  ),
  graph(
    'How soon is published what a webhook tells?',
    [
      own(METRIC.webhookToPublish, Stats.p(50), { label: 'half of them (seconds)' }),
      own(METRIC.webhookToPublish, Stats.p(95), { label: '95 of 100 (seconds)' }),
    ],
    [own(METRIC.hintContradicted, Stats.SUM, { label: 'contradicted by the provider' })],
  ),
];

const provider = ({ own, askers }: OperationsDashboardProps): Row => [
  'Is the provider well?',
  graph('Does it answer, and does it let us in?', [
    others(own, METRIC.providerTrouble, 'answered'),
    own(METRIC.providerTrouble, Stats.SUM, { label: 'not, or not in full' }),
    own(METRIC.loginRefused, Stats.SAMPLE_COUNT, { label: 'logins' }),
    own(METRIC.loginRefused, Stats.SUM, { label: 'logins refused' }),
  ]),
  graph('How fast does it answer?', [
    own(METRIC.providerLatency, Stats.p(50), { label: 'half of the time (ms)' }),
    own(METRIC.providerLatency, Stats.p(99), { label: '99 of 100 (ms)' }),
  ]),
  logTable('What is wrong with its answers?', 'What was wrong with the provider’s answers', askers),
];

const machinery = (props: OperationsDashboardProps): Row => [
  'Is the machinery well?',
  graph(
    'Do functions fail?',
    props.functions.map((fn) => fn.metricErrors({ period: PERIOD, label: fn.name })),
    [
      new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        statistic: Stats.SUM,
        period: PERIOD,
        label: 'throttled, whole account',
      }),
    ],
  ),
  graph(
    'Do stream consumers keep up?',
    props.streamConsumers.map((fn) =>
      fn.metric('IteratorAge', {
        period: PERIOD,
        statistic: Stats.MAXIMUM,
        label: `${fn.name} (ms behind)`,
      }),
    ),
  ),
  graph(
    'Is the refresh queue worked off?',
    [props.refreshQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, label: 'messages' })],
    [
      props.refreshQueue.metricApproximateAgeOfOldestMessage({
        period: PERIOD,
        statistic: Stats.MAXIMUM,
        label: 'age of the oldest (s)',
      }),
    ],
  ),
];

const alsoMachinery = ({ own, deadLetters, stateMachine, topic }: OperationsDashboardProps): Row => [
  'Does anything get stuck?',
  graph('Do watches run to their end?', [
    stateMachine.metricStarted({ period: PERIOD, label: 'started' }),
    stateMachine.metricSucceeded({ period: PERIOD, label: 'ended' }),
    stateMachine.metricFailed({ period: PERIOD, label: 'failed' }),
  ]),
  graph(
    'Is anything left lying?',
    [own(METRIC.oldestRescue, Stats.MAXIMUM, { label: 'oldest rescue (s)' })],
    [
      own(METRIC.recordParked, Stats.SUM, { label: 'records parked' }),
      ...Object.entries(deadLetters).map(([name, queue]) =>
        (queue as Queue).metricApproximateNumberOfMessagesVisible({
          period: PERIOD,
          statistic: Stats.MAXIMUM,
          label: `dead letters: ${name}`,
        }),
      ),
    ],
  ),
  graph('Do events get out?', [
    topic.metricNumberOfMessagesPublished({ period: PERIOD, label: 'published' }),
    own(METRIC.eventRefused, Stats.SUM, { label: 'refused by the topic' }),
    topic.metricNumberOfNotificationsFailed({ period: PERIOD, label: 'not delivered to a subscriber' }),
  ]),
];

const cost = ({ own, functions, checkItem, stateMachine, orders, askers }: OperationsDashboardProps): Row => [
  'What does it cost?',
  graph(
    'What do watches cost an hour?',
    [
      new MathExpression({
        // A wake is three transitions: wait, check, choose. A watch adds its begin and its end.
        expression: `(3 * checks + 2 * started) * ${DOLLARS_A_TRANSITION}`,
        usingMetrics: {
          checks: checkItem.metricInvocations({ period: HOUR }),
          started: stateMachine.metricStarted({ period: HOUR }),
        },
        label: 'dollars',
        period: HOUR,
      }),
    ],
    [own(METRIC.watchChecks, Stats.MAXIMUM, { period: HOUR, label: 'wakes of the most restless watch' })],
  ),
  graph(
    'What is used besides?',
    functions.map((fn) => fn.metricInvocations({ period: HOUR, label: fn.name })),
    [
      orders.table.metricConsumedWriteCapacityUnits({ period: HOUR, label: 'write units of the table' }),
      orders.table.metricConsumedReadCapacityUnits({ period: HOUR, label: 'read units of the table' }),
    ],
  ),
  logTable('Why do we ask, and what comes of it?', 'Why orders were looked at, and what came of it', askers),
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
