import { Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DeduplicationScope, FifoThroughputLimit, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DeadLetterQueue, queueEncryption } from './dead-letter-queue.ts';

/** Properties of {@link RefreshQueue}. */
export interface RefreshQueueProps {
  /** Timeout of the function that consumes the queue. */
  readonly functionTimeout: Duration;
  /** Delay that batches the webhooks and track requests of one order. */
  readonly refreshDelay: Duration;
  /** @default - a key of SQS */
  readonly encryptionKey?: IKey | undefined;
}

/** A provider failure is not an error of the function, so a message that fails five times needs a developer. */
const MAX_RECEIVE_COUNT = 5;

/**
 * Requests to check an order. The queue is FIFO and the order's UUID is the message group, so that refreshes of one
 * order never run at the same time.
 *
 * The function that the queue calls sends nothing to it, so messages cannot go in a circle: Lambda stops a function that
 * is called by its own messages after about 16 turns. A check that must be repeated is due in the table instead.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
export class RefreshQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: RefreshQueueProps) {
    super(scope, id);
    const { encryptionKey } = props;
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', { encryptionKey, fifo: true });
    this.queue = new Queue(this, 'Queue', {
      ...queueEncryption(encryptionKey),
      enforceSSL: true,
      fifo: true,
      // High-throughput mode: the limit of 300 calls a second applies to each order, not to the whole queue.
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      // Every message has its own deduplication id: two equal messages within 5 minutes are two requests.
      contentBasedDeduplication: false,
      deliveryDelay: props.refreshDelay,
      // Six times the function's timeout leaves Lambda time to retry a batch that was throttled.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * props.functionTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /**
   * Grants what Lambda needs to call a function for the queue's messages. `grantConsumeMessages` of CDK would grant
   * more.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
   */
  grantConsume(grantee: IGrantable): Grant {
    return this.queue.grant(grantee, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
  }

  /** Grants sending only. `grantSendMessages` of CDK would also grant reading the queue's attributes. */
  grantSend(grantee: IGrantable): Grant {
    return this.queue.grant(grantee, 'sqs:SendMessage');
  }
}
