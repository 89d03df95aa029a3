import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { lookTimeout, type OrderExamination } from './order-examination.ts';
import type { RefreshQueue } from './refresh-queue.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link OrderRefresh}. */
export interface OrderRefreshProps {
  readonly defaults: FunctionDefaults;
  readonly examination: OrderExamination;
  readonly refreshQueue: RefreshQueue;
  /** How many batches are worked on at once. */
  readonly maxConcurrency: number;
}

/** Looks at orders because of a hint, in care or as a rescue, with bounded concurrency. */
export class OrderRefresh extends Construct {
  readonly function: TrackerFunction;

  constructor(scope: Construct, id: string, props: OrderRefreshProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'RefreshOrder', {
      name: 'refresh-order',
      description: 'Examines the orders that the refresh queue asks for',
      defaults: props.defaults,
      environment: props.examination.environment,
      timeout: lookTimeout(props.defaults.settings),
    });
    props.examination.grant(this.function);
    props.refreshQueue.grantConsume(this.function);
    // CDK's own `SqsEventSource` would allow more than Lambda does.
    new EventSourceMapping(this, 'Requests', {
      target: this.function,
      eventSourceArn: props.refreshQueue.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: props.maxConcurrency,
    });
  }
}
