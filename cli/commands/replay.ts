import { DescribeTableCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
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
import { CommandError, EXIT, isMissing, type Outcome } from '../outcome.ts';
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

/** What is remembered of an event: of many, the bodies would not fit into memory. */
interface Summary {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly publishedAt: string;
}

/** Events that people are shown; machines get them all. */
const MOST_SHOWN = 100;

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
  if (until < from) throw new CommandError('--until is before --from: no event can match.', EXIT.wrongUsage);
  const pages = order ? readOrder(deployment, parseUuid(order, 'an order')) : scan(deployment, from, until);
  if (to) await checkQueue(deployment, to);
  const publish = to ? toQueue(deployment, to) : toAll(deployment);

  const events: Summary[] = [];
  const refused: string[] = [];
  for await (const rows of pages) {
    const matching = rows
      .flatMap(toPublished)
      .filter(({ publishedAt }) => publishedAt >= from && publishedAt <= until)
      .filter(({ event }) => !final || isFinalEvent(event.type));
    events.push(...matching.map(summaryOf));
    if (send) refused.push(...(await sendAll(matching, publish)));
  }
  events.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));

  const destination = to ?? `all subscribers of ${deployment.outputs.TopicArn}`;
  return {
    data: { sent: send === true, destination, refused, events },
    lines: [...describeEvents(events), '', describeEnd(events.length, refused.length, destination, send)],
    exitCode: refused.length > 0 ? EXIT.failed : events.length === 0 ? EXIT.notFound : EXIT.done,
  };
};

const summaryOf = ({ event: { id, type, time }, publishedAt }: PublishedEvent): Summary => ({
  id,
  type,
  time,
  publishedAt,
});

const describeEvents = (events: readonly Summary[]): string[] => {
  if (events.length === 0) return ['No event that was published matches.'];
  const more = events.length - MOST_SHOWN;
  return [
    ...columns(
      ['TIME', 'TYPE', 'ID'],
      events.slice(0, MOST_SHOWN).map(({ time, type, id }) => [time, type, id]),
    ),
    ...(more > 0 ? [`… and ${more} more, which --json lists.`] : []),
  ];
};

const describeEnd = (
  found: number,
  refused: number,
  destination: string,
  send: boolean | undefined,
): string => {
  if (found === 0) return 'Nothing was sent.';
  return send
    ? `${found - refused} of ${found} events were sent to ${destination}.`
    : `Nothing was sent. With --send these ${found} events go to ${destination}.`;
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

async function* readOrder({ table }: Deployment, orderUuid: string): AsyncGenerator<readonly Row[]> {
  yield await table.query(orderPartition(orderUuid), RECORD.event, `${RECORD.event}~`);
}

/**
 * Reads the whole table, page by page: there is no index by time, because nothing but this needs one, and every
 * write of every event would pay for it.
 */
async function* scan(
  { dynamoDb, outputs }: Deployment,
  from: string,
  until: string,
): AsyncGenerator<readonly Row[]> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: outputs.TableName }));
  // Counted by DynamoDB every six hours: it is about so many.
  const bar = progressBar(Table?.ItemCount ?? 0);
  const pages = paginateScan(
    { client: dynamoDb },
    {
      TableName: outputs.TableName,
      FilterExpression: 'begins_with(sk, :event) AND publishedAt BETWEEN :from AND :until',
      ExpressionAttributeValues: marshall({ ':event': RECORD.event, ':from': from, ':until': until }),
    },
  );
  let read = 0;
  for await (const { Items = [], ScannedCount = 0 } of pages) {
    read += ScannedCount;
    bar.show(read);
    yield Items.map((item) => unmarshall(item) as Row);
  }
  bar.end();
}

/** Sends a batch. @returns what was accepted of it */
type Publish = (batch: readonly PublishedEvent[]) => Promise<ReadonlySet<OwedEvent>>;

/** @returns the ids of what was not accepted */
const sendAll = async (events: readonly PublishedEvent[], publish: Publish): Promise<string[]> => {
  const refused: string[] = [];
  for (const batch of inBatches(events, { entries: 10, bytes: 200 * 1024 }, sizeOf)) {
    const accepted = await publish(batch);
    refused.push(...batch.filter(({ owed }) => !accepted.has(owed)).map(({ event }) => event.id));
  }
  return refused;
};

const sizeOf = ({ owed }: PublishedEvent): number => Buffer.byteLength(owed.body) + 1024;

const toAll = ({ outputs, sns }: Deployment): Publish => {
  const log = { error: (message: string, error: unknown) => console.error(message, String(error)) };
  const topic = snsTopic(outputs.TopicArn, log, sns);
  return async (batch) => new Set(await topic.publish(batch.map(({ owed }) => owed)));
};

/**
 * The dry run looks at the destination too.
 * @throws {CommandError} when nothing can be sent there
 */
const checkQueue = async ({ sqs }: Deployment, url: string): Promise<void> => {
  if (!/^https?:\/\/[^/]+\/./.test(url)) {
    throw new CommandError(
      `--to must be the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/statuses, ` +
        `and not "${url}".`,
      EXIT.wrongUsage,
    );
  }
  try {
    await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  } catch (error) {
    // Who may send need not be allowed to look.
    if (!isMissing(error)) return;
    throw new CommandError(`There is no queue ${url}.`, EXIT.notFound);
  }
};

/** A queue gets what a subscription with raw delivery would bring it. */
const toQueue =
  ({ sqs }: Deployment, url: string): Publish =>
  async (batch) => {
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
