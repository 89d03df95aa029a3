import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { checkTimeout, type OrderChecking } from './order-checking.ts';
import type { RefreshQueue } from './refresh-queue.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link OrderRefresh}. */
export interface OrderRefreshProps {
  readonly defaults: FunctionDefaults;
  readonly checking: OrderChecking;
  readonly refreshQueue: RefreshQueue;
  /** How many batches are processed at the same time. */
  readonly maxConcurrency: number;
}

/** Checks the orders in the refresh queue, with bounded concurrency. */
export class OrderRefresh extends Construct {
  readonly function: TrackerFunction;

  constructor(scope: Construct, id: string, props: OrderRefreshProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'RefreshOrder', {
      name: 'refresh-order',
      description: 'Checks the orders in the refresh queue',
      defaults: props.defaults,
      environment: props.checking.environment,
      timeout: checkTimeout(props.defaults.settings),
    });
    props.checking.grant(this.function);
    props.refreshQueue.grantConsume(this.function);
    // `SqsEventSource` of CDK would grant more than Lambda needs.
    new EventSourceMapping(this, 'Requests', {
      target: this.function,
      eventSourceArn: props.refreshQueue.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: props.maxConcurrency,
    });
  }
}
