import { describe, expect, test } from 'vitest';
import type { ProviderFailure } from '../../lambdas/domain/model.ts';
import {
  addFailure,
  freshHintsWaitUntil,
  isAbandoned,
  isDaily,
} from '../../lambdas/domain/provider-failure.ts';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { at, DAY, HOUR, SETTINGS } from './fixtures.ts';

const failing = (before: ProviderFailure | undefined, seconds: number, more = {}): ProviderFailure =>
  addFailure(before, { sentAt: at(seconds), failedAt: at(seconds), random: 0, ...more }, SETTINGS);

/** Seconds until the retry after so many failures in a row. */
const gap = (count: number, retryAfterInSeconds?: number, random = 0): number => {
  const before = { count: count - 1, firstAt: at(0), lastAt: at(0), retryAt: at(0) };
  const { retryAt } = failing(count > 1 ? before : undefined, 0, { retryAfterInSeconds, random });
  return secondsBetween(at(0), retryAt);
};

describe('the retry after a provider failure', () => {
  test('comes after 30 s, doubling up to 15 minutes', () => {
    const gaps = [1, 2, 3, 4, 5, 6, 7, 100].map((count) => gap(count));
    expect(gaps).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  });

  test('P4 comes after a longer Retry-After, up to 15 minutes', () => {
    expect([gap(1, 100), gap(3, 100), gap(1, 86_400)]).toEqual([100, 120, 900]);
  });

  test('P4 differs from order to order, and is never earlier than requested', () => {
    expect(gap(1, undefined, 0.99)).toBeGreaterThan(gap(1, undefined, 0.5));
    expect(gap(1, 100, 0.99)).toBeGreaterThan(gap(1, 100, 0.5));
    expect(gap(1, 100, 0.01)).toBeGreaterThanOrEqual(100);
    expect(gap(6, undefined, 0.99)).toBe(900);
  });

  test('P4 counts Retry-After from the answer, not from the request', () => {
    const { retryAt } = failing(undefined, 0, { failedAt: at(4), retryAfterInSeconds: 100 });
    expect(retryAt).toBe(at(104));
  });

  test.for([
    [2 * HOUR - 1, 900, 900],
    [2 * HOUR, 0.8 * HOUR, HOUR],
    [7 * DAY - 1, 0.8 * HOUR, HOUR],
    [7 * DAY, 0.8 * DAY, DAY],
  ] as const)('P12 after %i s of failures comes after %i to %i s', ([seconds, min, max]) => {
    const before = { ...failing(undefined, 0), count: 50 };
    for (const random of [0, 0.5, 0.999]) {
      const wait = secondsBetween(at(seconds), failing(before, seconds, { random }).retryAt);
      expect(wait).toBeGreaterThanOrEqual(min);
      expect(wait).toBeLessThanOrEqual(max);
    }
  });
});

describe('P12 a failure that lasts', () => {
  const since = failing(undefined, 0);

  test('counts from the first failed check, is daily after a week, and abandoned after 180 days', () => {
    expect(failing(since, 3 * DAY)).toMatchObject({ count: 2, firstAt: at(0), lastAt: at(3 * DAY) });
    expect([6.9 * DAY, 7 * DAY].map((time) => isDaily(failing(since, time)))).toEqual([false, true]);
    expect([179.9 * DAY, 180 * DAY].map((time) => isAbandoned(failing(since, time)))).toEqual([false, true]);
  });

  test('lets fresh hints wait for 15 minutes at most', () => {
    const failure = failing(since, 20 * DAY);
    expect(freshHintsWaitUntil(failure)).toBe(at(20 * DAY + 900));
    expect(freshHintsWaitUntil(since)).toBe(since.retryAt);
  });
});
