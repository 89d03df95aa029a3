import { type CloudEvent, EVENT_TYPES } from '../../lambdas/contracts/events.ts';
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

type Row = readonly [item: string, history: string, event: string, foundBy: string, seconds: string];

const HEAD: Row = ['item', "provider's history", 'published event', 'found by', 'seconds'];

/** Whether the event tells of this moment. That a voucher comes leaves the status as it was. */
const tellsOf = (event: CloudEvent, moment: Moment, before: Moment | undefined): boolean => {
  const isVoucher = moment.status === before?.status;
  return event.data.status === moment.status && (event.type === EVENT_TYPES.vouchersAvailable) === isVoucher;
};

/** As wide as the seconds of an item's history: the order has none of its own. */
const NO_TIME = ' '.repeat(5);

const eventRow = (item: string, history: string, told?: ReceivedEvent, moment?: Moment): Row => {
  if (!told) return [item, history, '', '', ''];
  const { event, receivedAt } = told;
  const foundBy = 'foundBy' in event.data ? event.data.foundBy : '';
  const seconds = moment ? ((receivedAt - moment.at) / 1000).toFixed(1) : '';
  return [item, history, event.type, foundBy, seconds];
};

/** A row for each thing that happened to the item, with the event that told of it. */
const itemRows = (
  { uuid, title, history }: OrderRecord['items'][number],
  all: readonly ReceivedEvent[],
): Row[] => {
  const mine = all.filter(({ event }) => 'itemUuid' in event.data && event.data.itemUuid === uuid);
  const told = new Set<ReceivedEvent>();
  const start = history[0]?.at ?? 0;
  const rows = history.map((moment, index) => {
    const before = history[index - 1];
    const what = moment.status === before?.status ? 'voucher' : moment.status;
    const after = `${Math.round((moment.at - start) / 1000)} s`.padStart(5);
    const teller = mine.find((one) => !told.has(one) && tellsOf(one.event, moment, before));
    if (teller) told.add(teller);
    return eventRow(index === 0 ? title : '', `${after}  ${what}`, teller, moment);
  });
  return [...rows, ...mine.filter((one) => !told.has(one)).map((one) => eventRow('', '', one))];
};

const orderRows = (order: OrderRecord, received: readonly ReceivedEvent[]): Row[] => [
  ...order.items.flatMap((item) => itemRows(item, received)),
  ...received
    .filter(({ event }) => event.type === EVENT_TYPES.settled)
    .map((one) => eventRow(`order ${order.identifier}`, `${NO_TIME}  ${one.event.data.status}`, one)),
];

/** The closing table, as lines of plain text. `seconds` run from the provider's change to the message. */
export const resultsTable = (results: readonly ScenarioResult[]): string[] => {
  const blocks = results.map(({ title, order, received, differences }) => ({
    title: `${differences.length === 0 ? '✔' : '✖'} ${title}`,
    rows: order ? orderRows(order, received) : [],
  }));
  const rows = [HEAD, ...blocks.flatMap((block) => block.rows)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [
    line(HEAD),
    `  ${widths.map((width) => '─'.repeat(width)).join('  ')}`,
    ...blocks.flatMap((block) => [block.title, ...block.rows.map(line)]),
  ];
};
