import { describe, expect, test } from 'vitest';
import type { ProviderFailure } from '../../lambdas/domain/model.ts';
import {
  addFailure,
  freshHintsWaitUntil,
  isAbandoned,
  isDaily,
  postpone,
} from '../../lambdas/domain/provider-failure.ts';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { at, DAY, HOUR, SETTINGS } from './fixtures.ts';

const failing = (before: ProviderFailure | undefined, seconds: number, more = {}): ProviderFailure =>
  addFailure(before, { sentAt: at(seconds), failedAt: at(seconds), random: 0, ...more }, SETTINGS);

/** Seconds until the retry after a number of failures in a row. */
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

describe('P4 a check that was postponed', () => {
  const postponed = (
    before: ProviderFailure | undefined,
    seconds: number,
    rest: number,
    random = 0,
  ): ProviderFailure =>
    postpone(
      before,
      { sentAt: at(seconds), failedAt: at(seconds), retryAfterInSeconds: rest, random },
      SETTINGS,
    );

  test('is no failure, and waits for the rest of the pause', () => {
    expect(postponed(undefined, 0, 100)).toEqual({
      count: 0,
      firstAt: at(0),
      lastAt: at(0),
      retryAt: at(100),
    });
  });

  test.for([
    [100, 20],
    [1, 6],
    [900, 180],
  ] as const)('waits for %i s and a random time of up to %i s more', ([rest, jitter]) => {
    const waits = [0, 0.5, 0.999].map((random) =>
      secondsBetween(at(0), postponed(undefined, 0, rest, random).retryAt),
    );
    expect(waits[0]).toBe(rest);
    expect(waits[1]).toBeCloseTo(rest + jitter / 2, 1);
    expect(waits[2]).toBeCloseTo(rest + jitter, 0);
  });

  test('waits for a second at least and 15 minutes at most, whatever the rest', () => {
    expect([0.0004, 0, -5, 86_400].map((rest) => postponed(undefined, 0, rest).retryAt)).toEqual([
      at(1),
      at(1),
      at(1),
      at(900),
    ]);
  });

  test('neither counts as a failure nor doubles the gap of an order that failed before', () => {
    const before = failing(failing(undefined, 0), 30);
    expect(before).toMatchObject({ count: 2, retryAt: at(90) });
    const after = postponed(before, 90, 20);
    expect(after).toMatchObject({ count: 2, firstAt: at(0), lastAt: at(90) });
    expect(secondsBetween(at(90), after.retryAt)).toBe(45);
    expect(secondsBetween(after.retryAt, failing(after, 135).retryAt)).toBe(120);
  });

  test('P12 meets few of the pauses that follow each other for a day, however short they are', () => {
    let failure: ProviderFailure | undefined;
    let checks = 0;
    for (let time = 0; time < DAY; time = secondsBetween(at(0), failure.retryAt)) {
      failure = postponed(failure, time, 2);
      checks++;
    }
    // Gaps grow by half to 15 minutes; after two hours it is made hourly.
    expect(checks).toBeLessThan(30 + 24);
    expect(failure?.count).toBe(0);
  });

  test.for([
    [2 * HOUR - 2, 900],
    [2 * HOUR, HOUR],
    [7 * DAY, DAY],
  ] as const)('P12 after %i s without an answer is made again after %i s', ([seconds, gap]) => {
    const { retryAt } = postponed(failing(undefined, 0), seconds, 60);
    expect(secondsBetween(at(seconds), retryAt)).toBe(gap);
  });

  test('P12 ends like a failure: it is daily after a week, and abandoned after 180 days', () => {
    const before = postponed(undefined, 0, 60);
    expect([6.9 * DAY, 7 * DAY].map((time) => isDaily(postponed(before, time, 60)))).toEqual([false, true]);
    expect([179.9 * DAY, 180 * DAY].map((time) => isAbandoned(postponed(before, time, 60)))).toEqual([
      false,
      true,
    ]);
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
