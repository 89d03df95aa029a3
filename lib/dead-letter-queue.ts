import { Duration, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** How a queue is encrypted: with a key of SQS, unless there is one. */
export const queueEncryption = (
  encryptionKey?: IKey,
): Pick<QueueProps, 'encryption' | 'encryptionMasterKey'> =>
  encryptionKey
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
    : { encryption: QueueEncryption.SQS_MANAGED };

/**
 * Keeps what could not be processed for somebody to look at, as long as SQS can. Nothing in it is lost: what it
 * was about is due, and taken up by the reconciler.
 */
export class DeadLetterQueue extends Queue {
  /** @param encryptionKey instead of a key of SQS */
  constructor(scope: Construct, id: string, encryptionKey?: IKey) {
    super(scope, id, {
      ...queueEncryption(encryptionKey),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'It is a dead-letter queue, also where a stream or a schedule puts messages instead of a queue.',
    });
  }

  /** Allows putting something aside. */
  grantSend(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: [this.queueArn] });
  }
}
