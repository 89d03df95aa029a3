import { PublishBatchCommand, type PublishBatchRequestEntry, SNSClient } from '@aws-sdk/client-sns';
import { type CloudEvent, MESSAGE_ATTRIBUTES } from '../contracts/events.ts';
import { isFinalEvent } from '../domain/outbox.ts';
import type { OwedEvent, Telemetry, Topic } from '../domain/ports.ts';
import { inBatches } from './batches.ts';

/** @see https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html */
const LIMITS = { entries: 10, bytes: 256 * 1024 };

/** Room for an entry's attributes, which count towards the size. */
const ATTRIBUTES_IN_BYTES = 1024;

/** The topic in SNS. */
export const snsTopic = (
  topicArn: string,
  telemetry: Pick<Telemetry, 'error'>,
  client = new SNSClient({}),
): Topic => ({
  async publish(events) {
    const accepted: OwedEvent[] = [];
    const batches = inBatches(events, LIMITS, ({ body }) => Buffer.byteLength(body) + ATTRIBUTES_IN_BYTES);
    for (const batch of batches) {
      try {
        const { Successful = [] } = await client.send(
          new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: batch.map(toEntry) }),
        );
        accepted.push(...Successful.flatMap(({ Id }) => batch[Number(Id)] ?? []));
      } catch (error) {
        // Nothing is lost: what was not accepted stays due. To throw would publish the other batches again.
        telemetry.error('The topic did not take a batch of events.', error, { events: batch.length });
      }
    }
    return accepted;
  },
});

const toEntry = ({ body }: OwedEvent, index: number): PublishBatchRequestEntry => ({
  Id: `${index}`,
  Message: body,
  MessageAttributes: messageAttributes(JSON.parse(body) as CloudEvent),
});

/** What subscribers can filter by. */
export const messageAttributes = ({ type, data }: CloudEvent) => ({
  [MESSAGE_ATTRIBUTES.type]: text(type),
  [MESSAGE_ATTRIBUTES.status]: text(data.status),
  [MESSAGE_ATTRIBUTES.final]: text(`${isFinalEvent(type)}`),
  [MESSAGE_ATTRIBUTES.orderUuid]: text(data.orderUuid),
  ...('product' in data &&
    data.product.type && { [MESSAGE_ATTRIBUTES.productType]: text(data.product.type) }),
});

const text = (value: string) => ({ DataType: 'String', StringValue: value });
