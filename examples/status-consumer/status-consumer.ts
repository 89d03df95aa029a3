import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Construct } from 'constructs';
import { FinalStatusQueue, type FinalStatusQueueProps } from './final-status-queue.ts';

/** A function that keeps the last final status of each item and order in a table. */
export class StatusConsumer extends Construct {
  /** One record for each `subject`. */
  readonly table: Table;

  constructor(scope: Construct, id: string, props: FinalStatusQueueProps) {
    super(scope, id);
    const { queue } = new FinalStatusQueue(this, 'Queue', props);
    this.table = new Table(this, 'Statuses', {
      partitionKey: { name: 'subject', type: AttributeType.STRING },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    });
    const consumer = new NodejsFunction(this, 'Consumer', {
      entry: `${import.meta.dirname}/handler.ts`,
      runtime: Runtime.NODEJS_24_X,
      // The version that you test with, instead of that of the runtime.
      bundling: { bundleAwsSDK: true },
      environment: { TABLE_NAME: this.table.tableName },
    });
    this.table.grantWriteData(consumer);
    consumer.addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true }));
  }
}
