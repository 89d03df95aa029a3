import * as z from 'zod/mini';
import { DATA_SCHEMAS, EVENT_TYPES, type EventType } from '../../events/index.ts';
import { field, instantSchema, keysOf, listOf, lowerCaseUuidSchema, named } from './contract-registry.ts';
import { foundBySchema } from './found-by.ts';

/** When each event is published, in Markdown. */
export const EVENT_DESCRIPTIONS = {
  [EVENT_TYPES.ok]: 'The item is confirmed. `vouchers` may still be empty.',
  [EVENT_TYPES.ko]:
    'The item was rejected or failed. `cancellationReason` is set if Musement gives a reason.',
  [EVENT_TYPES.refunded]: 'The item was refunded, partially or fully.',
  [EVENT_TYPES.vouchersAvailable]:
    '`order_item.ok` came without vouchers and they are there now, or they have changed. No webhook announces a change: it is found by the next check of the order, after the `OK` by a follow-up (setting `followUps`).',
  [EVENT_TYPES.overdue]:
    'The item is still open after `confirmBy`. Published again if the deadline moves later and passes again (another `paidAt` or confirmation time), or if tracking had ended and started again.',
  [EVENT_TYPES.missing]:
    'Every answer of Musement about the order has lacked the open item for a day (setting `missingAfter`), for example because it was booked again under another UUID. The order can become settled without it. The item is still checked. If it comes back, it counts again.',
  [EVENT_TYPES.trackingEnded]:
    'The item is still open 180 days after its deadline, Musement has given no usable answer about its order for 180 days, or you stopped tracking the order (`foundBy` is `untrack` then). The item is not checked any more unless a webhook or a track request comes.',
  [EVENT_TYPES.pending]:
    'Temporary status: the booking is in progress. Published only with the setting `temporaryEvents`.',
  [EVENT_TYPES.refundStarted]:
    'Temporary status: the item is being refunded. Published only with the setting `temporaryEvents`.',
  [EVENT_TYPES.cancellationError]:
    "Temporary status: the item's cancellation failed, and Musement's Customer Care looks into it. Published only with the setting `temporaryEvents`.",
  [EVENT_TYPES.settled]:
    'Every item of the order is final. Published again if the order was reopened and settled again.',
} as const satisfies Readonly<Record<EventType, string>>;

const itemTypes = keysOf(EVENT_DESCRIPTIONS).filter((type) => type !== EVENT_TYPES.settled);

const itemEventTypeSchema = named(
  'ItemEventType',
  'What happened to the item. New types that begin with `order_item.` can be added: ignore those that you do not know.',
  z.enum(itemTypes),
);

/** UUID and names of the order, which both kinds of events have. */
const orderFields = {
  orderUuid: field(lowerCaseUuidSchema, "The order's UUID."),
  orderIdentifier: z.optional(
    field(z.string(), 'The name that Musement gives the order, such as `MUS0738876`.'),
  ),
  reference: z.optional(field(z.string(), 'Your own reference, if the track request had one.')),
};

/** The product of an item. */
export const productSchema = named(
  'EventProduct',
  "What is known of the item's product, as Musement writes it.",
  z.object({
    type: z.optional(field(z.string(), 'Type of the product, such as `musement`.')),
    title: z.optional(field(z.string(), 'Title of the activity.')),
    date: z.optional(
      field(z.string(), 'Date of the activity. It has no fixed form, no time zone, and often no time.'),
    ),
  }),
);

