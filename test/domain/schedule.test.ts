import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  confirmationChecks,
  nextConfirmationCheck,
  nextVoucherCheck,
} from '../../lambdas/domain/schedule.ts';
import { plusSeconds, toMilliseconds } from '../../lambdas/domain/time.ts';
import { at, ITEM, SETTINGS, START } from './fixtures.ts';

const HOUR = 3600;
const windowInSeconds = fc.integer({ min: 1, max: 365 * 24 * HOUR });

const checksOf = (seconds: number) => confirmationChecks(0, seconds * 1000, 60_000);

describe('the schedule of checks', () => {
  test('at most 24 for any duration, ascending, the last one exactly at the deadline', () => {
    fc.assert(
      fc.property(windowInSeconds, (seconds) => {
        const checks = checksOf(seconds);
        expect(checks.length).toBeLessThanOrEqual(24);
        expect(checks.at(-1)).toBe(seconds * 1000);
        expect(checks).toEqual(checks.toSorted((a, b) => a - b));
      }),
    );
  });

  test('no two closer than 60 seconds', () => {
    fc.assert(
      fc.property(windowInSeconds, (seconds) => {
        const checks = checksOf(seconds);
        for (const [index, check] of checks.slice(1).entries()) {
          expect(check - (checks[index] ?? 0)).toBeGreaterThanOrEqual(60_000);
        }
      }),
    );
  });

  test('gaps grow with age', () => {
    const checks = checksOf(48 * HOUR);
    const gaps = checks.map((check, index) => check - (checks[index - 1] ?? 0));
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    expect(checks).toHaveLength(24);
    expect(checks[0]).toBe(300_000);
  });

  test('T1 an instant item is looked at after 150 s at the latest', () => {
    expect(checksOf(150)).toEqual([66_667, 150_000]);
  });
});

describe('the next check of an item', () => {
  const item = { itemUuid: ITEM, openedAt: START, confirmBy: at(48 * HOUR) };
  const uuid = fc.uuid();

  test('is later than its nominal time only by a few percent of the gap, and never at the deadline', () => {
    fc.assert(
      fc.property(uuid, fc.integer({ min: 0, max: 48 * HOUR - 1 }), (itemUuid, seconds) => {
        const check = nextConfirmationCheck({ ...item, itemUuid }, at(seconds), SETTINGS);
        const following = nextConfirmationCheck({ ...item, itemUuid }, check?.nominalAt ?? START, SETTINGS);
        const delay = toMilliseconds(check?.at ?? '') - toMilliseconds(check?.nominalAt ?? '');
        expect(delay).toBeGreaterThanOrEqual(0);
        if (check?.nominalAt === item.confirmBy) {
          expect(delay).toBe(0);
          expect(following).toBeUndefined();
        } else {
          const gap = toMilliseconds(following?.nominalAt ?? '') - toMilliseconds(check?.nominalAt ?? '');
          expect(delay).toBeLessThanOrEqual(gap * 0.05);
        }
      }),
    );
  });

  test('two items of one order have the same nominal times, at different moments', () => {
    const one = nextConfirmationCheck(item, START, SETTINGS);
    const other = nextConfirmationCheck(
      { ...item, itemUuid: `${ITEM.slice(0, -8)}00000000` },
      START,
      SETTINGS,
    );
    expect(one?.nominalAt).toBe(other?.nominalAt);
    expect(one?.at).not.toBe(other?.at);
  });

  test('T5 is none when the deadline has passed', () => {
    expect(nextConfirmationCheck(item, at(48 * HOUR), SETTINGS)).toBeUndefined();
  });
});

describe('the looks for a voucher', () => {
  test.for([
    [0, 30],
    [30, 60],
    [899, 900],
    [900, 3600],
    [43_200, 86_400],
  ] as const)('after %i s the next is at %i s', ([after, next]) => {
    expect(nextVoucherCheck(START, at(after), SETTINGS)?.at).toBe(plusSeconds(START, next));
  });

  test('end after a day', () => {
    expect(nextVoucherCheck(START, at(86_400), SETTINGS)).toBeUndefined();
  });
});
