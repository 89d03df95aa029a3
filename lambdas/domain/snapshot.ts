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
  /** How many items could not be read. */
  readonly unreadable: number;
  /** How many voucher URLs were left out because a record or a message could not hold them. */
  readonly vouchersLeftOut?: number | undefined;
}

/**
 * Limit of one item's voucher URLs, written as JSON. A record may have 400 KB and a message 256 KB, for the URLs and
 * everything else.
 */
const MAX_VOUCHERS_BYTES = 128 * 1024;

/** Text, cut after so many characters. Unpaired surrogates, which DynamoDB rejects, are replaced. */
const textUpTo = (length: number) =>
  z.catch(
    z.optional(
      z.pipe(
        z.string(),
        z.transform((value) => value.slice(0, length).toWellFormed()),
      ),
    ),
    undefined,
  );

const word = textUpTo(128);

const itemSchema = z.object({
  uuid: uuidSchema,
  status: statusSchema,
  /** A reason code is written like a status; anything else might be free text about a person. */
  cancellation_reason: z.catch(z.optional(statusSchema), undefined),
  product: z.catch(
    z.optional(z.object({ type: word, title: textUpTo(1024), date: word, max_confirmation_time: word })),
    undefined,
  ),
  vouchers: z.optional(z.unknown()),
});

const orderSchema = z.object({
  status: word,
  identifier: word,
  date: word,
  items: z.catch(z.array(z.unknown()), []),
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
  const order = parsed.data;
  const items = new Map<string, SeenItem>();
  let unreadable = 0;
  let vouchersLeftOut = 0;
  for (const candidate of order.items) {
    const item = itemSchema.safeParse(candidate);
    if (!item.success) {
      unreadable++;
      continue;
    }
    const itemUuid = item.data.uuid.toLowerCase();
    const { type, title, date, max_confirmation_time: maxConfirmationTime } = item.data.product ?? {};
    const urls = voucherUrls(item.data.vouchers);
    const vouchers = withinLimit(urls);
    vouchersLeftOut += urls.length - vouchers.length;
    items.set(itemUuid, {
      itemUuid,
      status: item.data.status,
      vouchers,
      product: withoutUndefined({ type, title, date, maxConfirmationTime }),
      cancellationReason: item.data.cancellation_reason,
    });
  }
  return {
    status: order.status,
    identifier: order.identifier,
    date: parseTimestamp(order.date),
    items: [...items.values()],
    unreadable,
    vouchersLeftOut: vouchersLeftOut || undefined,
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
