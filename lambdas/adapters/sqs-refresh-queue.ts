import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { RefreshMessage } from '../contracts/refresh.ts';
import type { RefreshQueue } from '../domain/ports.ts';
import { inBatches } from './batches.ts';

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const LIMITS = { entries: 10, bytes: 256 * 1024 };

/** The refresh queue in SQS. */
export const sqsRefreshQueue = (queueUrl: string, client = new SQSClient({})): RefreshQueue => ({
  async send(requests) {
    const entries = requests.map(({ delayInSeconds, ...request }, index) => ({
      Id: `${index}`,
      MessageBody: JSON.stringify({ contract: 1, ...request } satisfies RefreshMessage),
      DelaySeconds: delayInSeconds,
    }));
    for (const batch of inBatches(entries, LIMITS, ({ MessageBody }) => Buffer.byteLength(MessageBody))) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: batch }),
      );
      const [first] = Failed;
      if (first) {
        throw new Error(`The queue refused ${Failed.length} of ${batch.length} messages (${first.Code}).`);
      }
    }
  },
});
