import * as z from 'zod/mini';

/** A UUID in lower or upper case, as the provider and callers write it. */
export const uuidSchema = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a UUID'));
const digits = z.string().check(z.regex(/^\d{1,20}$/, 'must be 1 to 20 digits in a string'));
const timestamp = z
  .string()
  .check(
    z.regex(
      /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/,
      'must be an ISO 8601 date and time with an offset',
    ),
  );
/** A status of an item, whether or not we know it. */
export const statusSchema = z
  .string()
  .check(z.regex(/^[A-Z][A-Z0-9_-]{0,63}$/, 'must be a status in capitals'));

/**
 * The body of a webhook. All fields are required strings; a status that we do not know is accepted;
 * additional fields are dropped.
 * @see https://partner-api.musement.com/guide/orders-management/order-item-webhook
 */
export const webhookSchema = z.object({
  order_id: digits,
  order_uuid: uuidSchema,
  order_created: timestamp,
  order_updated: timestamp,
  order_version: digits,
  order_item_uuid: uuidSchema,
  order_item_created: timestamp,
  order_item_updated: timestamp,
  order_item_version: digits,
  order_item_status: statusSchema,
});

/** A webhook as received. */
export type Webhook = z.infer<typeof webhookSchema>;
