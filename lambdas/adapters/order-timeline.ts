import { parseEvent } from '../../events/index.ts';
import type { OrderTimelines } from '../application/ports.ts';
import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import { TIMELINE_ENTRY_SCHEMAS, type TimelineEntry } from '../contracts/timeline-schemas.ts';
import {
  EVERY_SORT_KEY,
  freshHint,
  ofKnownVersion,
  orderKey,
  toEvent,
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
    const { id, type, time: at, data } = parseEvent(toEvent(row).body);
    const foundBy = 'foundBy' in data ? data.foundBy : undefined;
    const { status } = data;
    return parseEntry('event', { at, id, type, status, foundBy, publishedAt: row['publishedAt'] });
  }
  if (sk.startsWith(RECORD.webhook)) {
    const version = unpadVersion(`${row['version']}`);
    return parseEntry('webhook', { ...row, at: row['receivedAt'], version });
  }
  if (sk.startsWith(RECORD.track)) return parseEntry('track', { ...row, at: row['requestedAt'] });
  if (sk.startsWith(RECORD.untrack)) return parseEntry('untrack', row);
  if (sk.startsWith(RECORD.notification)) {
    const itemUuid = sk.slice(RECORD.notification.length);
    return parseEntry('notification', { ...row, at: row['askedAt'], itemUuid });
  }
  if (sk.startsWith(RECORD.check)) return parseEntry('check', row);
  return undefined;
};

/** The fields of a record that an entry of this kind shows. */
const parseEntry = (kind: TimelineEntry['kind'], fields: object): TimelineEntry =>
  TIMELINE_ENTRY_SCHEMAS[kind].parse({ ...fields, kind });
