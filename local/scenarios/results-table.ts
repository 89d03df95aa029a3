import { EVENT_TYPES } from '../../lambdas/contracts/events.ts';
import type { ReceivedEvent } from '../event-queue.ts';
import type { Moment, OrderRecord } from '../provider-simulator/records.ts';

/** What came of one scenario. */
export interface ScenarioResult {
  readonly title: string;
  /** Absent when it could not begin. */
  readonly order?: OrderRecord;
  readonly received: readonly ReceivedEvent[];
  readonly differences: readonly string[];
}

type Row = readonly [item: string, history: string, foundBy: string, events: string, seconds: string];

const HEAD: Row = ['item', "provider's history", 'found by', 'published events', 'seconds'];

const list = (values: readonly string[]) => values.join(', ');

/** `PENDING, OK after 7 s`; a step that only brings vouchers is one, too. */
const describeHistory = (history: readonly Moment[]): string => {
  const start = history[0]?.at ?? 0;
  return list(
    history.map(({ at, status, vouchers }, index) => {
      const before = history[index - 1];
      const what = before?.status === status && vouchers.length > 0 ? 'voucher' : status;
      return index === 0 ? what : `${what} after ${Math.round((at - start) / 1000)} s`;
    }),
  );
};

/** From the provider's change to the message in the subscriber's queue. */
const secondsSince = (history: readonly Moment[], { event, receivedAt }: ReceivedEvent): string => {
  const shows = ({ status, vouchers }: Moment) =>
    status === event.data.status && (event.type !== EVENT_TYPES.vouchersAvailable || vouchers.length > 0);
  const change = history.find(shows);
  return change ? ((receivedAt - change.at) / 1000).toFixed(1) : '?';
};

const itemRow = (item: OrderRecord['items'][number], received: readonly ReceivedEvent[]): Row => {
  const mine = received.filter(({ event }) => 'itemUuid' in event.data && event.data.itemUuid === item.uuid);
  return [
    item.title,
    describeHistory(item.history),
    list(mine.map(({ event }) => ('foundBy' in event.data ? event.data.foundBy : ''))),
    list(mine.map(({ event }) => event.type)),
    list(mine.map((one) => secondsSince(item.history, one))),
  ];
};

const orderRow = (order: OrderRecord, received: readonly ReceivedEvent[]): Row => {
  const settled = received.filter(({ event }) => event.type === EVENT_TYPES.settled);
  return [`order ${order.identifier}`, '', '', list(settled.map(({ event }) => event.type)), ''];
};

const orderRows = (order: OrderRecord, received: readonly ReceivedEvent[]): Row[] => [
  ...order.items.map((item) => itemRow(item, received)),
  orderRow(order, received),
];

/** The closing table, as lines of plain text. */
export const resultsTable = (results: readonly ScenarioResult[]): string[] => {
  const blocks = results.map((result) => ({
    title: `${result.differences.length === 0 ? '✔' : '✖'} ${result.title}`,
    rows: result.order ? orderRows(result.order, result.received) : [],
  }));
  const rows = [HEAD, ...blocks.flatMap((block) => block.rows)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [
    line(HEAD),
    `  ${widths.map((width) => '─'.repeat(width)).join('  ')}`,
    ...blocks.flatMap(({ title, rows: cells }) => [title, ...cells.map(line)]),
  ];
};
