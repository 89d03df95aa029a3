import * as z from 'zod/mini';
import type { OrderTimelines, TimelineEntry } from '../application/ports.ts';
import type { CloudEvent } from '../contracts/events.ts';
import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import {
  EVERY_SORT_KEY,
  freshHint,
  ofKnownVersion,
  orderKey,
  toItem,
  toOrder,
  trackKey,
  unpadVersion,
} from './records.ts';
import { absent, type Row, type Table } from './table.ts';

/** The timelines of {@link OrderTimelines} in the table. */
export const orderTimelines = (
  table: Table,
  settings: Pick<Settings, 'rescueMarginInSeconds'>,
): OrderTimelines => ({
  async track(orderUuid, request, now) {
    const put = { ...trackKey(orderUuid, now), ...request, ...freshHint(orderUuid, now, settings) };
    if (await table.put({ put, condition: absent('pk') })) return now;
    throw new Error('Two track requests of one millisecond got the same random key; the caller tries again.');
  },

  async read(orderUuid) {
    const { pk } = orderKey(orderUuid);
    const rows = await table.query(pk, EVERY_SORT_KEY.from, EVERY_SORT_KEY.to);
    if (rows.length === 0) return undefined;
    return {
      order: toOrder(
        orderUuid,
        rows.find(({ sk }) => sk === RECORD.order),
      ),
      items: rows.filter(({ sk }) => sk.startsWith(RECORD.item)).map(toItem),
      timeline: rows
        .flatMap((row) => toEntry(row) ?? [])
        .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    };
  },
});

const toEntry = (row: Row): TimelineEntry | undefined => {
  const { sk } = ofKnownVersion(row);
  if (sk.startsWith(RECORD.event)) {
    const { id, type, time, data }: CloudEvent = JSON.parse(z.string().parse(row['body']));
    const foundBy = 'foundBy' in data ? data.foundBy : undefined;
    return {
      at: time,
      kind: 'event',
      id,
      type,
      status: data.status,
      foundBy,
      publishedAt: row['publishedAt'],
    };
  }
  if (sk.startsWith(RECORD.webhook)) {
    const version = unpadVersion(`${row['version']}`);
    const shown = ['itemUuid', 'status', 'deliveries', 'firstAnswerAt', 'outcome'];
    return { ...entryOf(row, 'webhook', 'receivedAt', shown), version };
  }
  if (sk.startsWith(RECORD.track)) {
    const shown = ['requestedBy', 'paidAt', 'reference', 'firstAnswerAt', 'outcome'];
    return entryOf(row, 'track', 'requestedAt', shown);
  }
  if (sk.startsWith(RECORD.stop)) return entryOf(row, 'untrack', 'at', ['requestedBy']);
  if (sk.startsWith(RECORD.notification)) {
    const itemUuid = sk.slice(RECORD.notification.length);
    return { ...entryOf(row, 'notification', 'askedAt', ['outcome']), itemUuid };
  }
  if (sk.startsWith(RECORD.check))
    return entryOf(row, 'check', 'at', ['reason', 'showed', 'tookInMilliseconds']);
  return undefined;
};

/** An entry with the time in one attribute of a record, and other attributes as they are stored. */
const entryOf = (
  row: Row,
  kind: TimelineEntry['kind'],
  time: string,
  shown: readonly string[],
): TimelineEntry => ({
  at: z.string().parse(row[time]),
  kind,
  ...Object.fromEntries(shown.map((name) => [name, row[name]])),
});
