import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  nextConfirmationCheck,
  nextFollowUp,
  nextIncompleteCheck,
  nextOverdueCheck,
  nextReread,
  nextVoucherCheck,
} from '../../lambdas/domain/schedule.ts';
import { type Instant, secondsBetween } from '../../lambdas/domain/time.ts';
import { answer, at, CheckedOrder, DAY, HOUR, MINUTE, ORDER, SETTINGS, START, seen } from './fixtures.ts';

/** An order whose checks are not put off. */
const WITHOUT_OFFSET = `${ORDER.slice(0, -8)}00000000`;

/** Seconds of all checks of an open period of this length, if each is made when it is planned. */
const checksOf = (seconds: number, orderUuid = WITHOUT_OFFSET, firstSentAt = START): number[] => {
  const times: number[] = [];
  let sentAt: Instant | undefined = firstSentAt;
  while (times.length < 30) {
    sentAt = nextConfirmationCheck({ openedAt: START, confirmBy: at(seconds) }, orderUuid, sentAt, SETTINGS);
    if (!sentAt) break;
    times.push(secondsBetween(START, sentAt));
  }
  return times;
};

describe('the checks of an open item', () => {
  const window = fc.integer({ min: 1, max: 365 * DAY });

  test('are at most 24 for any confirmation time, 60 s apart, and the last is exactly at the deadline', () => {
    fc.assert(
      fc.property(window, fc.uuid(), (seconds, orderUuid) => {
        const checks = checksOf(seconds, orderUuid);
        expect(checks.length).toBeLessThanOrEqual(24);
        expect(checks.at(-1)).toBe(seconds);
        for (const [index, check] of checks.slice(1).entries()) {
          // The last one is at the deadline; the offset of the one before may take a little of the gap.
          const allowed = index === checks.length - 2 ? 55 : 60;
          expect(check - (checks[index] ?? 0)).toBeGreaterThanOrEqual(allowed);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('are at most 24 even if the period begins in the future, by a clock that is ahead', () => {
    fc.assert(
      fc.property(window, fc.integer({ min: 1, max: DAY }), (seconds, ahead) => {
        const checks = checksOf(seconds, ORDER, at(-ahead));
        expect(checks.length).toBeLessThanOrEqual(24);
        expect(checks[0]).toBeGreaterThan(0);
        expect(checks.at(-1)).toBe(seconds);
      }),
      { numRuns: 200 },
    );
  });

  test('T1 have gaps that grow with age, and come after 60 and 150 s for an instant item', () => {
    expect(checksOf(150)).toEqual([60, 150]);
    const checks = checksOf(48 * HOUR);
    const gaps = checks.slice(1).map((check, index) => check - (checks[index] ?? 0));
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    expect(checks).toHaveLength(24);
  });

  test('are put off by at most 5 % of the gap, and never at the deadline', () => {
    const period = { openedAt: START, confirmBy: at(48 * HOUR) };
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 0, max: 48 * HOUR - 1 }), (orderUuid, seconds) => {
        const planned = nextConfirmationCheck(period, WITHOUT_OFFSET, at(seconds), SETTINGS) ?? '';
        const check = nextConfirmationCheck(period, orderUuid, at(seconds), SETTINGS) ?? '';
        const delay = secondsBetween(planned, check);
        expect(delay).toBeGreaterThanOrEqual(0);
        if (planned === period.confirmBy) expect(delay).toBe(0);
        expect(delay).toBeLessThanOrEqual(0.05 * secondsBetween(at(seconds), planned) + 60);
      }),
    );
  });

  test.for([
    [HOUR, 36],
    [48 * HOUR, 0.01 * 48 * HOUR],
    [7 * DAY, 30 * MINUTE],
    // A step is longer than half an hour.
    [30 * DAY, ((Math.sqrt(30 * DAY) - Math.sqrt(30 * MINUTE)) / 23) ** 2],
  ] as const)(
    'of %i s begin after a hundredth, at least a minute and at most half an hour or a step',
    ([seconds, first]) => {
      expect(checksOf(seconds)[0]).toBeCloseTo(Math.max(first, 60), 2);
    },
  );

  test('have evenly spaced roots, from the first to the deadline, if nothing else checks the order', () => {
    const [first, last] = [Math.sqrt(0.01), 1];
    const roots = checksOf(48 * HOUR).map((check) => Math.sqrt(check / (48 * HOUR)));
    for (const [index, root] of roots.entries()) {
      expect(root).toBeCloseTo(first + ((last - first) * index) / 23, 5);
    }
  });

  test('do not move the first one when something else checks the order before', () => {
    const period = { openedAt: START, confirmBy: at(48 * HOUR) };
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 0, max: 180 }), (orderUuid, seconds) => {
        expect(nextConfirmationCheck(period, orderUuid, at(seconds), SETTINGS)).toBe(
          nextConfirmationCheck(period, orderUuid, START, SETTINGS),
        );
      }),
    );
  });

  test('are one step after any check of the order: it serves all of its items', () => {
    const period = { openedAt: START, confirmBy: at(48 * HOUR) };
    const rootAfter = (root: number): number => {
      const sentAt = at(48 * HOUR * root ** 2);
      const next = nextConfirmationCheck(period, WITHOUT_OFFSET, sentAt, SETTINGS) ?? '';
      return Math.sqrt(secondsBetween(START, next) / (48 * HOUR));
    };
    const step = 0.9 / 23;
    for (const root of [0.1, 0.1 + step / 2, 0.1 + 3.7 * step])
      expect(rootAfter(root)).toBeCloseTo(root + step, 5);
  });
});

