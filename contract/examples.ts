import {
  DATA_SCHEMAS,
  EVENT_TYPES,
  type EventType,
  type ItemEvent,
  type ItemEventData,
  type ItemEventType,
  type OrderEvent,
  type TrackerEvent,
} from '../events/index.ts';
import { keysOf } from '../lambdas/contracts/contract-registry.ts';
import { EVENT_DESCRIPTIONS } from '../lambdas/contracts/event-schemas.ts';

const ORDER_UUID = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';
const ITEM_UUID = '11045e18-e3ca-42e1-acb4-0d5be75036fd';
const SOURCE = 'urn:musement-order-tracker:production';
const CONFIRM_BY = '2026-03-03T09:58:11.000Z';
const VOUCHERS = ['https://vouchers.example.com/11045e18.pdf'];

const itemExample = (
  type: ItemEventType,
  time: string,
  data: Pick<ItemEventData, 'sequence' | 'status'> & Partial<ItemEventData>,
): ItemEvent => ({
  specversion: '1.0',
  id: `${ORDER_UUID}/${ITEM_UUID}/${data.sequence}`,
  source: SOURCE,
  type,
  subject: `${ORDER_UUID}/${ITEM_UUID}`,
  time,
  datacontenttype: 'application/json',
  dataschema: DATA_SCHEMAS.item,
  data: {
    orderUuid: ORDER_UUID,
    orderIdentifier: 'MUS0738876',
    reference: 'B-4711',
    itemUuid: ITEM_UUID,
    since: time,
    foundBy: 'schedule',
    confirmBy: CONFIRM_BY,
    product: { type: 'musement', title: 'Skip-the-line tickets', date: '2026-05-20 10:30' },
    vouchers: [],
    ...data,
  },
});

const SETTLED: OrderEvent = {
  specversion: '1.0',
  id: `${ORDER_UUID}/order/1`,
  source: SOURCE,
  type: EVENT_TYPES.settled,
  subject: ORDER_UUID,
  time: '2026-03-01T10:00:00.000Z',
  datacontenttype: 'application/json',
  dataschema: DATA_SCHEMAS.order,
  data: {
    orderUuid: ORDER_UUID,
    orderIdentifier: 'MUS0738876',
    reference: 'B-4711',
    sequence: 1,
    status: 'OK',
    items: [{ uuid: ITEM_UUID, status: 'OK' }],
  },
};

const PENDING_SINCE = { status: 'PENDING', since: '2026-03-01T09:58:12.000Z' };

/** One example of each type of event. */
export const EVENT_EXAMPLES: Readonly<Record<EventType, TrackerEvent>> = {
  [EVENT_TYPES.pending]: itemExample(EVENT_TYPES.pending, '2026-03-01T09:58:12.000Z', {
    sequence: 1,
    status: 'PENDING',
    foundBy: 'track',
  }),
  [EVENT_TYPES.ok]: itemExample(EVENT_TYPES.ok, '2026-03-01T10:00:00.000Z', {
    sequence: 2,
    status: 'OK',
    previousStatus: 'PENDING',
    foundBy: 'webhook',
    vouchers: VOUCHERS,
  }),
  [EVENT_TYPES.vouchersAvailable]: itemExample(EVENT_TYPES.vouchersAvailable, '2026-03-01T10:05:00.000Z', {
    sequence: 3,
    status: 'OK',
    since: '2026-03-01T10:00:00.000Z',
    vouchers: VOUCHERS,
  }),
  [EVENT_TYPES.ko]: itemExample(EVENT_TYPES.ko, '2026-03-02T08:30:00.000Z', {
    sequence: 2,
    status: 'KO',
    previousStatus: 'PENDING',
    foundBy: 'webhook',
    cancellationReason: 'REJECTED-ORDER',
  }),
  [EVENT_TYPES.overdue]: itemExample(EVENT_TYPES.overdue, CONFIRM_BY, { sequence: 2, ...PENDING_SINCE }),
  [EVENT_TYPES.missing]: itemExample(EVENT_TYPES.missing, '2026-03-02T16:00:00.000Z', {
    sequence: 2,
    ...PENDING_SINCE,
  }),
  [EVENT_TYPES.trackingEnded]: itemExample(EVENT_TYPES.trackingEnded, '2026-08-30T09:58:11.000Z', {
    sequence: 3,
    ...PENDING_SINCE,
  }),
  [EVENT_TYPES.refundStarted]: itemExample(EVENT_TYPES.refundStarted, '2026-04-10T14:00:00.000Z', {
    sequence: 3,
    status: 'REFUND_STARTED',
    previousStatus: 'OK',
    foundBy: 'webhook',
  }),
  [EVENT_TYPES.cancellationError]: itemExample(EVENT_TYPES.cancellationError, '2026-04-10T14:00:00.000Z', {
    sequence: 3,
    status: 'CANCELLATION_ERROR',
    previousStatus: 'OK',
    foundBy: 'webhook',
  }),
  [EVENT_TYPES.refunded]: itemExample(EVENT_TYPES.refunded, '2026-04-11T07:12:00.000Z', {
    sequence: 4,
    status: 'REFUNDED',
    previousStatus: 'REFUND_STARTED',
    foundBy: 'follow_up',
    cancellationReason: 'CANCELLED-BY-CUSTOMER',
  }),
  [EVENT_TYPES.settled]: SETTLED,
};

/** Every type of event, in the order of the documents. */
export const DOCUMENTED_TYPES = keysOf(EVENT_DESCRIPTIONS);
