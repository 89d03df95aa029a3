import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inBatches } from '../../lambdas/adapters/batches.ts';

test('E3 batches keep the order and the limits, lose nothing, and are as few as possible', () => {
  const limits = { entries: 10, bytes: 1000 };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 })), (sizes) => {
      const batches = inBatches(sizes, limits, (size) => size);
      expect(batches.flat()).toEqual(sizes);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(limits.entries);
        expect(batch.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(limits.bytes);
      }
      for (const [index, batch] of batches.slice(1).entries()) {
        const before = batches[index] ?? [];
        const bytes = before.reduce((sum, size) => sum + size, 0) + (batch[0] ?? 0);
        expect(before.length === limits.entries || bytes > limits.bytes).toBe(true);
      }
    }),
  );
});

test('P7 an entry may count for several towards the limit of number', () => {
  const limits = { entries: 10, bytes: 1000 };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10 })), (counts) => {
      const batches = inBatches(
        counts,
        limits,
        () => 1,
        (count) => count,
      );
      expect(batches.flat()).toEqual(counts);
      for (const batch of batches) {
        expect(batch.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(limits.entries);
      }
    }),
  );
});
