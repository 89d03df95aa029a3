import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import { DATA_SCHEMAS, type TrackerEvent } from '../../events/index.ts';
import type { RecordKey, UnpublishedEvent } from '../application/ports.ts';
import type { Settings } from '../contracts/settings.ts';
import { CLOCKS, PARTITION, RECORD, TABLE } from '../contracts/table.ts';
import { lanePartition } from '../domain/due.ts';
import type { Hint, ItemState, OrderState } from '../domain/model.ts';
import { omit } from '../domain/omit.ts';
import { cloudEvent } from '../domain/order-events.ts';
import {
  DAY_IN_SECONDS,
  type Instant,
  MILLISECONDS_PER_SECOND,
  plusSeconds,
  toMilliseconds,
} from '../domain/time.ts';
import type { Row } from './table.ts';

/**
 * Version of the shape of the records. A record with another version is not read. A new version of the contract needs a new
 * one: an event does not store which schema its data follows.
 */
const RECORD_VERSION = 1;

/** How long resolved hints, checks and notifications are kept. */
export const HISTORY_IN_SECONDS = 90 * DAY_IN_SECONDS;
/** How long everything else is kept, counted from the last write or from the next check, whichever is later. */
export const STATE_IN_SECONDS = 400 * DAY_IN_SECONDS;
/** An item that nothing has changed is written again when it would expire this soon after the next check. */
export const MIN_STATE_IN_SECONDS = 200 * DAY_IN_SECONDS;

/** Digits of a webhook's version in a sort key, so that text sorts as numbers do. */
const VERSION_DIGITS = 20;
const SEQUENCE_DIGITS = 8;
/** Stands for the item in the sort key of an event of the order itself. */
const ORDER_EVENT = 'order';

/** Sorts after every character that a sort key may hold. */
const AFTER_ALL = '\uffff';

const keyIn = (orderUuid: string, sk: string): RecordKey => ({ pk: `${PARTITION.order}${orderUuid}`, sk });

/** The order that a record belongs to. */
export const orderUuidOf = ({ pk }: RecordKey): string => pk.slice(PARTITION.order.length);

export const orderKey = (orderUuid: string): RecordKey => keyIn(orderUuid, RECORD.order);

export const itemKey = (orderUuid: string, itemUuid: string): RecordKey =>
  keyIn(orderUuid, `${RECORD.item}${itemUuid}`);

export const hintKey = (orderUuid: string, { sk }: Pick<Hint, 'sk'>): RecordKey => keyIn(orderUuid, sk);

export const eventKey = (event: {
  readonly orderUuid: string;
  readonly itemUuid?: string | undefined;
  readonly sequence: number;
}): RecordKey => {
  const sequence = `${event.sequence}`.padStart(SEQUENCE_DIGITS, '0');
  return keyIn(event.orderUuid, `${RECORD.event}${event.itemUuid ?? ORDER_EVENT}#${sequence}`);
};

export const webhookKey = (webhook: {
  readonly orderUuid: string;
  readonly itemUuid: string;
  readonly version: string;
  readonly status: string;
}): RecordKey => {
  const { orderUuid, itemUuid, version, status } = webhook;
  return keyIn(orderUuid, `${RECORD.webhook}${itemUuid}#${padVersion(version)}#${status}`);
};

/** The random part keeps apart the track requests of one millisecond. */
export const trackKey = (orderUuid: string, requestedAt: Instant): RecordKey =>
  keyIn(orderUuid, `${RECORD.track}${requestedAt}#${randomBytes(4).toString('hex')}`);

/** Key of an untrack request, committed as this `rev` of the order. */
export const untrackKey = (orderUuid: string, at: Instant, rev: number): RecordKey =>
  keyIn(orderUuid, `${RECORD.untrack}${at}#${rev}`);

/** The partition of the records that find the orders with a reference. */
export const referencePartition = (reference: string): string => `${PARTITION.reference}${reference}`;