const itemEventDataSchema = named(
  'ItemEventData',
  '`data` of the events about one item.',
  z.object({
    ...orderFields,
    itemUuid: field(lowerCaseUuidSchema, "The item's UUID."),
    sequence: field(
      z.int().check(z.minimum(1)),
      'Grows with every transition of the item. Not every transition is published, so numbers can be missing. A higher number is newer.',
    ),
    status: field(
      z.string().check(z.minLength(1)),
      "The item's status. `OK`, `KO` and `REFUNDED` are final. Any other is open, also one that Musement does not document.",
    ),
    previousStatus: z.optional(
      field(z.string(), 'The status before, if the transition changed it and the item was known before.'),
    ),
    since: field(instantSchema, 'When the request to Musement was sent that first showed this status.'),
    foundBy: foundBySchema,
    confirmBy: z.optional(
      field(instantSchema, "Deadline of the item's confirmation: of its current or last open period."),
    ),
    product: productSchema,
    vouchers: field(
      listOf(z.string()),
      'Voucher URLs, if the status is `OK`. Anyone who has a URL can read the voucher: treat them as secrets.',
    ),
    cancellationReason: z.optional(
      field(
        z.string(),
        'Why the item is `KO` or `REFUNDED`, such as `REJECTED-ORDER`, if Musement gives a reason.',
      ),
    ),
  }),
);

const settledItemSchema = named(
  'SettledItem',
  'An item of a settled order.',
  z.object({
    uuid: field(lowerCaseUuidSchema, "The item's UUID."),
    status: field(z.string().check(z.minLength(1)), "The item's final status."),
  }),
);

const orderEventDataSchema = named(
  'OrderEventData',
  '`data` of the events about an order as a whole.',
  z.object({
    ...orderFields,
    sequence: field(
      z.int().check(z.minimum(1)),
      'How often the order has settled. A higher number is newer.',
    ),
    status: field(
      z.string().check(z.minLength(1)),
      "The order's own status, as Musement writes it; `UNKNOWN` if there is none.",
    ),
    items: field(
      listOf(settledItemSchema),
      'The items of the order, without those that Musement no longer shows.',
    ),
  }),
);

const envelope = {
  specversion: field(z.literal('1.0'), 'Version of CloudEvents.'),
  id: field(
    z.string().check(z.minLength(1)),
    '`<orderUuid>/<itemUuid>/<sequence>`, or `<orderUuid>/order/<sequence>`. Every repetition of a message has the same: remember it to process each message once.',
  ),
  source: field(
    z.string().check(z.minLength(1)),
    'The deployment that publishes: `urn:musement-order-tracker:<trackerName>`.',
  ),
  subject: field(
    z.string().check(z.minLength(1)),
    "What the event is about: `<orderUuid>/<itemUuid>`, or the order's UUID. `data.sequence` counts within it.",
  ),
  time: field(instantSchema, 'When the request to Musement was sent that showed it.'),
  datacontenttype: field(z.literal('application/json'), 'Media type of `data`.'),
};

const itemEventSchema = named(
  'ItemEvent',
  'An event about one item of an order, as a CloudEvent 1.0.',
  z.object({
    ...envelope,
    type: itemEventTypeSchema,
    dataschema: field(z.literal(DATA_SCHEMAS.item), 'Schema of `data`.'),
    data: itemEventDataSchema,
  }),
);

const orderEventSchema = named(
  'OrderEvent',
  'An event about an order as a whole, as a CloudEvent 1.0.',
  z.object({
    ...envelope,
    type: field(z.literal(EVENT_TYPES.settled), EVENT_DESCRIPTIONS[EVENT_TYPES.settled]),
    dataschema: field(z.literal(DATA_SCHEMAS.order), 'Schema of `data`.'),
    data: orderEventDataSchema,
  }),
);

named('TrackerEvent', 'One message on the topic.', z.union([itemEventSchema, orderEventSchema]));

named(
  'MessageAttributes',
  'SNS message attributes, for filter policies. All are of the type `String`.',
  z.object({
    type: field(z.string(), "The event's `type`."),
    status: z.optional(
      field(
        z.string(),
        '`data.status`. Left out if it has other characters than letters, digits, `_`, `.` and `-`, or more than 64.',
      ),
    ),
    final: field(
      z.literal(['true', 'false']),
      '`true` for `order_item.ok`, `.ko`, `.refunded`, `.vouchers_available` and `order.settled`, else `false`.',
    ),
    order_uuid: field(lowerCaseUuidSchema, '`data.orderUuid`.'),
    product_type: z.optional(
      field(z.string(), '`data.product.type` of an item. Left out under the same condition as `status`.'),
    ),
  }),
);
