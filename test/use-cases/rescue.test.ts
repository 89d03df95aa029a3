import { describe, expect, test } from 'vitest';
import { at, ITEM, ORDER, OTHER_ITEM, seen } from '../platform/sample-order.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const RECONCILED = { reconcileEverySeconds: 300 };

const pending = seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } });

const tracked = async (...items: Parameters<TestTracker['show']>): Promise<TestTracker> => {
  const tracker = new TestTracker();
  tracker.show(...items);
  await tracker.track({ paidAt: at(0) });
  await tracker.run(5);
  return tracker;
};

describe('what did not happen by itself is done by the reconciler', () => {
  test('E10 a hint, a watch and an event that no stream consumer saw', async () => {
    const tracker = new TestTracker();
    tracker.switchOff('dispatch');
    tracker.switchOff('publish');
    tracker.show(pending);
    await tracker.webhook('PENDING');
    await tracker.run(59, { reconcileEverySeconds: 30 });
    expect(tracker.gets).toHaveLength(0);
    await tracker.run(6 * 60, RECONCILED);
    expect(tracker.item().status).toBe('PENDING');
    await tracker.run(2 * HOUR, RECONCILED);
    expect(tracker.executions).toEqual([]);
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(tracker.rows('EVENT#').some(({ dueAt }) => dueAt)).toBe(false);
  });

  test('E10 everything of a day in which both consumers were off: nothing is lost, nothing has a second id', async () => {
    const tracker = new TestTracker();
    tracker.switchOff('dispatch');
    tracker.switchOff('publish');
    tracker.show(seen('OK'), seen('PENDING', { itemUuid: OTHER_ITEM }));
    await tracker.webhook('OK');
    await tracker.run(20 * HOUR, RECONCILED);
    tracker.show(seen('OK'), seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.run(10 * HOUR, RECONCILED);
    expect(tracker.types.toSorted()).toEqual(['order.settled', 'order_item.ok', 'order_item.ok']);
    tracker.switchOn('dispatch');
    tracker.switchOn('publish');
    await tracker.run(DAY, RECONCILED);
    expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(3);
  });

  test('E6 a check whose execution is gone, under the next generation', async () => {
    const tracker = await tracked(pending);
    tracker.switchOff('watches');
    await tracker.run(10 * 60, RECONCILED);
    tracker.switchOn('watches');
    const { generation = 0 } = tracker.order() ?? {};
    expect(generation).toBeGreaterThan(1);
    await tracker.run(2 * HOUR, RECONCILED);
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(tracker.order()?.rescueCount).toBeUndefined();
  });

  test('P1 a status that a rescue finds says so', async () => {
    const tracker = await tracked(pending);
    tracker.switchOff('watches');
    tracker.show(seen('OK'));
    await tracker.run(10 * 60, RECONCILED);
    expect(tracker.published[0]?.data).toMatchObject({ status: 'OK', foundBy: 'rescue' });
  });

  test('a healthy order is never rescued', async () => {
    const tracker = await tracked(pending);
    await tracker.run(20 * 60, RECONCILED);
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(10 * DAY, RECONCILED);
    const claimed = tracker.logs.filter(({ message }) => message === 'Claimed due records');
    expect(claimed.every(({ fields }) => fields['lane'] === 'FOLLOW_UP')).toBe(true);
    expect(tracker.order()?.rescueCount).toBeUndefined();
  });

  test('E11 a backlog of follow-ups never delays a rescue', async () => {
    const tracker = new TestTracker();
    tracker.switchOff('dispatch');
    tracker.switchOff('queue');
    for (let order = 0; order < 3000; order++) {
      const pk = `ORDER#${`${order}`.padStart(36, '0')}`;
      const marks = {
        v: 1,
        rev: 1,
        generation: 0,
        readable: true,
        settled: true,
        settledCount: 1,
        expiresAt: 0,
      };
      await tracker.table.put({
        put: { pk, sk: 'ORDER', ...marks, due: 'FOLLOW_UP#0', dueAt: at(-DAY + order) },
      });
    }
    await tracker.webhook('OK');
    await tracker.run(120);
    await tracker.reconcile();
    const [first, ...others] = tracker.logs.filter(({ message }) => message === 'Claimed due records');
    expect(first?.fields).toMatchObject({ lane: 'RESCUE', orders: [ORDER] });
    expect(others.length).toBeLessThanOrEqual(10);
  });
});

describe('a record that fails every time', () => {
  test('E13 goes to the back of the queue, is parked after 20 claims, and holds back no other', async () => {
    const tracker = await tracked(seen('OK'), seen('PENDING', { itemUuid: OTHER_ITEM }));
    tracker.refuses = ({ key }) => key.sk.includes(ITEM);
    tracker.show(seen('REFUNDED'), seen('PENDING', { itemUuid: OTHER_ITEM }));
    await tracker.webhook('REFUNDED', '2');
    await tracker.run(5 * DAY, RECONCILED);
    const [refused] = tracker.rows('EVENT#').filter(({ dueAt }) => dueAt);
    expect(refused?.['rescueCount']).toBeGreaterThanOrEqual(20);
    expect(tracker.counts.get('RecordParked')).toBeGreaterThanOrEqual(1);
    expect(tracker.counts.get('EventRefused')).toBeGreaterThan(20);
    tracker.show(seen('REFUNDED'), seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.webhook('OK', '3', OTHER_ITEM);
    await tracker.run(HOUR, RECONCILED);
    expect(tracker.types).toContain('order_item.ok');
  });

  test('E13 is taken up once a day when it is parked', async () => {
    const tracker = await tracked(seen('OK'));
    tracker.refuses = () => true;
    tracker.show(seen('REFUNDED'));
    await tracker.webhook('REFUNDED', '2');
    await tracker.run(6 * DAY, RECONCILED);
    const counts = () =>
      tracker.rows('EVENT#').flatMap(({ dueAt, rescueCount }) => (dueAt ? [Number(rescueCount)] : []));
    const before = counts();
    expect(before.length).toBeGreaterThan(0);
    expect(Math.min(...before)).toBeGreaterThanOrEqual(20);
    await tracker.run(5 * DAY, RECONCILED);
    expect(counts()).toEqual(before.map((count) => count + 5));
  });

  test('E13 and cannot be claimed fails the run, and holds back no other', async () => {
    const tracker = new TestTracker({
      through: (table) =>
        tableWith(table, {
          get: async (key) => {
            if (key.sk.includes(ITEM)) throw new Error('throttled');
            return await table.get(key);
          },
        }),
    });
    tracker.switchOff('publish');
    tracker.show(seen('OK'), seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.track({ paidAt: at(0) });
    await tracker.run(120);
    await expect(tracker.reconcile()).rejects.toThrow('1 due records failed.');
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('E13 an order whose every refresh fails is parked, and checked in time again when it recovers', async () => {
    let fails = false;
    const tracker = new TestTracker({
      through: (table) =>
        tableWith(table, {
          put: async (put) => {
            if (fails) throw new Error('throttled');
            return await table.put(put);
          },
        }),
    });
    const product = { maxConfirmationTime: 'P30D' };
    tracker.show(seen('PENDING', { product }));
    await tracker.track({ paidAt: at(0) });
    await tracker.run(5);
    fails = true;
    await tracker.run(6 * DAY, RECONCILED);
    expect(tracker.order()?.rescueCount).toBeGreaterThanOrEqual(20);
    fails = false;
    await tracker.run(DAY, RECONCILED);
    expect(tracker.order()?.rescueCount).toBeUndefined();
    await tracker.run(25 * DAY, RECONCILED);
    expect(tracker.published[0]).toMatchObject({ type: 'order_item.overdue', time: at(30 * DAY) });
  });
});

describe('publishing', () => {
  test('E2 repeats the same id and body when the function dies after the topic has accepted', async () => {
    const tracker = new TestTracker();
    tracker.strikes = (fault) => fault === 'stream record twice';
    tracker.show(seen('OK'));
    await tracker.webhook('OK');
    await tracker.run(5);
    expect(tracker.published.length).toBe(4);
    expect(new Set(tracker.published.map((event) => JSON.stringify(event))).size).toBe(2);
  });

  test('E3 publishes the others once when one event is refused, and that one by the reconciler', async () => {
    const tracker = new TestTracker();
    let refusals = 0;
    tracker.refuses = ({ key }) => key.sk.includes(ITEM) && refusals++ < 3;
    tracker.show(seen('OK'), seen('KO', { itemUuid: OTHER_ITEM }));
    await tracker.webhook('OK');
    await tracker.run(5);
    expect(tracker.types.toSorted()).toEqual(['order.settled', 'order_item.ko']);
    expect(tracker.counts.get('EventRefused')).toBe(1);
    await tracker.run(600, RECONCILED);
    expect(tracker.types.toSorted()).toEqual(['order.settled', 'order_item.ko', 'order_item.ok']);
  });
});
