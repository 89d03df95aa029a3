import { Stack, type StackProps } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { OrderTracker, type OrderTrackerAttributes } from 'musement-order-tracker';

/** Properties of {@link LateBookingsStack}. */
export interface LateBookingsStackProps extends StackProps {
  /** The tracker of another stack. */
  readonly tracker: OrderTrackerAttributes;
}

/** Tells a team about every item that is not confirmed in time. */
export class LateBookingsStack extends Stack {
  /** Gets a text about each item. Subscribe the team's mailbox. */
  readonly mails: Topic;

  constructor(scope: Construct, id: string, props: LateBookingsStackProps) {
    super(scope, id, props);
    this.mails = new Topic(this, 'Mails', { displayName: 'Late bookings', enforceSSL: true });
    const mailer = new NodejsFunction(this, 'Mailer', {
      entry: `${import.meta.dirname}/handler.ts`,
      runtime: Runtime.NODEJS_24_X,
      // Bundles the SDK version that you test with, instead of using that of the runtime.
      bundling: { bundleAwsSDK: true },
      environment: { MAILS_TOPIC_ARN: this.mails.topicArn },
    });
    this.mails.grantPublish(mailer);
    OrderTracker.fromOrderTrackerAttributes(this, 'Tracker', props.tracker).subscribe('LateBookings', {
      function: mailer,
      events: ['order_item.overdue', 'order_item.missing', 'order_item.tracking_ended'],
    });
  }
}
