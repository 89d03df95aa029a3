// Generated from lambdas/contracts/event-schemas.ts by `npm run contract`. Do not edit.

/** What is known of the item's product, as Musement writes it. */
export interface EventProduct {
  /** Type of the product, such as `musement`. */
  readonly type?: string;
  /** Title of the activity. */
  readonly title?: string;
  /** Date of the activity. It has no fixed form, no time zone, and often no time. */
  readonly date?: string;
}

/** How the status was found, or what ended the tracking. New values can be added. Values: `webhook`, with a webhook that says this status; `schedule`, by a scheduled check, without such a webhook; `track`, by a check that a track request caused; `follow_up`, by a routine check of an order in which nothing was open; `rescue`, by a check that came late, because an execution or message had been lost; `untrack`, it was stored already: you stopped tracking the order. Only in `order_item.tracking_ended`. */
export type FoundBy = 'webhook' | 'schedule' | 'track' | 'follow_up' | 'rescue' | 'untrack';

/** An event about one item of an order, as a CloudEvent 1.0. */
export interface ItemEvent {
  /** Version of CloudEvents. */
  readonly specversion: '1.0';
  /** `<orderUuid>/<itemUuid>/<sequence>`, or `<orderUuid>/order/<sequence>`. Every repetition of a message has the same: remember it to process each message once. */
  readonly id: string;
  /** The deployment that publishes: `urn:musement-order-tracker:<trackerName>`. */
  readonly source: string;
  /** What the event is about: `<orderUuid>/<itemUuid>`, or the order's UUID. `data.sequence` counts within it. */
  readonly subject: string;
  /** When the request to Musement was sent that showed it. */
  readonly time: string;
  /** Media type of `data`. */
  readonly datacontenttype: 'application/json';
  readonly type: ItemEventType;
  /** Schema of `data`. */
  readonly dataschema: 'https://unpkg.com/musement-order-tracker/docs/schemas/v1/item-event-data.json';
  readonly data: ItemEventData;
}

/** `data` of the events about one item. */
export interface ItemEventData {
  /** The order's UUID. */
  readonly orderUuid: string;
  /** The name that Musement gives the order, such as `MUS0738876`. */
  readonly orderIdentifier?: string;
  /** Your own reference, if the track request had one. */
  readonly reference?: string;
  /** The item's UUID. */
  readonly itemUuid: string;
  /** Grows with every transition of the item. Not every transition is published, so numbers can be missing. A higher number is newer. */
  readonly sequence: number;
  /** The item's status. `OK`, `KO` and `REFUNDED` are final. Any other is open, also one that Musement does not document. */
  readonly status: string;
  /** The status before, if the transition changed it and the item was known before. */
  readonly previousStatus?: string;
  /** When the request to Musement was sent that first showed this status. */
  readonly since: string;
  readonly foundBy: FoundBy;
  /** Deadline of the item's confirmation: of its current or last open period. */
  readonly confirmBy?: string;
  readonly product: EventProduct;
  /** Voucher URLs, if the status is `OK`. Anyone who has a URL can read the voucher: treat them as secrets. */
  readonly vouchers: readonly string[];
  /** Why the item is `KO` or `REFUNDED`, such as `REJECTED-ORDER`, if Musement gives a reason. */
  readonly cancellationReason?: string;
}

/** What happened to the item. New types that begin with `order_item.` can be added: ignore those that you do not know. */
export type ItemEventType = 'order_item.ok' | 'order_item.ko' | 'order_item.refunded' | 'order_item.vouchers_available' | 'order_item.overdue' | 'order_item.missing' | 'order_item.tracking_ended' | 'order_item.pending' | 'order_item.refund_started' | 'order_item.cancellation_error';

/** An event about an order as a whole, as a CloudEvent 1.0. */
export interface OrderEvent {
  /** Version of CloudEvents. */
  readonly specversion: '1.0';
  /** `<orderUuid>/<itemUuid>/<sequence>`, or `<orderUuid>/order/<sequence>`. Every repetition of a message has the same: remember it to process each message once. */
  readonly id: string;
  /** The deployment that publishes: `urn:musement-order-tracker:<trackerName>`. */
  readonly source: string;
  /** What the event is about: `<orderUuid>/<itemUuid>`, or the order's UUID. `data.sequence` counts within it. */
  readonly subject: string;
  /** When the request to Musement was sent that showed it. */
  readonly time: string;
  /** Media type of `data`. */
  readonly datacontenttype: 'application/json';
  /** Every item of the order is final. Published again if the order was reopened and settled again. */
  readonly type: 'order.settled';
  /** Schema of `data`. */
  readonly dataschema: 'https://unpkg.com/musement-order-tracker/docs/schemas/v1/order-event-data.json';
  readonly data: OrderEventData;
}

/** `data` of the events about an order as a whole. */
export interface OrderEventData {
  /** The order's UUID. */
  readonly orderUuid: string;
  /** The name that Musement gives the order, such as `MUS0738876`. */
  readonly orderIdentifier?: string;
  /** Your own reference, if the track request had one. */
  readonly reference?: string;
  /** How often the order has settled. A higher number is newer. */
  readonly sequence: number;
  /** The order's own status, as Musement writes it; `UNKNOWN` if there is none. */
  readonly status: string;
  /** The items of the order, without those that Musement no longer shows. */
  readonly items: readonly SettledItem[];
}

/** An item of a settled order. */
export interface SettledItem {
  /** The item's UUID. */
  readonly uuid: string;
  /** The item's final status. */
  readonly status: string;
}

/** One message on the topic. */
export type TrackerEvent = ItemEvent | OrderEvent;
