import { describe, expect, test } from 'vitest';
import { METRIC, METRICS_DIMENSION, metricsNamespace, unitOf } from '../../../lambdas/contracts/metrics.ts';
import { emittedSamples, metricLines } from '../emitted-metrics.ts';

/** These tests judge the metrics of all files that ran before, so they fail when they run alone. */
describe('the metrics of the whole run', () => {
  test('are the twenty of the contract, with its names, units and dimensions', async () => {
    const described = (await metricLines()).flatMap((line) => line._aws.CloudWatchMetrics);
    const units = Object.fromEntries(
      described.flatMap(({ Metrics }) => Metrics.map(({ Name, Unit }) => [Name, Unit])),
    );
    const expected = Object.values(METRIC).map((name) => [name, unitOf(name)]);
    expect(units).toEqual(Object.fromEntries(expected));
    const sets = new Set(
      (await emittedSamples()).map(({ namespace, name, dimensions }) =>
        JSON.stringify([namespace, name, dimensions]),
      ),
    );
    expect(sets.size).toBe(20);
    for (const { Namespace, Dimensions } of described) {
      expect(Namespace).toBe(metricsNamespace('local'));
      expect(Dimensions).toEqual([Object.keys(METRICS_DIMENSION)]);
    }
  });

  test('contain nothing of orders, items, products, vouchers or people', async () => {
    const allowed = new Set(['_aws', ...Object.keys(METRICS_DIMENSION), ...Object.values(METRIC)]);
    for (const line of await metricLines()) {
      expect(Object.keys(line).filter((property) => !allowed.has(property))).toEqual([]);
      expect(line['service']).toBe(METRICS_DIMENSION.service);
      const values = Object.values(METRIC).flatMap((name) => line[name] ?? []);
      for (const value of values.flat()) expect(typeof value).toBe('number');
    }
  });
});
