import * as z from 'zod/mini';
import { statusSchema, uuidSchema } from '../contracts/webhook.ts';
import { parseTimestamp } from './calendar.ts';
import type { Product } from './model.ts';
import type { Instant } from './time.ts';

/** One readable item in an answer of the provider. */
export interface SeenItem {
  readonly itemUuid: string;
  readonly status: string;
  readonly vouchers: readonly string[];
  readonly product: Product;
  readonly cancellationReason?: string | undefined;
}

/** One answer of `GET /orders/{uuid}`, reduced to the few fields that are used. */
export interface Snapshot {
  readonly status?: string | undefined;
  readonly identifier?: string | undefined;
  readonly date?: Instant | undefined;
  readonly items: readonly SeenItem[];
  /** How many items could not be read, or have the UUID of another item. */
  readonly unreadable: number;
  /** How many voucher URLs were left out because a record or a message could not hold them. */
  readonly vouchersLeftOut?: number | undefined;
}

/**
 * Limit of one item's voucher URLs, written as JSON. A record may have 400 KB and a message 256 KB, for the URLs and
 * everything else.
 */
const MAX_VOUCHERS_BYTES = 128 * 1024;

/** A field that may be missing or of another type. */
const tolerant = <T>(field: z.ZodMiniType<T, unknown>) => z.catch(z.optional(field), undefined);

/**
 * Text without the white space around it, cut to a maximum number of characters. Unpaired surrogates, which DynamoDB rejects, are
 * replaced.
 */
const textUpTo = (length: number) =>
  tolerant(z.string().check(z.overwrite((text) => text.trim().slice(0, length).toWellFormed())));

const word = textUpTo(128);

/** A reason code is an upper-case word; anything else might be free text about a person. */
const reasonCode = tolerant(z.string().check(z.regex(/^[A-Z][A-Z0-9_-]{0,63}$/)));

const identitySchema = z.object({ uuid: uuidSchema });

const itemSchema = z.extend(identitySchema, {
  status: statusSchema,
  cancellation_reason: reasonCode,
  product: tolerant(z.object({ type: word, title: textUpTo(1024), date: word, max_confirmation_time: word })),
  vouchers: z.optional(z.unknown()),
});

const orderSchema = z.object({
  status: tolerant(statusSchema),
  identifier: word,
  date: word,
  items: z.optional(z.unknown()),
});

/**
 * Reads an answer of the provider. The published description requires almost nothing, so any field but an item's UUID
 * and status may be missing or of another type.
 *
 * @returns `undefined` when the body is not an object at all
 * @see https://partner-api.musement.com/api/booking-flow/order/status
 */
export const parseSnapshot = (body: unknown): Snapshot | undefined => {
  const parsed = orderSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { status, identifier, date, items } = parsed.data;
  const candidates = listOf(items);
  const repeated = repeatedUuids(candidates);
  const readable = candidates
    .flatMap((candidate) => readItem(candidate) ?? [])
    .filter(({ item }) => !repeated.has(item.itemUuid));
  return {
    status,
    identifier,
    date: parseTimestamp(date),
    items: readable.map(({ item }) => item),
    unreadable: candidates.length - readable.length,
    vouchersLeftOut: readable.reduce((sum, item) => sum + item.vouchersLeftOut, 0) || undefined,
  };
};

/**
 * The entries of a list. A list in which a number is missing arrives as an object (PHP writes it so), and a list of one
 * may arrive as this one entry. Anything else is an entry that cannot be read.
 */
const listOf = (value: unknown): readonly unknown[] => {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null || uuidOf(value)) return [value];
  return Object.values(value);
};

const uuidOf = (item: unknown): string | undefined => identitySchema.safeParse(item).data?.uuid.toLowerCase();

/** UUIDs that more than one item has: nothing says which of these items counts. */
const repeatedUuids = (items: readonly unknown[]): ReadonlySet<string> => {
  const uuids = new Set<string>();
  const repeated = new Set<string>();
  for (const item of items) {
    const uuid = uuidOf(item);
    if (uuid) (uuids.has(uuid) ? repeated : uuids).add(uuid);
  }
  return repeated;
};

/** @returns `undefined` when the item cannot be read */
const readItem = (
  candidate: unknown,
): { readonly item: SeenItem; readonly vouchersLeftOut: number } | undefined => {
  const parsed = itemSchema.safeParse(candidate);
  if (!parsed.success) return undefined;
  const { uuid, status, cancellation_reason: cancellationReason, product = {} } = parsed.data;
  const { type, title, date, max_confirmation_time: maxConfirmationTime } = product;
  const urls = voucherUrls(parsed.data.vouchers);
  const vouchers = withinLimit(urls);
  return {
    item: {
      itemUuid: uuid.toLowerCase(),
      status,
      vouchers,
      product: withoutUndefined({ type, title, date, maxConfirmationTime }),
      cancellationReason,
    },
    vouchersLeftOut: urls.length - vouchers.length,
  };
};

/**
 * Finds voucher URLs in any shape: a list of objects with `url`, a list of strings, one object, nothing. They are sorted,
 * so that the same URLs in another order are no change.
 */
const voucherUrls = (vouchers: unknown): string[] => {
  const urls = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === 'string') {
      if (/^https?:\/\//i.test(value)) urls.add(value.toWellFormed());
    } else if (Array.isArray(value)) {
      value.forEach(collect);
    } else if (typeof value === 'object' && value !== null) {
      collect('url' in value ? value.url : Object.values(value));
    }
  };
  collect(vouchers);
  return [...urls].sort();
};

/** The first of the URLs that fit. */
const withinLimit = (urls: readonly string[]): readonly string[] => {
  let bytes = 0;
  const end = urls.findIndex((url) => {
    bytes += Buffer.byteLength(JSON.stringify(url)) + 1;
    return bytes > MAX_VOUCHERS_BYTES;
  });
  return end < 0 ? urls : urls.slice(0, end);
};

/** Without the fields that the answer does not have: as `undefined` they would overwrite what is known of the product. */
const withoutUndefined = (product: Product): Product =>
  Object.fromEntries(Object.entries(product).filter(([, value]) => value !== undefined));
