import { describe, expect, test } from 'vitest';
import type { Table } from '../../lambdas/adapters/table.ts';
import { parseSnapshot, type SeenItem } from '../../lambdas/domain/snapshot.ts';
import { at, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { Tracker, tableWith } from './tracker.ts';

/** DynamoDB takes 400 KB an item and 4 MB a transaction. */
const withLimits = (table: Table) =>
  tableWith(table, {
    transact: async (writes) => {
      const sizes = writes.map((write) => Buffer.byteLength(JSON.stringify(write)));
      if (Math.max(...sizes) > 400 * 1024) throw new Error('ValidationException: item size');
      if (sizes.reduce((sum, size) => sum + size) > 4 * 1024 * 1024) {
        throw new Error('ValidationException: transaction size');
      }
      return await table.transact(writes);
    },
  });

const urls = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `https://v.example.com/${`${index}`.padStart(length, '0')}`);

/** Plays an answer as the provider would send it, over a table and a topic with the limits of the real ones. */
const play = async (items: readonly SeenItem[]): Promise<Tracker> => {
  const tracker = new Tracker({ through: withLimits });
  tracker.refuses = ({ body }) => Buffer.byteLength(body) > 255 * 1024;
  const body = {
    status: 'PENDING',
    items: items.map(({ itemUuid, status, product, vouchers }) => ({
      uuid: itemUuid,
      status,
      product,
      vouchers: vouchers.map((url) => ({ url })),
    })),
  };
  tracker.provider = () => {
    const snapshot = parseSnapshot(body);
    if (!snapshot) throw new Error('The answer cannot be read.');
    return { kind: 'order', snapshot };
  };
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(10);
  return tracker;
};

describe('answers larger than a record, a transaction or a message', () => {
  test('many items with many voucher URLs go in parts of less than 4 MB', async () => {
    const items = Array.from({ length: 40 }, (_, index) =>
      seen('OK', { itemUuid: `${`${index}`.padStart(8, '0')}${ITEM.slice(8)}`, vouchers: urls(100, 800) }),
    );
    const tracker = await play(items);
    expect(tracker.types().filter((type) => type === 'order_item.ok')).toHaveLength(40);
    expect(tracker.types().at(-1)).toBe('order.settled');
  });

  test.for([1300, 2000, 20_000])(
    'an item with %i voucher URLs is published with those that fit, and holds back no other',
    async (count) => {
      const tracker = await play([
        seen('OK', { vouchers: urls(count, 200) }),
        seen('KO', { itemUuid: OTHER_ITEM }),
      ]);
      expect(tracker.types()).toEqual(['order_item.ok', 'order_item.ko', 'order.settled']);
      expect(tracker.item().vouchers.length).toBeGreaterThan(500);
    },
  );

  test('a title of a megabyte is cut', async () => {
    const tracker = await play([seen('OK', { product: { title: 'é'.repeat(1024 * 1024) } })]);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.item().product.title).toHaveLength(1024);
  });
});
