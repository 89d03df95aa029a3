import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENV } from '../lambdas/contracts/environment.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { EventTopic } from './event-topic.ts';
import { WILDCARD } from './findings.ts';
import type { OrderTable } from './order-table.ts';
import type { RefreshQueue } from './refresh-queue.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link Reconciliation}. */
export interface ReconciliationProps {
  readonly defaults: FunctionDefaults;
  readonly orders: OrderTable;
  readonly refreshQueue: RefreshQueue;
  readonly stateMachine: StateMachine;
  readonly topic: EventTopic;
  /** How often it looks; whole minutes. */
  readonly every: Duration;
}

/** Takes up whatever is due and was not done: every other path may fail without losing anything. */
export class Reconciliation extends Construct {
  readonly function: TrackerFunction;
  /** Calls that Scheduler could not deliver. */
  readonly missedRuns: DeadLetterQueue;
  readonly schedule: Schedule;

  constructor(scope: Construct, id: string, props: ReconciliationProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'Reconcile', {
      name: 'reconcile',
      description: 'Takes up what is due and was not done',
      defaults: props.defaults,
      environment: {
        [ENV.tableName]: props.orders.table.tableName,
        [ENV.refreshQueueUrl]: props.refreshQueue.queue.queueUrl,
        [ENV.stateMachineArn]: props.stateMachine.stateMachineArn,
        [ENV.topicArn]: props.topic.topic.topicArn,
      },
      timeout: Duration.minutes(2),
      // The next run does what this one left undone: a run that failed or waited too long is not repeated.
      retryAttempts: 0,
      maxEventAge: props.every,
    });
    this.#grant(props);

    this.missedRuns = new DeadLetterQueue(this, 'MissedRuns', props.defaults.encryptionKey);
    this.schedule = new Schedule(this, 'Schedule', {
      description: 'Runs the reconciler of the order tracker',
      schedule: ScheduleExpression.rate(props.every),
      target: new LambdaInvoke(this.function, {
        maxEventAge: props.every,
        retryAttempts: 3,
        deadLetterQueue: this.missedRuns,
        role: this.#schedulerRole(),
      }),
    });
  }

  /** Of this schedule only: CDK's own would be shared by all schedules of a stack. */
  #schedulerRole(): Role {
    const role = new Role(this, 'SchedulerRole', {
      // Schedules of other accounts cannot make Scheduler use it.
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    Validations.of(role).acknowledge({
      id: WILDCARD.versionsOf(this.function),
      reason: 'Versions and aliases of the one function that it calls.',
    });
    return role;
  }

  #grant({ orders, refreshQueue, stateMachine, topic }: ReconciliationProps): void {
    orders.grantQueryDue(this.function);
    orders.grant(this.function, 'GetItem', 'UpdateItem');
    refreshQueue.grantSend(this.function);
    topic.grantPublish(this.function);
    Grant.addToPrincipal({
      grantee: this.function,
      actions: ['states:StartExecution'],
      resourceArns: [stateMachine.stateMachineArn],
    });
  }
}
