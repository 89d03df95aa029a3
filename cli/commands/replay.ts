import { paginateScan } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { inBatches } from '../../lambdas/adapters/batches.ts';
import { toOwedEvent } from '../../lambdas/adapters/outbox.ts';
import { orderPartition } from '../../lambdas/adapters/records.ts';
import { messageAttributes, snsTopic } from '../../lambdas/adapters/sns-topic.ts';
import type { Row } from '../../lambdas/adapters/table.ts';
import type { CloudEvent } from '../../lambdas/contracts/events.ts';
import { RECORD } from '../../lambdas/contracts/table.ts';
import { parseTimestamp } from '../../lambdas/domain/calendar.ts';
import { isFinalEvent } from '../../lambdas/domain/outbox.ts';
import type { OwedEvent } from '../../lambdas/domain/ports.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { progressBar } from '../progress-bar.ts';
import { columns, parseUuid } from '../text.ts';

export interface ReplayOptions {
  readonly order?: string;
  readonly from?: string;
  readonly until?: string;
  /** Only what tells of a final status. */
  readonly final?: boolean;
  /** URL of a queue; otherwise all subscribers of the topic. */
  readonly to?: string;
  readonly send?: boolean;
}

interface PublishedEvent {
  readonly owed: OwedEvent;
  readonly event: CloudEvent;
  readonly publishedAt: string;
}

/** Publishes events again that were published, as they were: the same ids, the same bodies. Shows them first. */
export const replay = async (deployment: Deployment, options: ReplayOptions): Promise<Outcome> => {
  const { order, final, to, send } = options;
  const from = instant(options.from, '--from') ?? '';
  const until = instant(options.until, '--until') ?? '~';
  if (!order && !options.from) {
    throw new CommandError(
      'Say which events: --order <order>, or --from <time>, with --until <time> if you like.',
      EXIT.wrongUsage,
    );
  }
  const rows = order
    ? await deployment.table.query(
        orderPartition(parseUuid(order, 'an order')),
        RECORD.event,
        `${RECORD.event}~`,
      )
    : await scan(deployment, from, until);
  const events = rows
    .flatMap(toPublished)
    .filter(({ publishedAt }) => publishedAt >= from && publishedAt <= until)
    .filter(({ event }) => !final || isFinalEvent(event.type))
    .sort((a, b) => (a.event.time < b.event.time ? -1 : a.event.time > b.event.time ? 1 : 0));
  const destination = to ?? `all subscribers of ${deployment.outputs.TopicArn}`;
  const refused = send ? await sendAll(deployment, events, to) : [];
  return {
    data: {
      sent: send === true,
      destination,
      refused: refused.map(({ event }) => event.id),
      events: events.map(({ event: { id, type, time }, publishedAt }) => ({ id, type, time, publishedAt })),
    },
    lines: [
      ...(events.length === 0
        ? ['No event that was published matches.']
        : columns(
            ['TIME', 'TYPE', 'ID'],
            events.map(({ event }) => [event.time, event.type, event.id]),
          )),
      '',
      send
        ? `${events.length - refused.length} of ${events.length} events were sent to ${destination}.`
        : `Nothing was sent. With --send these ${events.length} events go to ${destination}.`,
    ],
    exitCode: refused.length > 0 ? EXIT.failed : events.length === 0 ? EXIT.notFound : EXIT.done,
  };
};

const instant = (text: string | undefined, option: string): string | undefined => {
  if (text === undefined) return undefined;
  const parsed = parseTimestamp(text);
  if (parsed) return parsed;
  throw new CommandError(
    `${option} must be a time with an offset, such as 2026-11-24T08:00:00Z.`,
    EXIT.wrongUsage,
  );
};

/** What was never published is owed still, or stands in the order's story only. */
const toPublished = (row: Row): PublishedEvent[] => {
  const publishedAt = row['publishedAt'];
  if (typeof publishedAt !== 'string') return [];
  const owed = toOwedEvent(row);
  return [{ owed, event: JSON.parse(owed.body) as CloudEvent, publishedAt }];
};

/** Reads the whole table: there is no index by time, because nothing but this needs one. */
const scan = async ({ dynamoDb, outputs }: Deployment, from: string, until: string): Promise<Row[]> => {
  const pages = paginateScan(
    { client: dynamoDb },
    {
      TableName: outputs.TableName,
      FilterExpression: 'begins_with(sk, :event) AND publishedAt BETWEEN :from AND :until',
      ExpressionAttributeValues: marshall({ ':event': RECORD.event, ':from': from, ':until': until }),
    },
  );
  const rows: Row[] = [];
  for await (const { Items = [] } of pages) rows.push(...Items.map((item) => unmarshall(item) as Row));
  return rows;
};

/** @returns what was not accepted */
const sendAll = async (
  deployment: Deployment,
  events: readonly PublishedEvent[],
  to: string | undefined,
): Promise<PublishedEvent[]> => {
  const bar = progressBar(events.length);
  const refused: PublishedEvent[] = [];
  const log = { error: (message: string, error: unknown) => console.error(message, String(error)) };
  const topic = snsTopic(deployment.outputs.TopicArn, log, deployment.sns);
  let done = 0;
  for (const batch of inBatches(events, { entries: 10, bytes: 200 * 1024 }, sizeOf)) {
    const accepted = to
      ? await sendToQueue(deployment, to, batch)
      : new Set(await topic.publish(batch.map(({ owed }) => owed)));
    refused.push(...batch.filter(({ owed }) => !accepted.has(owed)));
    done += batch.length;
    bar.show(done);
  }
  bar.end();
  return refused;
};

const sizeOf = ({ owed }: PublishedEvent): number => Buffer.byteLength(owed.body) + 1024;

/** A queue gets what a subscription with raw delivery would bring it. */
const sendToQueue = async (
  { sqs }: Deployment,
  url: string,
  batch: readonly PublishedEvent[],
): Promise<Set<OwedEvent>> => {
  const { Successful = [] } = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: batch.map(({ owed, event }, index) => ({
        Id: `${index}`,
        MessageBody: owed.body,
        MessageAttributes: messageAttributes(event),
      })),
    }),
  );
  return new Set(Successful.flatMap(({ Id }) => batch[Number(Id)]?.owed ?? []));
};