export const notificationKey = (orderUuid: string, itemUuid: string): RecordKey =>
  keyIn(orderUuid, `${RECORD.notification}${itemUuid}`);

export const checkKey = (orderUuid: string, sentAt: Instant, rev: number): RecordKey =>
  keyIn(orderUuid, `${RECORD.check}${sentAt}#${rev}`);

/** A webhook's version in the form in which text compares as numbers do. */
export const padVersion = (version: string): string => unpadVersion(version).padStart(VERSION_DIGITS, '0');

/** A webhook's version without leading zeros. */
export const unpadVersion = (version: string): string => version.replace(/^0+(?=\d)/, '');

/** Sort keys of an order's items. */
export const ITEM_RANGE = { from: RECORD.item, to: `${RECORD.item}${AFTER_ALL}` } as const;
/** Sort keys of an order's items and of the order itself, which sort next to each other. */
export const STATE_RANGE = { from: RECORD.item, to: RECORD.order } as const;
/** Every sort key, for reading a whole partition. */
export const EVERY_SORT_KEY = { from: ' ', to: AFTER_ALL } as const;

/** What every record carries besides its content: the version of its shape, and when it may be deleted. */
export const envelope = (from: Instant, keptForSeconds: number) => ({
  v: RECORD_VERSION,
  [TABLE.timeToLive]: expiry(from, keptForSeconds),
});

/** Epoch seconds after which a record may be deleted. */
export const expiry = (from: Instant, keptForSeconds: number): number =>
  Math.floor(toMilliseconds(from) / MILLISECONDS_PER_SECOND) + keptForSeconds;

const versionSchema = z.object({ v: z.literal(RECORD_VERSION) });

/**
 * The record itself.
 * @throws {ZodError} when its shape has another version
 */
export const ofKnownVersion = (row: Row): Row => {
  versionSchema.parse(row);
  return row;
};

/** Requires a schema for every field. A field without one would be lost when a record is read and written again. */
type Fields<State> = { readonly [Field in keyof State]-?: z.ZodMiniType<State[Field]> };

const instant = z.string();
const optionalText = z.optional(z.string());

const orderSchema = z.object({
  rev: z.number(),
  generation: z.number(),
  nextCheckAt: z.optional(instant),
  clock: z.optional(z.enum(CLOCKS)),
  rescueCount: z.optional(z.number()),
  failure: z.optional(z.object({ count: z.number(), firstAt: instant, lastAt: instant, retryAt: instant })),
  readable: z.boolean(),
  incompleteSince: z.optional(instant),
  unconfirmedSince: z.optional(instant),
  status: optionalText,
  identifier: optionalText,
  date: z.optional(instant),
  paidAt: z.optional(instant),
  reference: optionalText,
  referenceUntil: z.optional(z.number()),
  checkedAt: z.optional(instant),
  settled: z.boolean(),
  settledCount: z.number(),
} satisfies Fields<Omit<OrderState, 'orderUuid'>>);

const itemSchema = z.object({
  itemUuid: z.string(),
  status: z.string(),
  since: instant,
  statuses: z.array(z.string()),
  sequence: z.number(),
  openPeriod: z.number(),
  firstSeenAt: instant,
  openedAt: instant,
  confirmBy: instant,
  unconfirmed: z.optional(z.object({ status: z.string(), since: instant })),
  overdueAt: z.optional(instant),
  trackingEndedAt: z.optional(instant),
  missingSince: z.optional(instant),
  missingAt: z.optional(instant),
  satisfiedVersion: optionalText,
  vouchers: z.array(z.string()),
  product: z.object({
    type: optionalText,
    title: optionalText,
    date: optionalText,
    maxConfirmationTime: optionalText,
  }),
  cancellationReason: optionalText,
  expiresAt: z.number(),
} satisfies Fields<ItemState>);

const hintFields = {
  sk: z.string(),
  requestedAt: instant,
  firstAnswerAt: z.optional(instant),
};

