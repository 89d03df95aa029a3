import * as z from 'zod/mini';
import { field, named } from './contract-registry.ts';
import { trackBodySchema } from './track-request.ts';
import { webhookSchema } from './webhook.ts';

/**
 * A schema that a function parses requests with, with the descriptions of its fields: they stand here, so that they are not
 * in the function's bundle.
 */
const described = <Shape extends Readonly<Record<string, z.ZodMiniType>>>(
  schema: z.ZodMiniObject<Shape>,
  descriptions: Readonly<Record<keyof Shape, string>>,
): z.ZodMiniObject =>
  z.extend(
    schema,
    Object.fromEntries(
      Object.entries(schema.shape).map(([name, part]) => [name, field(part, descriptions[name] ?? '')]),
    ),
  );

named(
  'TrackRequest',
  'A request to track an order. Both fields are optional, and so is the body.',
  described(trackBodySchema, {
    paidAt:
      "When the order was paid: ISO 8601 with an offset, such as `2026-11-24T10:00:00Z`, not in the future. The confirmation time is counted from it. Without it, the confirmation time is counted from the order's date, and no item is reported as overdue within 15 minutes of being first seen.",
    reference: 'Your own reference, 1 to 128 characters, no control characters. Every event contains it.',
  }),
);

named(
  'Webhook',
  'A webhook of Musement. Additional fields are dropped.',
  described(webhookSchema, {
    order_id: "The order's number.",
    order_uuid: "The order's UUID.",
    order_created: 'When the order was created.',
    order_updated: 'When the order was changed.',
    order_version: 'Counts the changes of the order.',
    order_item_uuid: "The item's UUID.",
    order_item_created: 'When the item was created.',
    order_item_updated: 'When the item was changed.',
    order_item_version:
      'Counts the changes of the item: of two webhooks, the one with the higher version is newer.',
    order_item_status: "The item's new status. One that Musement does not document is accepted.",
  }),
);
