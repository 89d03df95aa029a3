import { describe, expect, test } from 'vitest';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { at, DAY, HOUR, ITEM, OTHER_ITEM, START, seen } from '../domain/fixtures.ts';
import { TestTracker } from '../platform/test-tracker.ts';
import { RECONCILED } from './tracked-order.ts';

const other = seen('OK', { itemUuid: OTHER_ITEM });

/** An order of two items, of which one disappears from the answers a minute after the first check. */
const withoutItem = async (status = 'PENDING'): Promise<TestTracker> => {
  const tracker = new TestTracker();
  tracker.show(seen(status), other);
  await tracker.track({ paidAt: at(0) });
  await tracker.run(60);
  tracker.show(other);
  return tracker;
};

describe('P16 an item that disappears from every answer', () => {
  test('is reported once after a day, and no longer blocks order.settled', async () => {
    const tracker = await withoutItem();
    await tracker.run(DAY, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok']);
    await tracker.run(HOUR, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order_item.missing', 'order.settled']);
    const [, missing, settled] = tracker.published;
    expect(missing?.data).toMatchObject({ itemUuid: ITEM, status: 'PENDING' });
    expect(settled?.data).toMatchObject({ items: [{ uuid: OTHER_ITEM, status: 'OK' }] });
    expect(tracker.counts.get('GivenUp')).toBe(1);
    await tracker.run(20 * DAY, RECONCILED);
    expect(tracker.types).toHaveLength(3);
  });

  test('is followed further: its status is published, and the order settles again, when it is back', async () => {
    const tracker = await withoutItem();
    await tracker.run(3 * DAY, RECONCILED);
    tracker.show(seen('OK'), other);
    await tracker.run(2 * DAY, RECONCILED);
    expect(tracker.types.slice(3)).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.item().missingAt).toBeUndefined();
    expect(tracker.published.at(-1)?.data).toMatchObject({ items: [{ uuid: ITEM }, { uuid: OTHER_ITEM }] });
  });

  test('makes the order unsettled again when it is back and open', async () => {
    const tracker = await withoutItem();
    await tracker.run(3 * DAY, RECONCILED);
    expect(tracker.order()?.settled).toBe(true);
    tracker.show(seen('PENDING'), other);
    await tracker.run(DAY, RECONCILED);
    expect(tracker.order()?.settled).toBe(false);
    expect(tracker.types.slice(3)).toEqual(['order_item.overdue']);
  });

  test('is not missing as long as one answer in a day shows it', async () => {
    const tracker = await withoutItem();
    for (let day = 0; day < 4; day++) {
      await tracker.run(20 * HOUR, RECONCILED);
      tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'P60D' } }), other);
      await tracker.track();
      await tracker.run(5);
      tracker.show(other);
    }
    expect(tracker.types).not.toContain('order_item.missing');
  });

  test.for([
    ['do not know the order', { kind: 'unknown' }],
    ['are empty', { kind: 'order', snapshot: { items: [], unreadable: 0 } }],
    ['show an item that cannot be read', { kind: 'order', snapshot: { items: [other], unreadable: 1 } }],
    ['fail', { kind: 'failure', cause: 'http_503' }],
  ] as const)('is not missing because answers %s', async ([, answer]) => {
    const tracker = await withoutItem();
    tracker.provider = () => answer;
    await tracker.run(3 * DAY, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok']);
  });

  test('is not reported if it is final, and does not block order.settled either', async () => {
    const tracker = new TestTracker();
    tracker.show(seen('KO'), seen('PENDING', { itemUuid: OTHER_ITEM }));
    await tracker.track({ paidAt: at(0) });
    await tracker.run(60);
    tracker.show(seen('PENDING', { itemUuid: OTHER_ITEM }));
    await tracker.run(1.5 * DAY, RECONCILED);
    tracker.show(other);
    await tracker.run(DAY, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ko', 'order_item.ok', 'order.settled']);
  });

  test('ends its tracking 180 days after its deadline, like any other open item', async () => {
    const tracker = await withoutItem();
    await tracker.run(183 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.types.slice(3)).toEqual(['order_item.tracking_ended']);
    expect(secondsBetween(START, tracker.published.at(-1)?.time ?? '')).toBeGreaterThanOrEqual(182 * DAY);
  });
});
