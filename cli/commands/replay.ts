import { DescribeTableCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { isFinal } from '../../events/index.ts';
import { orderKey } from '../../lambdas/adapters/records.ts';
import type { Row } from '../../lambdas/adapters/table.ts';
import { RECORD } from '../../lambdas/contracts/table.ts';
import { parseTimestamp } from '../../lambdas/domain/calendar.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { progressBar } from '../progress-bar.ts';
import { checkQueue, type PublishedEvent, sendAll, toPublishedEvents, toQueue, toTopic } from '../resend.ts';
import { columns, counted, parseUuid } from '../text.ts';

export interface ReplayOptions {
  readonly order?: string;
  readonly from?: string;
  readonly until?: string;
  /** Only events with a final status. */
  readonly final?: boolean;
  /** URL of a queue; otherwise the events go to the topic, and so to all subscribers. */
  readonly to?: string;
  readonly send?: boolean;
}

/** What is kept of an event. The bodies of many events would not fit into memory. */
interface Summary {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly publishedAt: string;
}

/** Events that are printed without `--json`. */
const MAX_PRINTED_EVENTS = 100;

/** Resends published events with the same ids and bodies. Without `send`, they are only listed. */
export const replay = async (deployment: Deployment, options: ReplayOptions): Promise<Outcome> => {
  const { order, final, to, send } = options;
  const from = parseTime(options.from, '--from') ?? '';
  const until = parseTime(options.until, '--until') ?? '~';
  if (!order && !options.from) {
    throw new CommandError(
      'Select the events with --order <order> or --from <time>; --until <time> limits them further.',
      EXIT.wrongUsage,
    );
  }
  if (until < from) throw new CommandError('--until is before --from: no event can match.', EXIT.wrongUsage);
  const pages = order ? readOrder(deployment, parseUuid(order, 'an order')) : scan(deployment, from, until);
  if (to) await checkQueue(deployment, to);
  const publish = to ? toQueue(deployment, to) : toTopic(deployment);

  const events: Summary[] = [];
  const rejected: string[] = [];
  for await (const rows of pages) {
    const matching = toPublishedEvents(rows)
      .filter(({ publishedAt }) => publishedAt >= from && publishedAt <= until)
      .filter(({ message }) => !final || isFinal(message));
    events.push(...matching.map(summaryOf));
    if (send) rejected.push(...(await sendAll(matching, publish)));
  }
  events.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));

  const destination = to ?? `all subscribers of ${deployment.tracker.topicArn}`;
  const result = send
    ? `Sent ${events.length - rejected.length} of ${counted(events.length, 'event')} to ${destination}.`
    : `Nothing was sent. --send sends ${counted(events.length, 'event')} to ${destination}.`;
  return {
    data: { sent: send === true, destination, rejected, events },
    lines: events.length === 0 ? ['No published event matches.'] : [...eventTable(events), '', result],
    exitCode: exitCodeOf(events.length, rejected.length),
  };
};

const exitCodeOf = (found: number, rejected: number) => {
  if (rejected > 0) return EXIT.failed;
  return found === 0 ? EXIT.notFound : EXIT.success;
};

const summaryOf = ({ message: { id, type, time }, publishedAt }: PublishedEvent): Summary => ({
  id,
  type,
  time,
  publishedAt,
});

const eventTable = (events: readonly Summary[]): string[] => {
  const more = events.length - MAX_PRINTED_EVENTS;
  return [
    ...columns(
      ['TIME', 'TYPE', 'ID'],
      events.slice(0, MAX_PRINTED_EVENTS).map(({ time, type, id }) => [time, type, id]),
    ),
    ...(more > 0 ? [`… and ${more} more; --json lists all.`] : []),
  ];
};

const parseTime = (text: string | undefined, option: string): string | undefined => {
  if (text === undefined) return undefined;
  const parsed = parseTimestamp(text);
  if (parsed) return parsed;
  throw new CommandError(
    `${option} must be a time with a UTC offset, such as 2026-11-24T08:00:00Z, and not "${text}".`,
    EXIT.wrongUsage,
  );
};

async function* readOrder({ table }: Deployment, orderUuid: string): AsyncGenerator<readonly Row[]> {
  yield await table.query(orderKey(orderUuid).pk, RECORD.event, `${RECORD.event}~`);
}

/**
 * Reads the whole table, page by page. There is no index by time: only this command would use it, and every write of
 * every event would pay for it.
 */
async function* scan(
  { aws: { dynamoDb }, tracker: { tableName: TableName } }: Deployment,
  from: string,
  until: string,
): AsyncGenerator<readonly Row[]> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName }));
  // DynamoDB counts the items every six hours, so this is an estimate.
  const bar = progressBar(Table?.ItemCount ?? 0);
  const pages = paginateScan(
    { client: dynamoDb },
    {
      TableName,
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
