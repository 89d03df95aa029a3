import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { ENV } from '../lambdas/contracts/environment.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { EventTopic } from './event-topic.ts';
import { WILDCARD } from './nag-findings.ts';
import type { OrderTable } from './order-table.ts';
import type { RefreshQueue } from './refresh-queue.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link Reconciliation}. */
export interface ReconciliationProps {
  readonly defaults: FunctionDefaults;
  readonly orders: OrderTable;
  readonly refreshQueue: RefreshQueue;
  readonly topic: EventTopic;
  /** How often the reconciler runs, in whole minutes. */
  readonly every: Duration;
}

/** Processes whatever is due and was not processed in time. Every other path may fail without losing anything. */
export class Reconciliation extends Construct {
  readonly function: TrackerFunction;
  /** Receives the calls that Scheduler could not deliver. */
  readonly missedRuns: DeadLetterQueue;
  readonly schedule: Schedule;

  constructor(scope: Construct, id: string, props: ReconciliationProps) {
    super(scope, id);
    const { defaults, orders, refreshQueue, topic, every } = props;
    this.function = new TrackerFunction(this, 'Reconcile', {
      name: 'reconcile',
      description: 'Processes what is due and was not processed in time',
      defaults,
      environment: {
        [ENV.tableName]: orders.table.tableName,
        [ENV.refreshQueueUrl]: refreshQueue.queue.queueUrl,
        [ENV.topicArn]: topic.topic.topicArn,
      },
      timeout: Duration.minutes(2),
      // The next run processes what this one did not, so a run that failed or waited too long is not retried.
      retryAttempts: 0,
      maxEventAge: every,
    });
    orders.grantQueryDue(this.function);
    orders.grant(this.function, 'GetItem', 'UpdateItem');
    refreshQueue.grantSend(this.function);
    topic.grantPublish(this.function);

    this.missedRuns = new DeadLetterQueue(this, 'MissedRuns', { encryptionKey: defaults.encryptionKey });
    this.schedule = new Schedule(this, 'Schedule', {
      description: 'Runs the reconciler of the order tracker',
      schedule: ScheduleExpression.rate(every),
      target: new LambdaInvoke(this.function, {
        maxEventAge: every,
        retryAttempts: 3,
        deadLetterQueue: this.missedRuns,
        role: this.#schedulerRole(),
      }),
    });
  }

  /** A role of this schedule only. The role that CDK would create is shared by all schedules of a stack. */
  #schedulerRole(): Role {
    const role = new Role(this, 'SchedulerRole', {
      // Prevents schedules of other accounts from using the role.
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    Validations.of(role).acknowledge({
      id: WILDCARD.versionsOf(this.function),
      reason: 'Versions and aliases of the one function that the schedule calls.',
    });
    return role;
  }
}
