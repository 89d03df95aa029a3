import { describe, expect, test } from 'vitest';
import { DISTRIBUTIONS, inOfficeHours, logNormal } from '../../bench/model/distributions.ts';
import { optimalChecks, worthOf } from '../../bench/model/optimal-checks.ts';

const HOUR = 3600;
const even = (seconds: number): number => Math.min(Math.max(seconds / 100, 0), 1);

describe('the delay and number of checks', () => {
  test('is a mean delay of half a gap if confirmations are evenly distributed', () => {
    const { meanDelay, meanChecks } = worthOf([25, 50, 75, 100], even);

    expect(meanDelay).toBeCloseTo(12.5);
    expect(meanChecks).toBeCloseTo(1 + 0.75 + 0.5 + 0.25);
  });

  test('counts every check of an item that is confirmed later', () => {
    const half = (seconds: number): number => even(seconds / 2);

    expect(worthOf([50, 100], half).meanChecks).toBeCloseTo(1 + 0.75);
  });
});

describe('optimal checks', () => {
  test.for(DISTRIBUTIONS)('are better than as many by a square schedule: $name', ({ distribution }) => {
    const schedule = Array.from({ length: 24 }, (_, index) => 48 * HOUR * ((index + 1) / 24) ** 2);
    const { meanDelay, meanChecks } = worthOf(schedule, distribution);

    const checks = optimalChecks(distribution, 48 * HOUR, meanChecks);

    const optimum = worthOf(checks, distribution);
    expect(checks.at(-1)).toBe(48 * HOUR);
    expect(optimum.meanChecks).toBeLessThan(1.05 * meanChecks);
    expect(optimum.meanDelay).toBeLessThan(meanDelay);
  });
});

describe('distributions', () => {
  test('have the median and percentile they are made of', () => {
    const distribution = logNormal(2 * HOUR, 24 * HOUR);

    expect(distribution(2 * HOUR)).toBeCloseTo(0.5, 5);
    expect(distribution(24 * HOUR)).toBeCloseTo(0.95, 4);
    expect(distribution(0)).toBe(0);
  });

  test('confirm nothing outside of office hours', () => {
    const atOnce = inOfficeHours((worked) => (worked > 0 ? 1 : 0));

    // Of 24 hours, nine are office hours, in which an order is confirmed at once.
    expect(atOnce(1)).toBeCloseTo(9 / 24);
    expect(atOnce(16 * HOUR)).toBe(1);
  });
});
