import {
  DATA_SCHEMAS,
  EVENT_TYPES,
  type EventType,
  type FoundBy,
  type ItemEventData,
  type OrderEventData,
  type TrackerEvent,
} from '../../events/index.ts';
import type { Transition } from './item-transitions.ts';
import type { CheckContext, ItemState, OrderState } from './model.ts';
import { omit } from './omit.ts';
import { isFinal, STATUS } from './status.ts';
import type { Instant } from './time.ts';

/** A new event of an order, with the message that is published. */
export interface OutboxEvent {
  readonly message: TrackerEvent;
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

/** What an event is made from, besides what it reports. */
export type EventContext = Pick<CheckContext, 'sentAt' | 'source' | 'settings'>;

/** The event of a transition. */
export const itemEvent = (
  { type, item, previousStatus }: Transition,
  order: OrderState,
  foundBy: FoundBy,
  check: EventContext,
): OutboxEvent => {
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
  return {
    message: cloudEvent({ ...attributesOf(check), type, dataschema: DATA_SCHEMAS.item }, data),
    published: check.settings.temporaryEvents || !TEMPORARY.has(type),
  };
};

/** The event that every item of an order is final. */
export const settledEvent = (
  order: OrderState,
  items: readonly ItemState[],
  check: Pick<CheckContext, 'sentAt' | 'source'>,
): OutboxEvent => {
  const { settledCount: sequence } = order;
  const data: OrderEventData = {
    ...identityOf(order),
    sequence,
    status: order.status ?? 'UNKNOWN',
    items: items.map(({ itemUuid, status }) => ({ uuid: itemUuid, status })),
  };
  return {
    message: cloudEvent(
      { ...attributesOf(check), type: EVENT_TYPES.settled, dataschema: DATA_SCHEMAS.order },
      data,
    ),
    published: true,
  };
};

const identityOf = ({ orderUuid, identifier, reference }: OrderState) => ({
  orderUuid,
  ...(identifier && { orderIdentifier: identifier }),
  ...(reference && { reference }),
});

/** What makes the id of an event: the order, the item if the event is about one, and the sequence. */
interface EventIdentity {
  readonly orderUuid: string;
  readonly itemUuid?: string;
  readonly sequence: number;
}

const attributesOf = ({ sentAt, source }: Pick<CheckContext, 'sentAt' | 'source'>) => ({
  source,
  time: sentAt,
});

/**
 * The message of an event. Its id follows from the order, the item and the sequence, so that it never changes.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export const cloudEvent = <Attributes extends object, Data extends EventIdentity>(
  attributes: Attributes,
  data: Data,
) => {
  const { orderUuid, itemUuid, sequence } = data;
  return {
    specversion: '1.0' as const,
    id: `${orderUuid}/${itemUuid ?? 'order'}/${sequence}`,
    subject: itemUuid ? `${orderUuid}/${itemUuid}` : orderUuid,
    datacontenttype: 'application/json' as const,
    ...attributes,
    data,
  };
};
