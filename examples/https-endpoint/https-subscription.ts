import { Duration } from 'aws-cdk-lib';
import { Subscription, SubscriptionFilter, SubscriptionProtocol } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { IOrderTracker } from 'musement-order-tracker';

/** Properties of {@link HttpsSubscription}. */
export interface HttpsSubscriptionProps {
  readonly tracker: IOrderTracker;
  /** Where the endpoint can be reached, `https://…`. */
  readonly url: string;
}

/** Subscribes an HTTPS endpoint to final statuses, with a dead-letter queue of its own. */
export class HttpsSubscription extends Construct {
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: HttpsSubscriptionProps) {
    super(scope, id);
    this.undelivered = new Queue(this, 'Undelivered', {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
    });
    const minute = Duration.minutes(1);
    new Subscription(this, 'Subscription', {
      topic: props.tracker.topic,
      protocol: SubscriptionProtocol.HTTPS,
      endpoint: props.url,
      deadLetterQueue: this.undelivered,
      filterPolicy: { final: SubscriptionFilter.stringFilter({ allowlist: ['true'] }) },
      // SNS allows an hour in all. Without this it gives up after three attempts, 20 seconds apart.
      deliveryPolicy: {
        healthyRetryPolicy: { numRetries: 59, minDelayTarget: minute, maxDelayTarget: minute },
      },
    });
  }
}
