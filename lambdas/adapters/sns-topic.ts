import {
  type MessageAttributeValue,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  SNSClient,
} from '@aws-sdk/client-sns';
import { isFinal, MESSAGE_ATTRIBUTES, type TrackerEvent } from '../../events/index.ts';
import type { Telemetry, Topic, UnpublishedEvent } from '../application/ports.ts';
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

/**
 * What an attribute may hold. SNS accepts a message whose attribute has a quote, a backslash or a control character, and
 * then drops it for every subscription with a filter policy, because it reads the attributes of a message as JSON.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html (`NumberOfNotificationsFilteredOut-InvalidAttributes`)
 */
const ATTRIBUTE_TEXT = /^[A-Za-z0-9_.-]{1,64}$/;

/**
 * The message attributes of an event, for filter policies. A text of the provider that no attribute may hold is left out;
 * the event's body has it.
 */
export const messageAttributes = ({ type, data }: TrackerEvent): Record<string, MessageAttributeValue> => {
  const texts: Readonly<Record<string, string | undefined>> = {
    [MESSAGE_ATTRIBUTES.type]: type,
    [MESSAGE_ATTRIBUTES.status]: data.status,
    [MESSAGE_ATTRIBUTES.final]: `${isFinal({ type })}`,
    [MESSAGE_ATTRIBUTES.orderUuid]: data.orderUuid,
    [MESSAGE_ATTRIBUTES.productType]: 'product' in data ? data.product.type : undefined,
  };
  const attributes: Record<string, MessageAttributeValue> = {};
  for (const [name, text] of Object.entries(texts)) {
    if (text !== undefined && ATTRIBUTE_TEXT.test(text)) {
      attributes[name] = { DataType: 'String', StringValue: text };
    }
  }
  return attributes;
};
