import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inBatches } from '../../lambdas/adapters/batches.ts';

test('E3 P7 batches keep the order and both limits, lose nothing, and are as few as possible', () => {
  const limits = { entries: 10, bytes: 1000 };
  const entry = fc.record({
    bytes: fc.integer({ min: 1, max: 1000 }),
    count: fc.integer({ min: 1, max: 10 }),
  });
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const batches = inBatches(
        entries,
        limits,
        ({ bytes }) => bytes,
        ({ count }) => count,
      );
      expect(batches.flat()).toEqual(entries);
      const exceeds = (batch: typeof entries) =>
        sum(batch.map(({ count }) => count)) > limits.entries ||
        sum(batch.map(({ bytes }) => bytes)) > limits.bytes;
      expect(batches.some(exceeds)).toBe(false);
      for (const [index, batch] of batches.slice(1).entries()) {
        expect(exceeds([...(batches[index] ?? []), ...batch.slice(0, 1)])).toBe(true);
      }
    }),
  );
});
