import { Grant } from 'aws-cdk-lib/aws-iam';
import { FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENV } from '../lambdas/contracts/environment.ts';
import { RECORD, TABLE } from '../lambdas/contracts/table.ts';
import type { OrderTable } from './order-table.ts';
import type { RefreshQueue } from './refresh-queue.ts';
import { StreamConsumer } from './stream-consumer.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link ChangeDispatch}. */
export interface ChangeDispatchProps {
  readonly defaults: FunctionDefaults;
  readonly orders: OrderTable;
  readonly refreshQueue: RefreshQueue;
  readonly stateMachine: StateMachine;
}

/** Never `REMOVE`: what expires starts nothing. */
const WRITTEN = ['INSERT', 'MODIFY'];

const anyText = { S: FilterRule.exists() };

/**
 * Coarse on purpose, for a filter cannot compare old and new: a hint that asks for a look, an item that has a next
 * check. The function then tells whether that is news.
 */
const PATTERNS = [
  {
    eventName: WRITTEN,
    dynamodb: {
      Keys: { [TABLE.sortKey]: { S: [{ prefix: RECORD.webhook }, { prefix: RECORD.track }] } },
      NewImage: { [TABLE.requestedAt]: anyText, [TABLE.due]: anyText },
    },
  },
  {
    eventName: WRITTEN,
    dynamodb: {
      Keys: { [TABLE.sortKey]: { S: [{ prefix: RECORD.item }] } },
      NewImage: { [TABLE.nextCheckAt]: anyText },
    },
  },
];

/** Turns what was written into what must be done: a refresh for hints, a watch for items. */
export class ChangeDispatch extends Construct {
  readonly function: TrackerFunction;
  readonly consumer: StreamConsumer;

  constructor(scope: Construct, id: string, props: ChangeDispatchProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'DispatchChanges', {
      name: 'dispatch-changes',
      description: 'Asks for refreshes and starts watches for what was written to the table',
      defaults: props.defaults,
      environment: {
        [ENV.refreshQueueUrl]: props.refreshQueue.queue.queueUrl,
        [ENV.stateMachineArn]: props.stateMachine.stateMachineArn,
      },
    });
    props.refreshQueue.grantSend(this.function);
    Grant.addToPrincipal({
      grantee: this.function,
      actions: ['states:StartExecution'],
      resourceArns: [props.stateMachine.stateMachineArn],
    });
    this.consumer = new StreamConsumer(this, 'Changes', {
      function: this.function,
      orders: props.orders,
      patterns: PATTERNS,
      encryptionKey: props.defaults.encryptionKey,
    });
  }
}
