import { type Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Alarms } from './alarms/alarms.ts';
import type { DeadLetterQueues } from './alarms/dead-letter-alarms.ts';
import { OperationsDashboard } from './operations-dashboard.ts';
import type { OrderTable } from './order-table.ts';
import { ownMetrics } from './own-metrics.ts';
import { SavedQueries } from './saved-queries.ts';
import type { FunctionName, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link Operations}. */
export interface OperationsProps {
  readonly environment: string;
  readonly runbookUrl: string;
  /** Whether queries are saved in CloudWatch Logs Insights. */
  readonly savedQueries: boolean;
  /** Key of the topics. Its policy must allow alarms to use it. @default - none: alarms contain no data of orders */
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
  readonly topic: Topic;
  /** The topic of alarms that can wait until the next working day. */
  readonly noticesTopic: Topic;
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id);
    const { functions, environment } = props;
    const own = ownMetrics(environment);
    this.topic = this.#createTopic('Topic', 'Order tracker operations', props.encryptionKey);
    this.noticesTopic = this.#createTopic('NoticesTopic', 'Order tracker notices', props.encryptionKey);
    const alarms = new Alarms(this, 'Alarms', {
      ...props,
      own,
      topics: { urgent: this.topic, notice: this.noticesTopic },
      events: props.topic,
      checkOrder: functions['check-order'],
      dispatchChanges: functions['dispatch-changes'],
      publishEvents: functions['publish-events'],
    });
    this.dashboard = new OperationsDashboard(this, 'Dashboard', {
      ...props,
      own,
      alarms: alarms.all,
      functions: Object.values(functions),
      streamConsumers: [functions['dispatch-changes'], functions['publish-events']],
      orderCheckers: [functions['refresh-order'], functions['check-order']],
      checkOrder: functions['check-order'],
    });
    if (props.savedQueries) {
      new SavedQueries(this, 'SavedQueries', {
        folder: `OrderTracker-${environment}`,
        logGroups: Object.values(functions).map((fn) => fn.logGroup),
      });
    }
  }

  /** Never encrypted with the key of SNS, which alarms cannot use. */
  #createTopic(id: string, displayName: string, encryptionKey: IKey | undefined): Topic {
    const topic = new Topic(this, id, {
      displayName,
      enforceSSL: true,
      ...(encryptionKey && { masterKey: encryptionKey }),
    });
    // The policy of a topic replaces the default, which allows the whole account.
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
}
