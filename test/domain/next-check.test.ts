import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUnresolved } from '../../lambdas/domain/hints.ts';
import { isTracked } from '../../lambdas/domain/item-transitions.ts';
import type { StoredOrder } from '../../lambdas/domain/model.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import {
  answer,
  at,
  CheckedOrder,
  DAY,
  FAILURE,
  ITEM,
  OTHER_ITEM,
  SETTINGS,
  seen,
  snapshotOf,
  track,
  UNKNOWN,
  webhook,
} from './fixtures.ts';

const STATUSES = ['PENDING', 'OK', 'KO', 'REFUNDED', 'REFUND_STARTED', 'CANCELLATION_ERROR', 'ON_HOLD'];
const CONFIRMATION_TIMES = ['P0D', 'PT30M', 'P2D', 'P30D', 'P0.5D', undefined];

const anyItem = (itemUuid: string): fc.Arbitrary<SeenItem> =>
  fc.record({
    itemUuid: fc.constant(itemUuid),
    status: fc.constantFrom(...STATUSES),
    vouchers: fc.constantFrom([], ['https://vouchers.example.com/a'], ['https://vouchers.example.com/b']),
    product: fc.record({
      maxConfirmationTime: fc.constantFrom(...CONFIRMATION_TIMES),
      date: fc.constantFrom(undefined, '2026-03-10', '2026-09-01T10:00:00Z'),
    }),
  });

/** An answer that shows an item, and another one that cannot be read. */
const withUnreadable = (item: SeenItem): ProviderAnswer => ({
  kind: 'order',
  snapshot: { ...snapshotOf(item), unreadable: 1 },
});

const anyAnswer: fc.Arbitrary<ProviderAnswer> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(anyItem(ITEM), anyItem(OTHER_ITEM)).map((items) => answer(...items)) },
  { weight: 3, arbitrary: anyItem(ITEM).map((item) => answer(item)) },
  { weight: 1, arbitrary: anyItem(ITEM).map(withUnreadable) },
  { weight: 1, arbitrary: fc.constantFrom(answer(), UNKNOWN) },
  { weight: 2, arbitrary: fc.constantFrom(FAILURE, { ...FAILURE, retryAfterInSeconds: 600 } as const) },
);

/** One step: time passes, hints come, the order is checked. */
const anyStep = fc.record({
  /** Seconds since the check before; `undefined` means at the planned time. */
  gap: fc.option(fc.integer({ min: 0, max: 10 * DAY }), { nil: undefined, freq: 2 }),
  given: anyAnswer,
  hint: fc.option(
    fc.oneof(
      fc.record({ status: fc.constantFrom(...STATUSES), version: fc.integer({ min: 1, max: 9 }) }),
      fc.constant('track' as const),
    ),
    { nil: undefined },
  ),
});

/** What of an order must be checked again, if anything. */
const owes = ({ order, items, hints }: StoredOrder, sentAt: string): string | undefined => {
  if (order.failure) return 'a retry';
  if (hints.some((hint) => isUnresolved(hint) && !hint.isFresh)) return 'the outcome of a hint';
  if (items.some(isTracked)) return 'a check of an open item';
  if (items.some((item) => item.unconfirmed) && order.incompleteSince === undefined) return 'a second answer';
  const voucherEnd = Math.max(...SETTINGS.voucherChecksInSeconds);
  return items.some(
    ({ status, vouchers, since }) =>
      status === 'OK' && vouchers.length === 0 && secondsBetween(since, sentAt) < voucherEnd,
  )
    ? 'a voucher'
    : undefined;
};

test('the next check of any order is after the check before, in whole seconds, and exists while the order owes anything', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 30 }), fc.boolean(), (steps, isPaid) => {
      const order = new CheckedOrder(isPaid ? { paidAt: at(0) } : {});
      let now = 0;
      for (const { gap, given, hint } of steps) {
        const planned = order.order.nextCheckAt;
        now = gap === undefined && planned ? secondsBetween(at(0), planned) : now + (gap ?? 1);
        const requestedAt = at(now);
        if (hint === 'track') order.with(track({ requestedAt, sk: `TRACK#${requestedAt}#0` }));
        else if (hint) order.with(webhook(hint.status, hint.version, { requestedAt }));
        order.check(now, given, { random: (now % 97) / 97 });
        const { nextCheckAt, clock } = order.order;
        if (nextCheckAt) {
          expect(nextCheckAt > at(now)).toBe(true);
          expect(nextCheckAt).toMatch(/\.000Z$/);
        }
        expect(clock === undefined).toBe(nextCheckAt === undefined);
        const owed = owes(order.stored, at(now));
        if (owed) expect(nextCheckAt, owed).toBeDefined();
      }
    }),
    { numRuns: 1500 },
  );
});

test('P12 few checks are needed to reach the next check of any order, whatever sequence of answers the provider repeats', () => {
  fc.assert(
    fc.property(fc.array(anyAnswer, { minLength: 1, maxLength: 4 }), (given) => {
      const order = new CheckedOrder({ paidAt: at(0) }).with(webhook('OK', 3));
      let [now, checks, statuses] = [0, 0, 0];
      while (now < 30 * DAY && checks < 2000 && statuses < 20) {
        const { items } = order.check(now, given[checks % given.length] as ProviderAnswer);
        checks++;
        statuses += items.filter(({ before, after }) => after.status !== before?.status).length;
        const { nextCheckAt } = order.order;
        if (!nextCheckAt) break;
        now = secondsBetween(at(0), nextCheckAt);
      }
      // A status that was applied has checks of its own.
      expect(checks - 30 * statuses).toBeLessThan(300);
    }),
    { numRuns: 300 },
  );
});

test('the clock is the watch if any reason needs it, although an earlier check belongs to the reconciler', () => {
  const order = new CheckedOrder({ paidAt: at(0) });
  const slow = seen('PENDING', { itemUuid: OTHER_ITEM, product: { maxConfirmationTime: 'P340D' } });
  order.check(0, answer(seen('PENDING'), slow));
  order.check(30 * DAY, answer(seen('PENDING'), slow));
  expect(order.item().overdueAt).toBeDefined();
  expect(order.order).toMatchObject({ clock: 'watch', nextCheckAt: at(31 * DAY) });
});

test('P9 the clock is the watch for the first checks of an order without items, then the reconciler', () => {
  const order = new CheckedOrder();
  order.check(0, answer());
  expect(order.order).toMatchObject({ readable: true, clock: 'watch', nextCheckAt: at(60) });
  order.check(DAY, answer());
  expect(order.order).toMatchObject({ clock: 'reconciler', nextCheckAt: at(2 * DAY) });
  expect(order.published).toEqual([]);
});

test('E11 the lane of follow-ups holds an order only if nothing but a follow-up is planned', () => {
  const order = new CheckedOrder();
  expect(order.check(0, answer(seen('OK', { vouchers: [] }))).lane).toBe('RESCUE');
  expect(order.check(100, answer(seen('OK'))).lane).toBe('FOLLOW_UP');
  expect(order.with(webhook('KO', 2)).check(200, answer(seen('OK'))).lane).toBe('RESCUE');
});

test('E1 only an item that is OK is checked for its voucher', () => {
  const order = new CheckedOrder();
  order.check(0, answer(seen('KO')));
  expect(order.order).toMatchObject({ nextCheckAt: at(DAY), clock: 'reconciler' });
});
