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

/** `REMOVE` is left out: the expiry of a record starts nothing. */
const WRITTEN = ['INSERT', 'MODIFY'];

const anyText = { S: FilterRule.exists() };
const anyNumber = { N: FilterRule.exists() };

/**
 * Fresh hints, and orders that were given a new generation. A filter cannot compare the old record with the new one, so
 * the function checks whether `requestedAt` or `generation` has changed.
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
      Keys: { [TABLE.sortKey]: { S: [RECORD.order] } },
      NewImage: { [TABLE.newGeneration]: anyNumber },
    },
  },
];

/** Requests a check for every order with fresh hints, and starts a watch for every new generation of an order. */
export class ChangeDispatch extends Construct {
  readonly function: TrackerFunction;
  readonly consumer: StreamConsumer;

  constructor(scope: Construct, id: string, props: ChangeDispatchProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'DispatchChanges', {
      name: 'dispatch-changes',
      description: 'Requests checks for new hints and starts watches for new generations of orders',
      defaults: props.defaults,
      environment: {
        [ENV.tableName]: props.orders.table.tableName,
        [ENV.refreshQueueUrl]: props.refreshQueue.queue.queueUrl,
        [ENV.stateMachineArn]: props.stateMachine.stateMachineArn,
      },
    });
    // The input of an execution lists the open items, for people who open it in the console.
    props.orders.grant(this.function, 'Query');
    props.refreshQueue.grantSend(this.function);
    props.stateMachine.grantStartExecution(this.function);
    this.consumer = new StreamConsumer(this, 'Changes', {
      function: this.function,
      orders: props.orders,
      patterns: PATTERNS,
      encryptionKey: props.defaults.encryptionKey,
    });
  }
}
