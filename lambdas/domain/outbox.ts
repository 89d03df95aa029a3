import {
  type CloudEvent,
  EVENT_TYPES,
  type EventType,
  type FoundBy,
  type ItemEventData,
  type OrderEventData,
} from '../contracts/events.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Transition } from './judge-item.ts';
import type { ItemState, OrderState } from './model.ts';
import { isFinal, STATUS } from './status.ts';
import type { Instant } from './time.ts';

/** A message as it will be published, and the keys that it is stored under. */
export interface OutboxEvent {
  readonly orderUuid: string;
  /** `undefined` for an event of the order itself. */
  readonly itemUuid?: string;
  readonly sequence: number;
  readonly message: CloudEvent;
  /** Whether subscribers get it; otherwise it only stands in the order's story. */
  readonly published: boolean;
  /** When the webhook came that told of the final status in it. */
  readonly toldAt?: Instant;
}

const TEMPORARY: ReadonlySet<EventType> = new Set([
  EVENT_TYPES.pending,
  EVENT_TYPES.refundStarted,
  EVENT_TYPES.cancellationError,
]);

const TELLS_FINAL_STATUS: ReadonlySet<EventType> = new Set([
  EVENT_TYPES.ok,
  EVENT_TYPES.ko,
  EVENT_TYPES.refunded,
  EVENT_TYPES.vouchersAvailable,
  EVENT_TYPES.settled,
]);

/** Whether an event tells of a final status, as its message attribute `final` says. */
export const isFinalEvent = (type: EventType): boolean => TELLS_FINAL_STATUS.has(type);

/** The message for a step in an item's story, or `undefined` where there is no event type for it. */
export const itemEvent = (
  { type, item, previousStatus }: Transition,
  order: OrderState,
  foundBy: FoundBy,
  time: Instant,
  source: string,
  settings: Pick<Settings, 'temporaryEvents'>,
): OutboxEvent | undefined => {
  if (!type) return undefined;
  const { orderUuid } = order;
  const { maxConfirmationTime: _, ...product } = item.product;
  const data: ItemEventData = {
    ...naming(order),
    itemUuid: item.itemUuid,
    sequence: item.sequence,
    status: item.status,
    ...(previousStatus && { previousStatus }),
    since: item.since,
    foundBy,
    confirmBy: item.confirmBy,
    product,
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
    message: envelope(type, `${subject}/${item.sequence}`, subject, time, source, data),
    published: settings.temporaryEvents || !TEMPORARY.has(type),
  };
};

/** The message that every item of an order is final. */
export const settledEvent = (
  order: OrderState,
  items: readonly ItemState[],
  time: Instant,
  source: string,
): OutboxEvent => {
  const { orderUuid, settledCount: sequence } = order;
  const data: OrderEventData = {
    ...naming(order),
    sequence,
    status: order.status ?? 'UNKNOWN',
    items: items.map(({ itemUuid, status }) => ({ uuid: itemUuid, status })),
  };
  return {
    orderUuid,
    sequence,
    message: envelope(EVENT_TYPES.settled, `${orderUuid}/order/${sequence}`, orderUuid, time, source, data),
    published: true,
  };
};

const naming = ({ orderUuid, identifier, reference }: OrderState) => ({
  orderUuid,
  ...(identifier && { orderIdentifier: identifier }),
  ...(reference && { reference }),
});

const envelope = (
  type: EventType,
  id: string,
  subject: string,
  time: Instant,
  source: string,
  data: ItemEventData | OrderEventData,
): CloudEvent => ({
  specversion: '1.0',
  id,
  source,
  type,
  subject,
  time,
  datacontenttype: 'application/json',
  data,
});
