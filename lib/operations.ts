import { type Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Severity } from './alarms/alarm-definition.ts';
import { Alarms } from './alarms/alarms.ts';
import type { DeadLetterQueues } from './alarms/dead-letter-alarms.ts';
import { OperationsDashboard } from './operations-dashboard.ts';
import type { OrderTable } from './order-table.ts';
import { SavedQueries } from './saved-queries.ts';
import type { FunctionName, TrackerFunction } from './tracker-function.ts';
import { trackerMetrics } from './tracker-metrics.ts';

/** Properties of {@link Operations}. */
export interface OperationsProps {
  readonly trackerName: string;
  readonly runbookUrl: string;
  readonly alarms: boolean;
  /** @default - a new topic, if there are alarms */
  readonly urgentTopic?: ITopic | undefined;
  /** @default - a new topic, if there are alarms */
  readonly noticesTopic?: ITopic | undefined;
  readonly dashboard: boolean;
  /** Whether queries are saved in CloudWatch Logs Insights. */
  readonly savedQueries: boolean;
  /** Key of new topics. Its policy must allow alarms to use it. @default - none: alarms contain no data of orders */
  readonly encryptionKey?: IKey | undefined;
  readonly functions: Readonly<Record<FunctionName, TrackerFunction>>;
  readonly api: HttpApi;
  readonly orders: OrderTable;
  /** The topic that events are published to. */
  readonly topic: Topic;
  readonly refreshQueue: Queue;
  readonly refreshDelay: Duration;
  readonly deadLetters: DeadLetterQueues;
  readonly stateMachine: StateMachine;
  readonly reconcileSchedule: Schedule;
  readonly reconcileEvery: Duration;
  /** From this number of checks by watches a day on, an alarm fires. */
  readonly maxChecksPerDay: number;
}

/** What people on call use: alarms, a dashboard and saved queries. */
export class Operations extends Construct {
  /** The topic of urgent alarms. */
  readonly urgentTopic: ITopic | undefined;
  /** The topic of alarms that can wait until the next working day. */
  readonly noticesTopic: ITopic | undefined;
  readonly dashboard: Dashboard | undefined;

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id);
    const topics = props.alarms ? this.#topics(props) : undefined;
    this.urgentTopic = topics?.urgent ?? props.urgentTopic;
    this.noticesTopic = topics?.notice ?? props.noticesTopic;
    const alarms = topics ? this.#createAlarms(props, topics) : [];
    if (props.dashboard) this.dashboard = this.#createDashboard(props, alarms);
    if (props.savedQueries) {
      new SavedQueries(this, 'SavedQueries', {
        folder: `OrderTracker-${props.trackerName}`,
        logGroups: Object.values(props.functions).map((fn) => fn.logGroup),
      });
    }
  }

  #createAlarms(props: OperationsProps, topics: Readonly<Record<Severity, ITopic>>): readonly Alarm[] {
    const { functions } = props;
    return new Alarms(this, 'Alarms', {
      ...props,
      metricOf: trackerMetrics(props.trackerName),
      topics,
      events: props.topic,
      checkOrder: functions['check-order'],
      dispatchChanges: functions['dispatch-changes'],
      publishEvents: functions['publish-events'],
    }).all;
  }

  #createDashboard(props: OperationsProps, alarms: readonly Alarm[]): Dashboard {
    const { functions } = props;
    return new OperationsDashboard(this, 'Dashboard', {
      ...props,
      metricOf: trackerMetrics(props.trackerName),
      alarms,
      functions: Object.values(functions),
      streamConsumers: [functions['dispatch-changes'], functions['publish-events']],
      orderCheckers: [functions['refresh-order'], functions['check-order']],
      checkOrder: functions['check-order'],
    });
  }

  #topics({ urgentTopic, noticesTopic, encryptionKey }: OperationsProps): Readonly<Record<Severity, ITopic>> {
    const urgent =
      urgentTopic ?? this.#createTopic('UrgentTopic', 'Order tracker: urgent alarms', encryptionKey);
    const notice = noticesTopic ?? this.#createTopic('NoticesTopic', 'Order tracker: notices', encryptionKey);
    for (const topic of new Set([urgent, notice])) this.#allowAlarms(topic);
    return { urgent, notice };
  }

  /** Never encrypted with the key of SNS, which alarms cannot use. */
  #createTopic(id: string, displayName: string, encryptionKey: IKey | undefined): Topic {
    return new Topic(this, id, {
      displayName,
      enforceSSL: true,
      ...(encryptionKey && { masterKey: encryptionKey }),
    });
  }

  /**
   * A topic without a policy allows its account, and so also alarms. Any policy replaces that, also one that only
   * rejects plain HTTP. The policy of an imported topic cannot be changed here.
   */
  #allowAlarms(topic: ITopic): void {
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
  }
}