const webhookSchema = z.object({
  ...hintFields,
  receivedAt: instant,
  itemUuid: z.string(),
  status: z.string(),
  version: z.string(),
});

const trackSchema = z.object({ ...hintFields, paidAt: z.optional(instant), reference: optionalText });

const eventSchema = z.object({
  pk: z.string(),
  sk: z.string(),
  type: z.string(),
  time: instant,
  source: z.string(),
  data: z.string(),
  webhookAt: z.optional(instant),
});

/** Reads an order. One without a record has `rev` 0. */
export const toOrder = (orderUuid: string, row: Row | undefined): OrderState => {
  if (!row) return { orderUuid, rev: 0, generation: 0, readable: false, settled: false, settledCount: 0 };
  return { orderUuid, ...orderSchema.parse(ofKnownVersion(row)) };
};

/** Reads an item. */
export const toItem = (row: Row): ItemState => itemSchema.parse(ofKnownVersion(row));

/** Whether a record is a webhook or a track request. */
export const isHint = ({ sk }: RecordKey): boolean =>
  sk.startsWith(RECORD.webhook) || sk.startsWith(RECORD.track);

/** Reads an unresolved webhook or track request. */
export const toHint = (row: Row): Hint => {
  const isFresh = row[TABLE.dueAt] !== undefined;
  return row.sk.startsWith(RECORD.track)
    ? { kind: 'track', isFresh, ...trackSchema.parse(ofKnownVersion(row)) }
    : { kind: 'webhook', isFresh, ...webhookSchema.parse(ofKnownVersion(row)) };
};

/**
 * What is stored of an event: what neither its key nor its kind tells. The whole message would often take more than the
 * kilobyte up to which a write costs one unit.
 */
export const eventFields = ({ type, time, source, data }: TrackerEvent) => ({
  type,
  time,
  source,
  data: JSON.stringify(
    omit<Record<string, unknown>, string>({ ...data }, 'orderUuid', 'itemUuid', 'sequence'),
  ),
});

/** Reads an event. Its message is the same each time. */
export const toEvent = (row: Row): UnpublishedEvent => {
  const { pk, sk, type, time, source, data, webhookAt } = eventSchema.parse(ofKnownVersion(row));
  const [, about, sequence] = sk.split('#');
  const orderUuid = orderUuidOf(row);
  const isOfOrder = about === ORDER_EVENT;
  const message = cloudEvent(
    { type, time, source, dataschema: isOfOrder ? DATA_SCHEMAS.order : DATA_SCHEMAS.item },
    {
      ...(isOfOrder ? { orderUuid } : { orderUuid, itemUuid: about }),
      sequence: Number(sequence),
      ...JSON.parse(data),
    },
  );
  return { key: { pk, sk }, body: JSON.stringify(message), webhookAt };
};

/** How often the reconciler has claimed a record since its last success. */
export const readRescueCount = (row: Row): number => z.parse(rescueCountSchema, row).rescueCount;

const rescueCountSchema = z.object({ rescueCount: z._default(z.number(), 0) });

type MarginSettings = Pick<Settings, 'rescueMarginInSeconds'>;

/** The attributes of a fresh hint. It is due, so that the reconciler claims it if no check reads it in time. */
export const freshHint = (orderUuid: string, requestedAt: Instant, settings: MarginSettings) => ({
  ...envelope(requestedAt, STATE_IN_SECONDS),
  requestedAt,
  [TABLE.unresolvedSince]: requestedAt,
  ...rescueAfter(requestedAt, orderUuid, settings),
});

/** Attributes that make a record due for a rescue once the margin has passed. */
export const rescueAfter = (from: Instant, orderUuid: string, { rescueMarginInSeconds }: MarginSettings) => ({
  due: lanePartition('RESCUE', orderUuid),
  dueAt: plusSeconds(from, rescueMarginInSeconds),
});

/** The attributes of a due record, to be removed once it is no longer due. */
export const DUE_ATTRIBUTES = ['due', 'dueAt', 'rescueCount'] as const;
