import { EVENT_TYPES, type EventType, type FoundBy } from '../../lambdas/contracts/events.ts';
import type { Scenario } from './scenario.ts';

const found = (type: EventType, ...by: [FoundBy, ...FoundBy[]]) => ({ type, by });

/** The item as it comes out of the checkout. */
const pending = { afterSeconds: 0, status: 'PENDING' } as const;

/** With two days to confirm, the first check is after five minutes: what happens here is found by webhook. */
const TWO_DAYS = 'P2D';

/** With 20 seconds, checks are a second apart: what happens without a webhook is found soon. */
const TWENTY_SECONDS = 'PT20S';

/**
 * What the first command plays, all at once. The durations are short, the rest is as in real life. A status
 * lasts several seconds, so that also a busy machine, whose functions start cold, sees it.
 */
export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'Instant confirmation, by webhook',
    order: {
      items: [
        { product: { title: 'Colosseum, skip the line' }, timeline: [{ afterSeconds: 2, status: 'OK' }] },
      ],
    },
    expected: { items: [[found(EVENT_TYPES.ok, 'webhook')]], settled: 1 },
  },
  {
    title: 'Confirmed by the activity provider, by webhook',
    order: {
      items: [
        {
          product: { title: 'Sunset sailing trip', max_confirmation_time: TWO_DAYS },
          timeline: [pending, { afterSeconds: 7, status: 'OK' }],
        },
      ],
    },
    expected: { items: [[found(EVENT_TYPES.ok, 'webhook')]], settled: 1 },
  },
  {
    title: 'Confirmed by the activity provider, every webhook lost',
    tracked: true,
    order: {
      items: [
        {
          product: { title: 'Truffle hunting', max_confirmation_time: TWENTY_SECONDS },
          timeline: [
            { ...pending, webhook: 'lost' },
            { afterSeconds: 7, status: 'OK', webhook: 'lost' },
          ],
        },
      ],
    },
    expected: { items: [[found(EVENT_TYPES.ok, 'schedule')]], settled: 1 },
  },
  {
    title: 'Rejected by the activity provider',
    order: {
      items: [
        {
          product: { title: 'Hot-air balloon flight', max_confirmation_time: TWO_DAYS },
          timeline: [pending, { afterSeconds: 6, status: 'KO', cancellationReason: 'REJECTED-ORDER' }],
        },
      ],
    },
    expected: { items: [[found(EVENT_TYPES.ko, 'webhook')]], settled: 1 },
  },
  {
    title: 'Two items of different pace',
    order: {
      items: [
        { product: { title: 'Hop-on hop-off bus' }, timeline: [{ afterSeconds: 2, status: 'OK' }] },
        {
          product: { title: 'Wine tasting in Chianti', max_confirmation_time: TWO_DAYS },
          timeline: [pending, { afterSeconds: 8, status: 'OK' }],
        },
      ],
    },
    expected: {
      items: [[found(EVENT_TYPES.ok, 'webhook')], [found(EVENT_TYPES.ok, 'webhook')]],
      settled: 1,
    },
  },
  {
    title: 'Confirmed before its voucher exists',
    order: {
      items: [
        {
          product: { title: 'Sagrada Família with guide' },
          timeline: [
            { afterSeconds: 2, status: 'OK', vouchers: [] },
            { afterSeconds: 9, status: 'OK', vouchers: ['https://vouchers.example.com/later.pdf'] },
          ],
        },
      ],
    },
    expected: {
      items: [[found(EVENT_TYPES.ok, 'webhook'), found(EVENT_TYPES.vouchersAvailable, 'schedule')]],
      settled: 1,
    },
  },
  {
    title: 'Cancelled and refunded after the confirmation',
    order: {
      items: [
        {
          product: { title: 'Louvre, timed entrance' },
          timeline: [
            { afterSeconds: 2, status: 'OK' },
            { afterSeconds: 9, status: 'REFUND_STARTED', cancellationReason: 'CANCELLED-BY-CUSTOMER' },
            { afterSeconds: 16, status: 'REFUNDED', cancellationReason: 'CANCELLED-BY-CUSTOMER' },
          ],
        },
      ],
    },
    expected: {
      items: [
        [
          found(EVENT_TYPES.ok, 'webhook'),
          // Its webhook and a check may come at the same time.
          found(EVENT_TYPES.refunded, 'webhook', 'schedule'),
        ],
      ],
      settled: 2,
    },
  },
  {
    title: 'A gift, which has no webhooks, tracked after payment',
    tracked: true,
    order: {
      items: [
        {
          product: { title: 'Gift box "A day in Rome"', type: 'gift' },
          timeline: [{ afterSeconds: 0, status: 'OK' }],
        },
      ],
    },
    expected: { items: [[found(EVENT_TYPES.ok, 'track')]], settled: 1 },
  },
];
