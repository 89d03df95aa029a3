import { GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { parseEvent, type TrackerEvent } from '../events/index.ts';
import { inBatches } from '../lambdas/adapters/batches.ts';
import { toEvent } from '../lambdas/adapters/records.ts';
import { messageAttributes, snsTopic } from '../lambdas/adapters/sns-topic.ts';
import type { Row } from '../lambdas/adapters/table.ts';
import type { UnpublishedEvent } from '../lambdas/application/ports.ts';
import type { Deployment } from './deployment.ts';
import { CommandError, EXIT, isMissing } from './outcome.ts';

/** An event that was published. */
export interface PublishedEvent {
  /** The event in the form in which it was published. */
  readonly event: UnpublishedEvent;
  readonly message: TrackerEvent;
  readonly publishedAt: string;
}

/** The published events among records. The others wait for their publication, or are part of the timeline only. */
export const toPublishedEvents = (rows: readonly Row[]): PublishedEvent[] =>
  rows.flatMap((row) => {
    const publishedAt = row['publishedAt'];
    if (typeof publishedAt !== 'string') return [];
    const event = toEvent(row);
    return [{ event, message: parseEvent(event.body), publishedAt }];
  });

/** Sends a batch. @returns the events that were accepted */
type Publish = (batch: readonly PublishedEvent[]) => Promise<ReadonlySet<UnpublishedEvent>>;

/** Limits of a batch, well below the 10 entries and 256 KiB of SNS and SQS. */
const BATCH_LIMITS = { entries: 10, bytes: 200 * 1024 };

/** Room for the attributes of a message. */
const ATTRIBUTE_BYTES = 1024;

/** Sends events in batches. @returns the ids of the events that were rejected */
export const sendAll = async (events: readonly PublishedEvent[], publish: Publish): Promise<string[]> => {
  const rejected: string[] = [];
  for (const batch of inBatches(events, BATCH_LIMITS, sizeOf)) {
    const accepted = await publish(batch);
    rejected.push(...batch.filter(({ event }) => !accepted.has(event)).map(({ message }) => message.id));
  }
  return rejected;
};

const sizeOf = ({ event }: PublishedEvent): number => Buffer.byteLength(event.body) + ATTRIBUTE_BYTES;

/** Publishes to the topic, and so to all subscribers. */
export const toTopic = ({ tracker, aws }: Deployment): Publish => {
  const log = { error: (message: string, error: unknown) => console.error(message, String(error)) };
  const topic = snsTopic(tracker.topicArn, log, aws.sns);
  return async (batch) => new Set(await topic.publish(batch.map(({ event }) => event)));
};

/** Sends to a queue what a subscription with raw message delivery would send to it. */
export const toQueue =
  ({ aws }: Deployment, queueUrl: string): Publish =>
  async (batch) => {
    const { Successful = [] } = await aws.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map(({ event, message }, index) => ({
          Id: `${index}`,
          MessageBody: event.body,
          MessageAttributes: messageAttributes(message),
        })),
      }),
    );
    return new Set(Successful.flatMap(({ Id }) => batch[Number(Id)]?.event ?? []));
  };

/**
 * Checks that a queue exists, so that listing the events finds a wrong URL before they are sent.
 * @throws {CommandError} when it does not exist
 */
export const checkQueue = async ({ aws }: Deployment, queueUrl: string): Promise<void> => {
  if (!/^https?:\/\/[^/]+\/./.test(queueUrl)) {
    throw new CommandError(
      `--to must be the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/statuses, ` +
        `and not "${queueUrl}".`,
      EXIT.wrongUsage,
    );
  }
  try {
    await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }));
  } catch (error) {
    // A caller who may send to a queue need not be allowed to read its attributes.
    if (!isMissing(error)) return;
    throw new CommandError(`There is no queue ${queueUrl}.`, EXIT.notFound);
  }
};
