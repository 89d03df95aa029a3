/**
 * What subscribers receive: CloudEvents 1.0 in structured JSON mode. These names are the product's public
 * interface; once published they change only with a new major version.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export const EVENT_TYPES = {
  ok: 'order_item.ok',
  ko: 'order_item.ko',
  refunded: 'order_item.refunded',
  vouchersAvailable: 'order_item.vouchers_available',
  overdue: 'order_item.overdue',
  missing: 'order_item.missing',
  trackingEnded: 'order_item.tracking_ended',
  pending: 'order_item.pending',
  refundStarted: 'order_item.refund_started',
  cancellationError: 'order_item.cancellation_error',
  settled: 'order.settled',
} as const;

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];

/**
 * Why an order was checked: `webhook` because of a webhook, `track` because of a track request, `schedule` by a scheduled
 * check, `follow_up` by a check of an order without open items, `rescue` by a check that came late.
 */
export type CheckReason = 'webhook' | 'track' | 'schedule' | 'follow_up' | 'rescue';

/**
 * How a transition was found: `webhook` by a webhook that says its status, `untrack` by a request to stop tracking, which
 * ends it, otherwise by the check that was made for this reason.
 */
export type FoundBy = CheckReason | 'untrack';

/** What is known of the product of an item. */
export interface EventProduct {
  readonly type?: string;
  readonly title?: string;
  /** Date of the activity, as the provider writes it. */
  readonly date?: string;
}

/** `data` of an `order_item.*` event. */
export interface ItemEventData {
  readonly orderUuid: string;
  /** Such as `MUS0738876`. */
  readonly orderIdentifier?: string;
  /** The partner's own reference, from the track request. */
  readonly reference?: string;
  readonly itemUuid: string;
  /** Grows with every transition of the item. Numbers can be missing, and are never used twice. */
  readonly sequence: number;
  readonly status: string;
  readonly previousStatus?: string;
  /** When we first observed this status: ISO 8601 in UTC. */
  readonly since: string;
  readonly foundBy: FoundBy;
  /** Deadline of the item's current or last open period: ISO 8601 in UTC. */
  readonly confirmBy?: string;
  readonly product: EventProduct;
  /** URLs of the vouchers. Bearer links: anyone who has one can open the voucher. */
  readonly vouchers: readonly string[];
  /** Reason code of a `KO` or `REFUNDED`, such as `REJECTED-ORDER`. */
  readonly cancellationReason?: string;
}

/** `data` of an `order.settled` event. */
export interface OrderEventData {
  readonly orderUuid: string;
  readonly orderIdentifier?: string;
  readonly reference?: string;
  /** How often the order has settled, from 1. */
  readonly sequence: number;
  /** The order's own status, as the provider writes it. */
  readonly status: string;
  readonly items: readonly { readonly uuid: string; readonly status: string }[];
}

/** One message on the topic. */
export interface CloudEvent<Data = ItemEventData | OrderEventData> {
  readonly specversion: '1.0';
  /** `<orderUuid>/<itemUuid>/<sequence>` or `<orderUuid>/order/<sequence>`; the same for every repetition. */
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  /** `<orderUuid>/<itemUuid>`, or the order's UUID. */
  readonly subject: string;
  /** When it was observed: ISO 8601 in UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Data;
}

/** Names of the SNS message attributes, for filter policies. */
export const MESSAGE_ATTRIBUTES = {
  type: 'type',
  status: 'status',
  /** `true` for `ok`, `ko`, `refunded`, `vouchers_available` and `order.settled`, else `false`. */
  final: 'final',
  orderUuid: 'order_uuid',
  /** Items only. */
  productType: 'product_type',
} as const;
