import { Duration, Validations } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Encryption with the given key, or with a key of SQS if there is none. */
export const queueEncryption = (
  encryptionKey?: IKey,
): Pick<QueueProps, 'encryption' | 'encryptionMasterKey'> =>
  encryptionKey
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
    : { encryption: QueueEncryption.SQS_MANAGED };

/** Properties of {@link DeadLetterQueue}. */
export interface DeadLetterQueueProps {
  /** @default - a key of SQS */
  readonly encryptionKey?: IKey | undefined;
  /**
   * Whether it is a FIFO queue, as SQS requires for the messages of a FIFO queue. Lambda and Scheduler require a
   * standard queue.
   * @default false
   */
  readonly fifo?: boolean;
}

/**
 * Keeps what could not be processed for 14 days, the maximum of SQS, so that somebody can find the cause. Nothing is
 * lost: the records that a message is about are still due, and the reconciler claims them.
 */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id, {
      ...queueEncryption(props.encryptionKey),
      // SQS does not accept the attribute with the value `false`.
      ...(props.fifo && { fifo: true }),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself, also where a stream or a schedule sends the messages.',
    });
  }

  /** Grants sending only. `grantSendMessages` of CDK would also grant reading the queue's attributes. */
  grantSend(grantee: IGrantable): Grant {
    return this.grant(grantee, 'sqs:SendMessage');
  }
}
