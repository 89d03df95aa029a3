import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { OrderTable } from './order-table.ts';
import type { TrackerFunction } from './tracker-function.ts';

/** Properties of {@link StreamConsumer}. */
export interface StreamConsumerProps {
  readonly function: TrackerFunction;
  readonly orders: OrderTable;
  /** Key of the failure queue. @default - a key of SQS */
  readonly encryptionKey?: IKey | undefined;
  /** Patterns of stream records. The function is called for records that match one of them. */
  readonly patterns: readonly Readonly<Record<string, unknown>>[];
}

/** A record that keeps failing must not block its shard: the reconciler finds what is due. */
const MAX_RETRY_ATTEMPTS = 5;

/** Long enough to outlast throttling in the account. The reconciler has already claimed older records. */
const MAX_RECORD_AGE = Duration.hours(1);

/** Calls a function for changes of the table. */
export class StreamConsumer extends Construct {
  /** Receives the batches that could not be processed: their positions in the stream, and no data. */
  readonly failures: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: StreamConsumerProps) {
    super(scope, id);
    this.failures = new DeadLetterQueue(this, 'Failures', { encryptionKey: props.encryptionKey });
    props.function.addEventSource(
      new DynamoEventSource(props.orders.table, {
        // A consumer that is created again misses nothing, and processing a change twice does no harm.
        startingPosition: StartingPosition.TRIM_HORIZON,
        filters: props.patterns.map((pattern) => FilterCriteria.filter(pattern)),
        batchSize: 100,
        bisectBatchOnError: true,
        retryAttempts: MAX_RETRY_ATTEMPTS,
        maxRecordAge: MAX_RECORD_AGE,
        onFailure: {
          // `SqsDlq` of CDK would grant more than Lambda needs.
          bind: () => {
            this.failures.grantSend(props.function);
            return { destination: this.failures.queueArn };
          },
        },
      }),
    );
  }
}
