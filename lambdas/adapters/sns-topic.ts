import { PublishBatchCommand, type PublishBatchRequestEntry, SNSClient } from '@aws-sdk/client-sns';
import type { Telemetry, Topic, UnpublishedEvent } from '../application/ports.ts';
import { type CloudEvent, MESSAGE_ATTRIBUTES } from '../contracts/events.ts';
import { isFinalEvent } from '../domain/order-events.ts';
import { inBatches } from './batches.ts';

/** @see https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html */
const MAX_BATCH = { entries: 10, bytes: 256 * 1024 };

/** Size reserved for the attributes of an entry, which count towards the size of a batch. */
const ATTRIBUTES_IN_BYTES = 1024;

/** The topic of {@link Topic} in SNS. */
export const snsTopic = (
  topicArn: string,
  telemetry: Pick<Telemetry, 'error'>,
  client = new SNSClient({}),
): Topic => ({
  async publish(events) {
    const accepted: UnpublishedEvent[] = [];
    const batches = inBatches(events, MAX_BATCH, ({ body }) => Buffer.byteLength(body) + ATTRIBUTES_IN_BYTES);
    for (const batch of batches) {
      try {
        const { Successful = [] } = await client.send(
          new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: batch.map(toEntry) }),
        );
        accepted.push(...Successful.flatMap(({ Id }) => batch[Number(Id)] ?? []));
      } catch (error) {
        // The events stay due. An error thrown here would publish the other batches again.
        telemetry.error('The topic rejected a batch of events; they stay due', error, {
          events: batch.length,
        });
      }
    }
    return accepted;
  },
});

const toEntry = ({ body }: UnpublishedEvent, index: number): PublishBatchRequestEntry => ({
  Id: `${index}`,
  Message: body,
  MessageAttributes: messageAttributes(JSON.parse(body)),
});

/** The message attributes of an event, for filter policies. */
export const messageAttributes = ({ type, data }: CloudEvent) => ({
  [MESSAGE_ATTRIBUTES.type]: text(type),
  [MESSAGE_ATTRIBUTES.status]: text(data.status),
  [MESSAGE_ATTRIBUTES.final]: text(`${isFinalEvent(type)}`),
  [MESSAGE_ATTRIBUTES.orderUuid]: text(data.orderUuid),
  ...('product' in data &&
    data.product.type && { [MESSAGE_ATTRIBUTES.productType]: text(data.product.type) }),
});

const text = (value: string) => ({ DataType: 'String', StringValue: value });
