import * as z from 'zod/mini';
import type { OrderTimelines, TimelineEntry } from '../application/ports.ts';
import type { CloudEvent } from '../contracts/events.ts';
import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import { freshHint, ofKnownVersion, orderKey, TIMELINE_RANGE, toItem, toOrder, trackKey } from './records.ts';
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
    const rows = await table.query(pk, TIMELINE_RANGE.from, TIMELINE_RANGE.to);
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

/** Times that entries of the timeline are sorted by; each record has the one of its kind. */
const timesSchema = z.object({
  body: z.optional(z.string()),
  receivedAt: z.optional(z.string()),
  requestedAt: z.optional(z.string()),
  askedAt: z.optional(z.string()),
  at: z.optional(z.string()),
});

const pick = (row: Row, ...names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]));

const toEntry = (row: Row): TimelineEntry | undefined => {
  const {
    body,
    receivedAt = '',
    requestedAt = '',
    askedAt = '',
    at = '',
  } = timesSchema.parse(ofKnownVersion(row));
  if (row.sk.startsWith(RECORD.event)) {
    const { id, type, time, data }: CloudEvent = JSON.parse(body ?? '');
    const foundBy = 'foundBy' in data && { foundBy: data.foundBy };
    return {
      at: time,
      kind: 'event',
      id,
      type,
      status: data.status,
      ...foundBy,
      ...pick(row, 'publishedAt'),
    };
  }
  if (row.sk.startsWith(RECORD.webhook)) {
    return {
      at: receivedAt,
      kind: 'webhook',
      version: `${row['version']}`.replace(/^0+(?=\d)/, ''),
      ...pick(row, 'itemUuid', 'status', 'deliveries', 'firstAnswerAt', 'outcome'),
    };
  }
  if (row.sk.startsWith(RECORD.track)) {
    const details = pick(row, 'requestedBy', 'paidAt', 'reference', 'firstAnswerAt', 'outcome');
    return { at: requestedAt, kind: 'track', ...details };
  }
  if (row.sk.startsWith(RECORD.notification)) {
    const itemUuid = row.sk.slice(RECORD.notification.length);
    return { at: askedAt, kind: 'notification', itemUuid, ...pick(row, 'outcome') };
  }
  if (row.sk.startsWith(RECORD.check)) {
    return { at, kind: 'check', ...pick(row, 'reason', 'showed', 'tookInMilliseconds') };
  }
  return undefined;
};
