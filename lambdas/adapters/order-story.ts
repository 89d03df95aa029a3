import type { CloudEvent } from '../contracts/events.ts';
import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import { dueLane } from '../domain/due.ts';
import type { ItemState, OrderState } from '../domain/model.ts';
import { type Instant, plusSeconds } from '../domain/time.ts';
import { toItem, toOrder } from './order-store.ts';
import {
  expiry,
  HISTORY_IN_SECONDS,
  orderPartition,
  RECORD_VERSION,
  STORY_RANGE,
  trackKey,
} from './records.ts';
import { absent, type Row, type Table } from './table.ts';

/** What the caller of a track request tells us. */
interface TrackRequest {
  /** ARN of the caller. */
  readonly requestedBy?: string;
  readonly paidAt?: Instant;
  readonly reference?: string;
}

/** Something that happened to an order. */
interface TimelineEntry {
  readonly at: Instant;
  readonly kind: 'event' | 'webhook' | 'track' | 'check' | 'notification';
  readonly [detail: string]: unknown;
}

/** An order with its whole story. */
export interface OrderStory {
  readonly order: OrderState;
  readonly items: readonly ItemState[];
  /** Ascending by time. */
  readonly timeline: readonly TimelineEntry[];
}

export interface OrderStories {
  /** Stores a request to track an order, or to look at it afresh. */
  track(orderUuid: string, request: TrackRequest, now: Instant): Promise<Instant>;
  /** @returns `undefined` when nothing is known of the order */
  read(orderUuid: string): Promise<OrderStory | undefined>;
}

/** How many track requests of one order may share a millisecond. */
const SAME_INSTANT = 10;

/** The stories of orders in the table. */
export const orderStories = (
  table: Table,
  settings: Pick<Settings, 'rescueMarginInSeconds'>,
): OrderStories => ({
  async track(orderUuid, request, now) {
    for (let shift = 0; shift < SAME_INSTANT; shift++) {
      const requestedAt = plusSeconds(now, shift / 1000);
      const isNew = await table.put({
        put: {
          ...trackKey(orderUuid, requestedAt),
          v: RECORD_VERSION,
          ...request,
          requestedAt,
          nextTryAt: requestedAt,
          tries: 0,
          troubles: 0,
          due: dueLane('RESCUE', orderUuid),
          dueAt: plusSeconds(requestedAt, settings.rescueMarginInSeconds),
          expiresAt: expiry(now, HISTORY_IN_SECONDS),
        },
        condition: [[absent('pk')]],
      });
      if (isNew) return requestedAt;
    }
    throw new Error(`More than ${SAME_INSTANT} track requests of one order came in one millisecond.`);
  },

  async read(orderUuid) {
    const rows = await table.query(orderPartition(orderUuid), STORY_RANGE.from, STORY_RANGE.to);
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

const pick = (row: Row, ...names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]));

const toEntry = (row: Row): TimelineEntry | undefined => {
  if (row.sk.startsWith(RECORD.event)) {
    const { id, type, time, data } = JSON.parse(row['body'] as string) as CloudEvent;
    return {
      at: time,
      kind: 'event',
      id,
      type,
      status: data.status,
      ...('foundBy' in data && { foundBy: data.foundBy }),
      ...pick(row, 'publishedAt'),
    };
  }
  if (row.sk.startsWith(RECORD.webhook)) {
    return {
      at: row['receivedAt'] as Instant,
      kind: 'webhook',
      version: `${row['version']}`.replace(/^0+(?=\d)/, ''),
      ...pick(row, 'itemUuid', 'status', 'deliveries', 'outcome', 'tries'),
    };
  }
  if (row.sk.startsWith(RECORD.track)) {
    return {
      at: row['requestedAt'] as Instant,
      kind: 'track',
      ...pick(row, 'requestedBy', 'paidAt', 'reference', 'outcome', 'tries'),
    };
  }
  if (row.sk.startsWith(RECORD.asked)) {
    return {
      at: row['askedAt'] as Instant,
      kind: 'notification',
      itemUuid: row.sk.slice(RECORD.asked.length),
      ...pick(row, 'outcome'),
    };
  }
  if (row.sk.startsWith(RECORD.check)) {
    return {
      at: row['at'] as Instant,
      kind: 'check',
      ...pick(row, 'reason', 'itemUuid', 'showed', 'tookInMilliseconds'),
    };
  }
  return undefined;
};
