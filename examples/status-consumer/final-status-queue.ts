import { Duration } from 'aws-cdk-lib';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface FinalStatusQueueProps {
  /** The tracker's output `TopicArn`. */
  readonly topicArn: string;
}

/**
 * A queue that receives final statuses only. Messages that cannot be delivered to it, or that its consumer fails to
 * process, are kept for two weeks in a dead-letter queue of its own. Other subscribers are not affected.
 */
export class FinalStatusQueue extends Construct {
  readonly queue: Queue;
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: FinalStatusQueueProps) {
    super(scope, id);
    this.undelivered = new Queue(this, 'Undelivered', {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
    });
    this.queue = new Queue(this, 'Statuses', {
      deadLetterQueue: { queue: this.undelivered, maxReceiveCount: 5 },
      enforceSSL: true,
    });
    Topic.fromTopicArn(this, 'Tracker', props.topicArn).addSubscription(
      new SqsSubscription(this.queue, {
        rawMessageDelivery: true,
        deadLetterQueue: this.undelivered,
        filterPolicy: { final: SubscriptionFilter.stringFilter({ allowlist: ['true'] }) },
      }),
    );
  }
}
