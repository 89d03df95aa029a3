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
  /** Of what could not be processed. @default - a key of SQS */
  readonly encryptionKey?: IKey | undefined;
  /** Patterns of stream records, one of which must match; what matches none costs no invocation. */
  readonly patterns: readonly Readonly<Record<string, unknown>>[];
}

/** A record that goes on failing must not hold back its shard: the reconciler finds what is due. */
const RETRY_ATTEMPTS = 5;

/** Long enough to sit out a throttled account; older records are with the reconciler already. */
const MAX_RECORD_AGE = Duration.hours(1);

/** Lets a function follow the table's changes. */
export class StreamConsumer extends Construct {
  /** Where batches end that could not be processed: positions in the stream only, no data. */
  readonly failures: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: StreamConsumerProps) {
    super(scope, id);
    this.failures = new DeadLetterQueue(this, 'Failures', props.encryptionKey);
    props.function.addEventSource(
      new DynamoEventSource(props.orders.table, {
        // A consumer that is created anew misses nothing; seeing a change twice does no harm.
        startingPosition: StartingPosition.TRIM_HORIZON,
        filters: props.patterns.map((pattern) => FilterCriteria.filter(pattern)),
        batchSize: 100,
        bisectBatchOnError: true,
        retryAttempts: RETRY_ATTEMPTS,
        maxRecordAge: MAX_RECORD_AGE,
        onFailure: {
          // CDK's own `SqsDlq` would allow more than Lambda does.
          bind: () => {
            this.failures.grantSend(props.function);
            return { destination: this.failures.queueArn };
          },
        },
      }),
    );
  }
}
