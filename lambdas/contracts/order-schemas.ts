import * as z from 'zod/mini';
import { field, instantSchema, listOf, lowerCaseUuidSchema, named } from './contract-registry.ts';
import { productSchema } from './event-schemas.ts';
import { TIMELINE_ENTRY_SCHEMAS } from './timeline-schemas.ts';

const at = (description: string) => z.optional(field(instantSchema, description));
const text = (description: string) => z.optional(field(z.string(), description));

const orderItemSchema = named(
  'OrderItem',
  'What is stored about an item.',
  z.object({
    itemUuid: field(lowerCaseUuidSchema, "The item's UUID."),
    status: field(
      z.string().check(z.minLength(1)),
      "The item's status. `OK`, `KO` and `REFUNDED` are final. Any other is open.",
    ),
    since: field(instantSchema, 'When the request to Musement was sent that first showed this status.'),
    sequence: field(z.int().check(z.minimum(0)), "Number of the item's last transition."),
    confirmBy: at("Deadline of the item's confirmation: of its current or last open period."),
    nextCheckAt: at(
      'When the order is checked next because of this item. Left out if the item causes no check.',
    ),
    overdueAt: at('When a check found the item open past its deadline.'),
    trackingEndedAt: at('When the tracking of the item ended although it was open.'),
    missingAt: at(
      'When the item was found to be missing: every answer had lacked it for a day (setting `missingAfter`).',
    ),
    unconfirmedStatus: text('A status that a second answer of Musement must confirm.'),
    product: productSchema,
    vouchers: field(
      listOf(z.string()),
      'Voucher URLs. Anyone who has a URL can read the voucher: treat them as secrets.',
    ),
    cancellationReason: text('Why the item is `KO` or `REFUNDED`, such as `REJECTED-ORDER`.'),
  }),
);

const { track, untrack, webhook, check, event, notification } = TIMELINE_ENTRY_SCHEMAS;

const timelineEntrySchema = named(
  'TimelineEntry',
  'Something that happened to an order. New kinds can be added.',
  z.discriminatedUnion('kind', [track, untrack, webhook, check, event, notification]),
);

const orderSchema = named(
  'Order',
  'What is stored about an order.',
  z.object({
    orderUuid: field(lowerCaseUuidSchema, "The order's UUID."),
    orderIdentifier: text('The name that Musement gives the order, such as `MUS0738876`.'),
    reference: text('Your own reference, if a track request had one.'),
    status: text("The order's own status, as Musement writes it."),
    settled: field(z.boolean(), 'Whether all items are final.'),
    paidAt: at('When the order was paid, if a track request said it.'),
    checkedAt: at('When the last check that got an answer was sent.'),
    nextCheckAt: at(
      'When the order is checked next. Left out before the first check, which comes within seconds, and if nothing is left to check.',
    ),
    items: field(listOf(orderItemSchema), 'What is stored about each item.'),
    timeline: field(listOf(timelineEntrySchema), 'What happened, ascending by `at`.'),
  }),
);

const failureSchema = named(
  'ProviderFailure',
  'Set while Musement gives no usable answer about the order, or allows no requests.',
  z.object({
    count: field(z.int().check(z.minimum(0)), 'Number of failed requests; 0 if none was sent.'),
    firstAt: field(instantSchema, 'When the first of them was sent or postponed.'),
    lastAt: field(instantSchema, 'When the last of them was sent or postponed.'),
    retryAt: field(instantSchema, 'Musement is not asked about the order again before this time.'),
  }),
);

const listedItemSchema = named(
  'ListedItem',
  'An item that is open and tracked, or unconfirmed.',
  z.object({
    itemUuid: field(lowerCaseUuidSchema, "The item's UUID."),
    status: field(z.string().check(z.minLength(1)), "The item's status."),
    confirmBy: field(instantSchema, "Deadline of the item's confirmation."),
    nextCheckAt: at('When the order is checked next because of this item.'),
    overdueAt: at('When a check found the item open past its deadline.'),
    unconfirmedStatus: text('A status that a second answer of Musement must confirm.'),
  }),
);

const listedOrderSchema = named(
  'ListedOrder',
  'An order in a list, without voucher URLs.',
  z.object({
    orderUuid: field(lowerCaseUuidSchema, "The order's UUID."),
    orderIdentifier: text('The name that Musement gives the order, such as `MUS0738876`.'),
    reference: text('Your own reference.'),
    status: text("The order's own status, as Musement writes it."),
    settled: field(z.boolean(), 'Whether all items are final.'),
    nextCheckAt: at('When the order is checked next.'),
    failure: z.optional(failureSchema),
    itemCount: field(z.int().check(z.minimum(0)), 'Number of all items.'),
    listedItemCount: field(
      z.int().check(z.minimum(0)),
      'Number of the items that are open and tracked, or unconfirmed.',
    ),
    items: field(listOf(listedItemSchema), 'These items, the earliest deadline first, at most 100.'),
  }),
);

const orderListSchema = named(
  'OrderList',
  'A page of a list of orders. It can be empty and have a `next` all the same.',
  z.object({
    orders: field(listOf(listedOrderSchema), 'The orders.'),
    next: text(
      'Present if there may be more. Send it with the same query to get the next page. Its content may change.',
    ),
  }),
);

const trackAcceptedSchema = named(
  'TrackAccepted',
  'The track request is stored.',
  z.object({
    orderUuid: field(lowerCaseUuidSchema, "The order's UUID."),
    requestedAt: field(instantSchema, 'When the request was received.'),
  }),
);

const webhookStoredSchema = named(
  'WebhookStored',
  'The webhook is stored. Musement ignores the body.',
  z.object({ stored: z.literal(true) }),
);

named(
  'Error',
  'A request that was rejected.',
  z.object({ message: field(z.string(), 'What is wrong, and what to do.') }),
);

/** The answer to `GET /orders/{orderUuid}`. */
export type Order = z.input<typeof orderSchema>;

/** An order in a list. */
export type ListedOrder = z.input<typeof listedOrderSchema>;

/** The answer to `GET /orders`. */
export type OrderList = z.input<typeof orderListSchema>;

/** The answer to a track request. */
export type TrackAccepted = z.input<typeof trackAcceptedSchema>;

/** The answer to a webhook. */
export type WebhookStored = z.input<typeof webhookStoredSchema>;
