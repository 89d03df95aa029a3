import { Duration } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { IOrderTracker } from 'musement-order-tracker';

/** Properties of {@link Checkout}. */
export interface CheckoutProps {
  readonly tracker: IOrderTracker;
}

/** A function that starts tracking an order. Let the payment invoke it asynchronously: `InvocationType: 'Event'`. */
export class Checkout extends Construct {
  readonly afterPayment: NodejsFunction;
  /** The orders that could not be tracked: invoke the function with them again. */
  readonly untracked: Queue;

  constructor(scope: Construct, id: string, { tracker }: CheckoutProps) {
    super(scope, id);
    this.untracked = new Queue(this, 'Untracked', { retentionPeriod: Duration.days(14), enforceSSL: true });
    this.afterPayment = new NodejsFunction(this, 'AfterPayment', {
      entry: `${import.meta.dirname}/handler.ts`,
      runtime: Runtime.NODEJS_24_X,
      // Bundles the SDK version that you test with, instead of using that of the runtime.
      bundling: { bundleAwsSDK: true },
      // Four attempts of 5 seconds, and the time between them.
      timeout: Duration.seconds(30),
      environment: { ORDERS_URL: tracker.ordersUrl },
      // Lambda calls it twice more if it fails, after one minute and after two.
      onFailure: new SqsDestination(this.untracked),
    });
    tracker.grantTrack(this.afterPayment);
  }
}