test.for([
  [0, 30],
  [30, 60],
  [899, 900],
  [900, 3600],
  [43_200, 86_400],
  [86_400, undefined],
] as const)('E1 after %i s the next check for a voucher is at %s s', ([after, next]) => {
  expect(nextVoucherCheck(START, at(after), SETTINGS)).toBe(next && at(next));
});

test('P9 the checks of an incomplete order come after 1, 6, 21, 81 and 321 minutes, then daily for 180 days', () => {
  const checkAfter = (seconds: number) => nextIncompleteCheck(START, at(seconds));
  expect([0, 60, 360, 1260, 4860].map((seconds) => checkAfter(seconds)?.at)).toEqual(
    [1, 6, 21, 81, 321].map((minutes) => at(minutes * MINUTE)),
  );
  expect(checkAfter(321 * MINUTE)).toEqual({ at: at(DAY), isDaily: true });
  expect(checkAfter(179.5 * DAY)).toEqual({ at: at(180 * DAY), isDaily: true });
  expect(checkAfter(180 * DAY)).toBeUndefined();
});

test('O3 an unconfirmed item is checked again after a minute, and then as rarely as an incomplete order', () => {
  const checkAfter = (seconds: number, itemSince = seconds) =>
    nextReread(START, at(itemSince), at(seconds), SETTINGS);
  expect([0, 60, 360, 1260, 4860].map((seconds) => checkAfter(seconds)?.at)).toEqual(
    [1, 6, 21, 81, 321].map((minutes) => at(minutes * MINUTE)),
  );
  // A check before the gap has passed cannot confirm this item.
  expect(checkAfter(40)?.at).toBe(at(100));
  expect(checkAfter(40, 0)?.at).toBe(at(60));
  expect(checkAfter(321 * MINUTE)).toEqual({ at: at(DAY), isDaily: true });
  expect(checkAfter(180 * DAY)).toBeUndefined();
});

test('O3 the gap of the setting counts before the list of checks', () => {
  const settings = { ...SETTINGS, rereadGapInSeconds: 10 };
  expect(nextReread(START, START, START, settings)?.at).toBe(at(10));
  expect(nextReread(START, at(10), at(10), settings)?.at).toBe(at(60));
});

test.for([
  [0, 1],
  [29.5, 30],
  [30, 37],
  [178, 180],
] as const)('%f days after an item was overdue its next check is at day %i', ([after, next]) => {
  expect(nextOverdueCheck(START, at(after * DAY))).toBe(at(next * DAY));
});

describe('E11 follow-ups', () => {
  const dated = seen('OK', { product: { date: '2026-04-01' } });

  test('come after a day, a week, around the activity and a week after it', () => {
    const order = new CheckedOrder();
    const days: (string | undefined)[] = [];
    order.check(0, answer(dated));
    for (let count = 0; count < 6; count++) {
      const { nextCheckAt } = order.order;
      days.push(nextCheckAt?.slice(0, 10));
      if (nextCheckAt) order.check(secondsBetween(START, nextCheckAt), answer(dated));
    }
    expect(days).toEqual(['2026-03-02', '2026-03-08', '2026-03-31', '2026-04-02', '2026-04-08', undefined]);
  });

  test('count from the newest status of the items', () => {
    const order = new CheckedOrder();
    order.check(0, answer(seen('OK')));
    order.check(DAY / 2, answer(seen('OK', { vouchers: ['https://vouchers.example.com/2.pdf'] })));
    expect(nextFollowUp(order.stored.items, at(DAY / 2 + 60))).toBe(at(DAY));
  });

  test('do not wait for an item whose tracking has ended', () => {
    const order = new CheckedOrder({ paidAt: at(0) });
    const items = [seen('PENDING'), seen('OK', { itemUuid: ORDER, product: { date: '2027-03-01' } })];
    order.check(0, answer(...items));
    order.check(2 * DAY, answer(...items));
    order.check(182 * DAY, answer(...items));
    expect(order.order.nextCheckAt?.slice(0, 10)).toBe('2027-02-28');
  });
});
