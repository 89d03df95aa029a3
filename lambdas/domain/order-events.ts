import {
  type CloudEvent,
  EVENT_TYPES,
  type EventType,
  type FoundBy,
  type ItemEventData,
  type OrderEventData,
} from '../contracts/events.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Transition } from './item-transitions.ts';
import type { ItemState, OrderState } from './model.ts';
import { omit } from './omit.ts';
import { isFinal, STATUS } from './status.ts';
import type { Instant } from './time.ts';

/** An event as it is stored, with the message as it will be published. */
export interface OutboxEvent {
  readonly orderUuid: string;
  /** `undefined` for an event of the order itself. */
  readonly itemUuid?: string;
  readonly sequence: number;
  readonly message: CloudEvent;
  /** Whether it is published; otherwise it is only part of the order's timeline. */
  readonly published: boolean;
  /** When the webhook came that said the final status in it. */
  readonly webhookAt?: Instant | undefined;
}

const TEMPORARY: ReadonlySet<EventType> = new Set([
  EVENT_TYPES.pending,
  EVENT_TYPES.refundStarted,
  EVENT_TYPES.cancellationError,
]);

const FINAL_TYPES: ReadonlySet<EventType> = new Set([
  EVENT_TYPES.ok,
  EVENT_TYPES.ko,
  EVENT_TYPES.refunded,
  EVENT_TYPES.vouchersAvailable,
  EVENT_TYPES.settled,
]);

/** Whether an event is about a final status; value of its message attribute `final`. */
export const isFinalEvent = (type: EventType): boolean => FINAL_TYPES.has(type);

/** How and when the transitions of a check were found. */
export interface Finding {
  readonly foundBy: FoundBy;
  /** When the GET was sent. */
  readonly time: Instant;
  /** CloudEvents `source`. */
  readonly source: string;
}

/** The event for a transition, or `undefined` for an unknown status, which has no event type. */
export const itemEvent = (
  { type, item, previousStatus }: Transition,
  order: OrderState,
  { foundBy, time, source }: Finding,
  settings: Settings,
): OutboxEvent | undefined => {
  if (!type) return undefined;
  const { orderUuid } = order;
  const data: ItemEventData = {
    ...identityOf(order),
    itemUuid: item.itemUuid,
    sequence: item.sequence,
    status: item.status,
    ...(previousStatus && { previousStatus }),
    since: item.since,
    foundBy,
    confirmBy: item.confirmBy,
    product: omit(item.product, 'maxConfirmationTime'),
    vouchers: item.status === STATUS.ok ? item.vouchers : [],
    ...(item.cancellationReason &&
      isFinal(item.status) &&
      item.status !== STATUS.ok && { cancellationReason: item.cancellationReason }),
  };
  const subject = `${orderUuid}/${item.itemUuid}`;
  return {
    orderUuid,
    itemUuid: item.itemUuid,
    sequence: item.sequence,
    message: { ...envelope(type, time, source), id: `${subject}/${item.sequence}`, subject, data },
    published: settings.temporaryEvents || !TEMPORARY.has(type),
  };
};

/** The event that every item of an order is final. */
export const settledEvent = (
  order: OrderState,
  items: readonly ItemState[],
  { time, source }: Pick<Finding, 'time' | 'source'>,
): OutboxEvent => {
  const { orderUuid, settledCount: sequence } = order;
  const data: OrderEventData = {
    ...identityOf(order),
    sequence,
    status: order.status ?? 'UNKNOWN',
    items: items.map(({ itemUuid, status }) => ({ uuid: itemUuid, status })),
  };
  return {
    orderUuid,
    sequence,
    message: {
      ...envelope(EVENT_TYPES.settled, time, source),
      id: `${orderUuid}/order/${sequence}`,
      subject: orderUuid,
      data,
    },
    published: true,
  };
};

const identityOf = ({ orderUuid, identifier, reference }: OrderState) => ({
  orderUuid,
  ...(identifier && { orderIdentifier: identifier }),
  ...(reference && { reference }),
});

const envelope = (type: EventType, time: Instant, source: string) => ({
  specversion: '1.0' as const,
  source,
  type,
  time,
  datacontenttype: 'application/json' as const,
});
