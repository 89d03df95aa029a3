import * as z from 'zod/mini';

/** A UUID in lower or upper case, as the provider and callers write it. */
export const uuidSchema = z
  .string()
  .check(z.regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a UUID'));
const digits = z.string().check(z.regex(/^\d{1,20}$/, 'must be 1 to 20 digits in a string'));
const timestamp = z
  .string()
  .check(
    z.regex(
      /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/,
      'must be an ISO 8601 date and time with an offset',
    ),
  );

/** The longest status that the provider documents has 18 characters. */
const MAX_STATUS_CHARACTERS = 64;

/** Characters that cannot be printed, and those that change how a terminal shows the text around them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The status of an item, in a webhook or in an answer of the provider. Any spelling is taken as it is: one that we do not
 * know counts as open. White space around it is removed, it is cut after 64 characters, and what cannot be printed is
 * replaced, because a status is stored in keys, logged and published. Only an empty text is no status.
 */
export const statusSchema = z.string().check(
  z.overwrite((text) => text.trim().slice(0, MAX_STATUS_CHARACTERS).replaceAll(UNPRINTABLE, '\ufffd')),
  z.minLength(1, 'must not be empty'),
);

/**
 * The body of a webhook. All fields are required strings; a status that we do not know is accepted in any spelling;
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
