import { describe, expect, test } from 'vitest';
import type { Table } from '../../lambdas/adapters/table.ts';
import { parseSnapshot, type SeenItem } from '../../lambdas/domain/snapshot.ts';
import { at, HOUR, itemUuids, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';
import { count, pending, RECONCILED, tracked, trackOn } from './tracked-order.ts';

/** A tracker whose transaction of this number, counted from now, throws instead of being written. */
const trackerThatDies = () => {
  let remaining = 0;
  const tracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        transact: async (writes) => {
          if (remaining > 0 && --remaining === 0) throw new Error('killed');
          return await table.transact(writes);
        },
      }),
  });
  const dieAtTransaction = (number: number): void => {
    remaining = number;
  };
  return { tracker, dieAtTransaction };
};

describe('P7 an order that is written in parts', () => {
  const uuids = itemUuids(120);
  const all = (status: string) => uuids.map((itemUuid) => seen(status, { itemUuid }));

  test.for([2, 3])(
    'after a crash at part %i is completed by the next check, each event once',
    async (part) => {
      const { tracker, dieAtTransaction } = trackerThatDies();
      tracker.show(...all('OK'));
      dieAtTransaction(part);
      await tracker.webhook('OK', '1', uuids[0]);
      await tracker.run(2);
      expect(tracker.order()).toMatchObject({ rev: part - 1, rescueCount: 1, settled: false });
      expect(tracker.order()?.checkedAt).toBeUndefined();
      expect(count(tracker, 'order_item.ok')).toBeGreaterThan((part - 1) * 45);
      await tracker.run(HOUR, RECONCILED);
      expect(tracker.order()).toMatchObject({ settled: true });
      expect(tracker.types).toHaveLength(121);
      expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(121);
      expect(tracker.types.at(-1)).toBe('order.settled');
      expect(tracker.rows('ORDER')[0]?.['due']).toMatch(/^FOLLOW_UP/);
    },
  );

  test('that a crash leaves open in part settles again when it is final again', async () => {
    const { tracker, dieAtTransaction } = trackerThatDies();
    await trackOn(tracker, ...all('OK'));
    tracker.show(...all('REFUND_STARTED'));
    await tracker.webhook('REFUND_STARTED', '2', uuids[0]);
    await tracker.run(40);
    dieAtTransaction(2);
    await tracker.run(30);
    expect(tracker.order()).toMatchObject({ settled: false, rescueCount: 1 });
    tracker.show(...all('REFUNDED'));
    await tracker.run(HOUR, RECONCILED);
    expect(count(tracker, 'order_item.refunded')).toBe(120);
    const settled = tracker.published.filter(({ type }) => type === 'order.settled');
    expect(settled.map(({ id }) => id)).toEqual([`${ORDER}/order/1`, `${ORDER}/order/2`]);
  });

  test('keeps what a track request said, although a crash leaves only its first part', async () => {
    const { tracker, dieAtTransaction } = trackerThatDies();
    tracker.show(...all('PENDING').slice(0, 40));
    await tracker.track({ paidAt: at(-60), reference: 'a reference' });
    for (let index = 0; index < 70; index++) await tracker.webhook('PENDING', `${index}`, uuids[index % 40]);
    dieAtTransaction(2);
    await tracker.run(2);
    expect(tracker.order()).toMatchObject({ rev: 1, rescueCount: 1 });
    await tracker.run(HOUR, RECONCILED);
    expect(tracker.order()).toMatchObject({ paidAt: at(-60), reference: 'a reference' });
  });
});

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

const urls = (length: number, characters: number) =>
  Array.from({ length }, (_, index) => `https://v.example.com/${`${index}`.padStart(characters, '0')}`);

/** Tracks an order with this answer, over a table and a topic with the limits of the real ones. */
const trackLarge = async (items: readonly SeenItem[]): Promise<TestTracker> => {
  const tracker = new TestTracker({ through: withLimits });
  tracker.topicRejects = ({ body }) => Buffer.byteLength(body) > 255 * 1024;
  tracker.provider = () => {
    const snapshot = parseSnapshot({
      items: items.map(({ itemUuid, vouchers, ...item }) => ({ uuid: itemUuid, vouchers, ...item })),
    });
    if (!snapshot) throw new Error('The answer is unreadable.');
    return { kind: 'order', snapshot };
  };
  await tracker.track({ paidAt: at(0) });
  await tracker.run(10);
  return tracker;
};

describe('P10 an answer larger than a record, a transaction or a message', () => {
  test('with many items and many voucher URLs is written in parts of less than 4 MB', async () => {
    const items = itemUuids(40).map((itemUuid) => seen('OK', { itemUuid, vouchers: urls(100, 800) }));
    const tracker = await trackLarge(items);
    expect(count(tracker, 'order_item.ok')).toBe(40);
    expect(tracker.types.at(-1)).toBe('order.settled');
  });

  test.for([2000, 20_000])(
    'with %i voucher URLs of one item is published with those that fit',
    async (length) => {
      const tracker = await trackLarge([
        seen('OK', { vouchers: urls(length, 200) }),
        seen('KO', { itemUuid: OTHER_ITEM }),
      ]);
      expect(tracker.types).toEqual(['order_item.ok', 'order_item.ko', 'order.settled']);
      const kept = tracker.item().vouchers.length;
      expect(kept).toBeGreaterThan(500);
      expect(tracker.logs.filter(({ level }) => level === 'warn')).toMatchObject([
        { fields: { vouchersLeftOut: length - kept } },
      ]);
    },
  );

  test('with a title of a megabyte is stored with a shorter one', async () => {
    const tracker = await trackLarge([seen('OK', { product: { title: 'é'.repeat(1024 * 1024) } })]);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.item().product.title).toHaveLength(1024);
  });
});

test('the state of an execution stays small for an order of a thousand items', async () => {
  const tracker = await tracked(...itemUuids(1000).map((itemUuid) => pending('P2D', itemUuid)));
  const [execution] = tracker.executions;
  expect(execution?.input.openItems).toHaveLength(100);
  expect(JSON.stringify(execution?.input).length).toBeLessThan(32 * 1024);
});
