import { EVENT_TYPES, type FoundBy, type ItemEventType } from '../../events/index.ts';
import type { ExpectedEvent, Scenario } from './scenario.ts';

const expected = (type: ItemEventType, ...foundBy: [FoundBy, ...FoundBy[]]): ExpectedEvent => ({
  type,
  foundBy,
});

/** The status with which the checkout creates an item. */
const pending = { afterSeconds: 0, status: 'PENDING' } as const;

/** The first scheduled check comes after 29 minutes: within a scenario only a webhook finds a change. */
const TWO_DAYS = 'P2D';

/**
 * Scheduled checks come 3, 6, 10, 14 s and so on after the payment: within seconds for a change that follows the payment
 * soon. The deadline is so late that a busy machine stores `PENDING` long before it.
 */
const FIVE_MINUTES = 'PT5M';

/** The orders that `npm start` plays at the same time. */
export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'Instant confirmation, by webhook',
    items: [
      {
        product: { title: 'Colosseum, skip the line' },
        steps: [{ afterSeconds: 1, status: 'OK' }],
        events: [expected(EVENT_TYPES.ok, 'webhook')],
      },
    ],
    settledEvents: 1,
  },
  {
    title: 'Confirmed by the activity provider, by webhook',
    items: [
      {
        product: { title: 'Sunset sailing trip', max_confirmation_time: TWO_DAYS },
        steps: [pending, { afterSeconds: 1, status: 'OK' }],
        events: [expected(EVENT_TYPES.ok, 'webhook')],
      },
    ],
    settledEvents: 1,
  },
  {
    title: 'Confirmed by the activity provider, every webhook lost',
    tracked: true,
    items: [
      {
        product: { title: 'Truffle hunting', max_confirmation_time: FIVE_MINUTES },
        steps: [
          { ...pending, webhook: 'lost' },
          { afterSeconds: 1, status: 'OK', webhook: 'lost' },
        ],
        events: [expected(EVENT_TYPES.ok, 'schedule')],
      },
    ],
    settledEvents: 1,
  },
  {
    title: 'Rejected by the activity provider',
    items: [
      {
        product: { title: 'Hot-air balloon flight', max_confirmation_time: TWO_DAYS },
        steps: [pending, { afterSeconds: 1, status: 'KO', cancellationReason: 'REJECTED-ORDER' }],
        events: [expected(EVENT_TYPES.ko, 'webhook')],
      },
    ],
    settledEvents: 1,
  },
  {
    title: 'Two items, confirmed one after the other',
    items: [
      {
        product: { title: 'Hop-on hop-off bus' },
        steps: [{ afterSeconds: 1, status: 'OK' }],
        events: [expected(EVENT_TYPES.ok, 'webhook')],
      },
      {
        product: { title: 'Wine tasting in Chianti', max_confirmation_time: TWO_DAYS },
        steps: [
          // Lost, because its check could find the bus confirmed before the webhook of the bus is stored.
          { ...pending, webhook: 'lost' },
          { afterSeconds: 1, status: 'OK' },
        ],
        events: [expected(EVENT_TYPES.ok, 'webhook')],
      },
    ],
    settledEvents: 1,
  },
  {
    title: 'Confirmed before its voucher exists',
    items: [
      {
        product: { title: 'Sagrada Família with guide' },
        steps: [
          { afterSeconds: 1, status: 'OK', vouchers: [] },
          { afterSeconds: 1, status: 'OK', vouchers: ['https://vouchers.example.com/later.pdf'] },
        ],
        // The voucher is found when no item is open any more, which makes the check a follow-up.
        events: [expected(EVENT_TYPES.ok, 'webhook'), expected(EVENT_TYPES.vouchersAvailable, 'follow_up')],
      },
    ],
    settledEvents: 1,
  },
  {
    title: 'Cancelled and refunded after the confirmation',
    items: [
      {
        product: { title: 'Louvre, timed entrance' },
        steps: [
          { afterSeconds: 1, status: 'OK' },
          { afterSeconds: 1, status: 'REFUND_STARTED', cancellationReason: 'CANCELLED-BY-CUSTOMER' },
          { afterSeconds: 1, status: 'REFUNDED', cancellationReason: 'CANCELLED-BY-CUSTOMER' },
        ],
        events: [
          expected(EVENT_TYPES.ok, 'webhook'),
          // A scheduled check can run at the moment when the webhook arrives.
          expected(EVENT_TYPES.refunded, 'webhook', 'schedule'),
        ],
      },
    ],
    settledEvents: 2,
  },
  {
    title: 'A gift, which has no webhooks, tracked after payment',
    tracked: true,
    items: [
      {
        product: { title: 'Gift box "A day in Rome"', type: 'gift' },
        steps: [{ afterSeconds: 0, status: 'OK' }],
        events: [expected(EVENT_TYPES.ok, 'track')],
      },
    ],
    settledEvents: 1,
  },
];
