import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod/mini';
import type { RefreshQueue } from '../application/ports.ts';
import type { ReceivedMessage } from '../application/refresh-orders.ts';
import { refreshMessageSchema } from '../contracts/refresh.ts';
import { parseJson } from '../domain/json.ts';
import { inBatches } from './batches.ts';

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MAX_BATCH = { entries: 10, bytes: 256 * 1024 };

/** The refresh queue in SQS: FIFO, with the order as message group, so that an order is refreshed once at a time. */
export const sqsRefreshQueue = (queueUrl: string, client = new SQSClient({})): RefreshQueue => ({
  async send(messages) {
    const entries = messages.map((message, index) => ({
      Id: `${index}`,
      MessageBody: JSON.stringify(message),
      MessageGroupId: message.orderUuid,
      // SQS would drop an equal message within five minutes, although it asks for another check.
      MessageDeduplicationId: randomUUID(),
    }));
    for (const batch of inBatches(entries, MAX_BATCH, ({ MessageBody }) => Buffer.byteLength(MessageBody))) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: batch }),
      );
      const [first] = Failed;
      if (first) {
        throw new Error(`The queue rejected ${Failed.length} of ${batch.length} messages (${first.Code}).`);
      }
    }
  },
});

const queueEventSchema = z.object({
  Records: z.array(z.object({ messageId: z.string(), body: z.string() })),
});

/** The messages of a batch that Lambda received from the queue. */
export const readMessages = (event: unknown): readonly ReceivedMessage[] =>
  queueEventSchema.parse(event).Records.map(({ messageId, body }) => ({
    messageId,
    message: refreshMessageSchema.safeParse(parseJson(body)).data,
  }));

/** The response that makes the queue deliver these messages again. */
export const failedMessages = (messageIds: readonly string[]): SQSBatchResponse => ({
  batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })),
});
