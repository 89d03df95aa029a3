import { describe, expect, test } from 'vitest';
import type { OrderState } from '../../lambdas/domain/model.ts';
import { DAY_IN_SECONDS, secondsBetween } from '../../lambdas/domain/time.ts';
import { askAgainAfter, isPastHope, mayAskAt, moreTrouble } from '../../lambdas/domain/trouble.ts';
import { at, newOrder, SETTINGS, webhook } from './fixtures.ts';

const gap = (troubles: number, retryAfterInSeconds?: number, random = 0): number =>
  secondsBetween(at(0), askAgainAfter(at(0), troubles, retryAfterInSeconds, random, SETTINGS));

describe('the wait after provider trouble', () => {
  test('doubles from half a minute to 15 minutes', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 100].map((troubles) => gap(troubles))).toEqual([
      30, 60, 120, 240, 480, 900, 900, 900,
    ]);
  });

  test('P4 a longer Retry-After wins, up to 15 minutes', () => {
    expect(gap(1, 100)).toBe(100);
    expect(gap(3, 100)).toBe(120);
    expect(gap(1, 86_400)).toBe(900);
  });

  test('P4 differs from order to order, and is never shorter than asked for', () => {
    expect(gap(1, undefined, 0.99)).toBeGreaterThan(gap(1, undefined, 0.5));
    expect(gap(1, 100, 0.99)).toBeGreaterThan(gap(1, 100, 0.5));
    expect(gap(1, 100, 0.01)).toBeGreaterThanOrEqual(100);
    expect(gap(6, undefined, 0.99)).toBe(900);
  });
});

describe('P12 trouble that lasts', () => {
  const { order } = newOrder();
  const troubleOn = (days: number, before: OrderState = order) => {
    const now = at(days * DAY_IN_SECONDS);
    return moreTrouble(before, now, now, undefined, 0.5, SETTINGS);
  };
  const since = { ...order, ...troubleOn(0) };

  test('counts on from when it began', () => {
    expect(troubleOn(3, since)).toMatchObject({ troubles: 2, troubledSince: at(0) });
  });

  test('means a look a day after a week', () => {
    const waitAfter = (days: number) =>
      secondsBetween(at(days * DAY_IN_SECONDS), troubleOn(days, since).askAgainAt);
    expect(waitAfter(6.9)).toBeLessThanOrEqual(900);
    expect(waitAfter(7)).toBeGreaterThan(DAY_IN_SECONDS * 0.8);
    expect(waitAfter(7)).toBeLessThanOrEqual(DAY_IN_SECONDS);
  });

  test('but news may be asked about 15 minutes after the last request', () => {
    const troubled = { ...since, ...troubleOn(20, since) };
    const lastAsked = 20 * DAY_IN_SECONDS;
    const mayAsk = (seconds: number) =>
      mayAskAt({
        order: troubled,
        items: [],
        hints: [webhook('OK', 1, { requestedAt: at(seconds) })],
      });
    expect(mayAsk(lastAsked - 1)).toBe(troubled.askAgainAt);
    expect(mayAsk(lastAsked + 1)).toBe(at(lastAsked + 900));
  });

  test('is without hope after half a year', () => {
    expect(isPastHope(troubleOn(179, since))).toBe(false);
    expect(isPastHope(troubleOn(180, since))).toBe(true);
  });
});
