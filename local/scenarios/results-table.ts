import { EVENT_TYPES, type TrackerEvent } from '../../events/index.ts';
import type { ReceivedEvent } from '../event-queue.ts';
import type { Moment, OrderRecord } from '../provider-simulator/records.ts';

/** The outcome of one scenario. */
export interface ScenarioResult {
  readonly title: string;
  /** Absent when the order could not be created or tracked. */
  readonly order?: OrderRecord;
  readonly received: readonly ReceivedEvent[];
  /** What differs from the expected events; empty when the scenario passed. */
  readonly differences: readonly string[];
}

type Row = readonly [item: string, history: string, event: string, foundBy: string, delay: string];

const HEAD: Row = ['item', "provider's history", 'published event', 'found by', 'change to receipt'];

/** Whether the event reports this moment. A voucher that arrives later leaves the status as it was. */
const reports = (event: TrackerEvent, moment: Moment, before: Moment | undefined): boolean => {
  const isVoucher = moment.status === before?.status;
  return event.data.status === moment.status && (event.type === EVENT_TYPES.vouchersAvailable) === isVoucher;
};

/** Takes the place of the seconds in the history column: an order has no history of its own. */
const NO_TIME = ' '.repeat(5);

const eventRow = (item: string, history: string, received?: ReceivedEvent, moment?: Moment): Row => {
  if (!received) return [item, history, '', '', ''];
  const { event, receivedAt } = received;
  const foundBy = 'foundBy' in event.data ? event.data.foundBy : '';
  const delay = moment ? `${((receivedAt - moment.at) / 1000).toFixed(1)} s` : '';
  return [item, history, event.type, foundBy, delay];
};

/**
 * A row for every change of the item, with the event that reports it, then the events that report none. The status at
 * creation has a row of its own only if an event reports it, or if nothing changes afterwards.
 */
const itemRows = (
  { uuid, title, history }: OrderRecord['items'][number],
  received: readonly ReceivedEvent[],
): Row[] => {
  const left = received.filter(({ event }) => 'itemUuid' in event.data && event.data.itemUuid === uuid);
  const created = history[0];
  const rows: Row[] = [];
  for (const [index, moment] of history.entries()) {
    const before = history[index - 1];
    const position = left.findIndex(({ event }) => reports(event, moment, before));
    const [report] = position === -1 ? [] : left.splice(position, 1);
    if (moment === created && history.length > 1 && !report) continue;
    const after = `${Math.round((moment.at - (created?.at ?? moment.at)) / 1000)} s`.padStart(NO_TIME.length);
    const what = moment.status === before?.status ? 'voucher' : moment.status;
    const from = index > 0 && rows.length === 0 ? `${created?.status} → ` : '';
    rows.push(eventRow(rows.length === 0 ? title : '', `${after}  ${from}${what}`, report, moment));
  }
  return [...rows, ...left.map((one) => eventRow('', '', one))];
};

const orderRows = (order: OrderRecord, received: readonly ReceivedEvent[]): Row[] => [
  ...order.items.flatMap((item) => itemRows(item, received)),
  ...received
    .filter(({ event }) => event.type === EVENT_TYPES.settled)
    .map((one) => eventRow(`order ${order.identifier}`, `${NO_TIME}  ${one.event.data.status}`, one)),
];

/** The closing table as lines of text. The last column is the time from the provider's change to the received message. */
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
