import { describe, expect, test } from 'vitest';
import { addUsage, NO_USAGE, scaleUsage, usageByChecks } from '../../bench/model/affine-usage.ts';
import {
  findBy,
  geometric,
  lifeOfLoop,
  loop,
  productLaw,
  squareSchedule,
} from '../../bench/model/alternatives.ts';
import { followDirectly } from '../../bench/model/direct-model.ts';
import { costOf, totalOf } from '../../bench/model/usage-cost.ts';
import { followWithProduct } from '../../bench/model/whole-product.ts';
import { temporalCost } from '../../bench/prices.ts';
import { mean, median, quantile } from '../../bench/statistics.ts';
import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { ORDER } from '../platform/sample-order.ts';

const HOUR = 3600;

describe('the model', () => {
  test.for([
    [0.2, true],
    [9, true],
    [9, false],
    [60, true],
  ] as const)(
    'counts what the whole product does: confirmed after %s h, lost: %s',
    async ([hours, isWebhookLost]) => {
      const item = { orderUuid: ORDER, confirmedAfter: hours * HOUR + 1.5, isWebhookLost };
      const options = { maxConfirmationTime: 48 * HOUR, reconcileEveryInSeconds: 300 };

      const model = followDirectly(item, {
        ...options,
        settings: settingsSchema.parse({ followUps: false }),
      });
      const product = await followWithProduct(item, {
        ...options,
        settings: { followUps: false },
        systemLogLevel: 'INFO',
        until: 96 * HOUR,
      });

      expect(product.gets).toBe(model.gets);
      expect(product.invocations['check-order']).toBe(model.watchChecks);
      expect(Math.abs(product.delay - model.delay)).toBeLessThan(3);
    },
  );
});

describe('usage', () => {
  const example = (checks: number) => ({
    following: { watchChecks: checks, reconcilerChecks: 0, gets: checks, delay: 0, delayWithoutWebhook: 0 },
    usage: { ...NO_USAGE, transitions: 3 * checks + 2, invocations: { 'check-order': checks } },
  });

  test('is calculated from two examples', () => {
    const byChecks = usageByChecks(example(2), example(10));

    expect(byChecks(5)).toMatchObject({ transitions: 17, invocations: { 'check-order': 5 } });
  });

  test('cannot be calculated from two equal examples', () => {
    expect(() => usageByChecks(example(2), example(2))).toThrow('different numbers of checks');
  });

  test('can be added and priced', () => {
    const usage = addUsage(scaleUsage(example(10).usage, 2), { ...NO_USAGE, writeUnits: 1e6 });

    const cost = costOf(usage, () => 1024);

    expect(cost.stepFunctions).toBeCloseTo(64 * 25e-6);
    expect(cost.dynamoDb).toBeCloseTo(0.625);
    expect(totalOf(cost)).toBeGreaterThan(0.625);
  });
});

describe('alternatives', () => {
  test('a webhook ends the checks before the next one', () => {
    expect(findBy([10, 20, 30], 15, true)).toEqual({ checks: 1, delay: 0 });
  });

  test('a lost webhook is noticed by the next check, or not at all', () => {
    expect(findBy([10, 20, 30], 15, false)).toEqual({ checks: 2, delay: 5 });
    expect(findBy([10, 20, 30], 31, false)).toEqual({ checks: 3, delay: undefined });
  });

  test('a loop every minute ends after 46 hours', () => {
    const { checksAt } = loop('every minute', 60, 48 * HOUR);

    expect(lifeOfLoop(60) / HOUR).toBeCloseTo(46.3, 1);
    expect(checksAt.at(-1)).toBe(lifeOfLoop(60));
  });

  test('schedules end at the deadline', () => {
    expect(squareSchedule(24, 1000).at(-1)).toBe(1000);
    expect(productLaw(24, 48 * HOUR)[0]).toBeCloseTo(0.48 * HOUR);
    expect(productLaw(24, 48 * HOUR).at(-1)).toBeCloseTo(48 * HOUR);
    expect(geometric(60, 24, 48 * HOUR).at(-1)).toBeCloseTo(48 * HOUR, 0);
    expect(geometric(60, 24, 48 * HOUR)[0]).toBeCloseTo(60);
  });

  test('Temporal Cloud costs what the cheaper of its plans costs', () => {
    expect(temporalCost(5e6)).toBeCloseTo(250 + 25);
    expect(temporalCost(62.5e6)).toBeCloseTo(250 + 225 + 400 + 1050 + 300 + 500);
    expect(temporalCost(402.5e6)).toBeCloseTo((250 + 225 + 400 + 1050 + 1500 + 7500) * 1.1);
  });
});

describe('statistics', () => {
  test('calculate mean, median and quantile', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean([])).toBe(0);
    expect(median([5, 1, 3])).toBe(3);
    expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
    expect(() => quantile([], 0.5)).toThrow('No numbers');
  });
});
