import { isDeepStrictEqual } from 'node:util';
import { PARTITION, RECORD, TABLE } from '../contracts/table.ts';
import type { RecordKey } from '../domain/ports.ts';
import { DAY_IN_SECONDS, type Instant, MILLISECONDS_PER_SECOND, toMilliseconds } from '../domain/time.ts';
import type { Row } from './table.ts';

/** Version of the shape of the records; every record carries it as `v`. */
export const RECORD_VERSION = 1;

/** Hints and checks are kept so long, */
export const HISTORY_IN_SECONDS = 90 * DAY_IN_SECONDS;
/** and everything else so long after the next time that anything of the order is due. */
const STATE_IN_SECONDS = 400 * DAY_IN_SECONDS;
/** An item that nothing has changed for long is kept on when it would be gone so soon after that. */
export const SHORTEST_STATE_IN_SECONDS = 200 * DAY_IN_SECONDS;

/** Digits of a webhook's version in a sort key, so that text sorts as the numbers do. */
const VERSION_DIGITS = 20;
const SEQUENCE_DIGITS = 8;

/** Behind every character that a sort key may hold. */
const AFTER_ALL = '\uffff';

export const orderPartition = (orderUuid: string): string => `${PARTITION.order}${orderUuid}`;

export const orderUuidOf = ({ pk }: RecordKey): string => pk.slice(PARTITION.order.length);

export const orderKey = (orderUuid: string): RecordKey => ({
  pk: orderPartition(orderUuid),
  sk: RECORD.order,
});

export const itemKey = (orderUuid: string, itemUuid: string): RecordKey => ({
  pk: orderPartition(orderUuid),
  sk: `${RECORD.item}${itemUuid}`,
});

export const eventKey = (event: {
  readonly orderUuid: string;
  readonly itemUuid?: string;
  readonly sequence: number;
}): RecordKey => ({
  pk: orderPartition(event.orderUuid),
  sk: `${RECORD.event}${event.itemUuid ?? 'order'}#${`${event.sequence}`.padStart(SEQUENCE_DIGITS, '0')}`,
});

export const webhookKey = (webhook: {
  readonly orderUuid: string;
  readonly itemUuid: string;
  readonly version: string;
  readonly status: string;
}): RecordKey => ({
  pk: orderPartition(webhook.orderUuid),
  sk: `${RECORD.webhook}${webhook.itemUuid}#${padVersion(webhook.version)}#${webhook.status}`,
});

export const trackKey = (orderUuid: string, requestedAt: Instant): RecordKey => ({
  pk: orderPartition(orderUuid),
  sk: `${RECORD.track}${requestedAt}`,
});

export const askedKey = (orderUuid: string, itemUuid: string): RecordKey => ({
  pk: orderPartition(orderUuid),
  sk: `${RECORD.asked}${itemUuid}`,
});

export const checkKey = (orderUuid: string, at: Instant, suffix: string): RecordKey => ({
  pk: orderPartition(orderUuid),
  sk: `${RECORD.check}${at}#${suffix}`,
});

/** A webhook's version in the form in which text compares as the numbers do. */
export const padVersion = (version: string): string =>
  version.replace(/^0+(?=\d)/, '').padStart(VERSION_DIGITS, '0');

/** Sort keys of an order's items and of the order itself, which stand side by side. */
export const STATE_RANGE = { from: RECORD.item, to: RECORD.order } as const;
/** Sort keys of track requests and webhooks, likewise. */
export const HINT_RANGE = { from: RECORD.track, to: `${RECORD.webhook}${AFTER_ALL}` } as const;
/** Every sort key. */
export const STORY_RANGE = { from: ' ', to: AFTER_ALL } as const;

/** Epoch seconds at which a record written at `now` may be deleted. */
export const expiry = (now: Instant, seconds: number): number =>
  Math.floor(toMilliseconds(now) / MILLISECONDS_PER_SECOND) + seconds;

/** What every record of an order and its items carries beside its content, written anew each time. */
export const marks = (now: Instant) => ({ v: RECORD_VERSION, expiresAt: expiry(now, STATE_IN_SECONDS) });

/** What a record holds besides its keys and the marks that every record carries. */
export const contentOf = ({
  pk: _,
  sk: __,
  v: ___,
  [TABLE.timeToLive]: ____,
  ...content
}: Row): Record<string, unknown> => content;

/** The attributes in which `after` differs from `before`. */
export const difference = (
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): { readonly set: Record<string, unknown>; readonly remove: string[] } => ({
  set: Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) => value !== undefined && !isDeepStrictEqual(value, before[name]),
    ),
  ),
  remove: Object.keys(before).filter((name) => before[name] !== undefined && after[name] === undefined),
});
