import { describe, expect, test } from 'vitest';
import { watchName } from '../../lambdas/contracts/watch.ts';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { answer, DAY, HOUR, MINUTE, snapshotOf } from '../domain/fixtures.ts';
import { at, ITEM, itemUuids, ORDER, OTHER_ITEM, START, seen } from '../platform/sample-order.ts';
import { TestTracker } from '../platform/test-tracker.ts';
import {
  count,
  dueRecords,
  hinted,
  pending,
  RECONCILED,
  SELDOM_RECONCILED,
  tracked,
} from './tracked-order.ts';

/** An open item's order, and the state of its watch. */
const watched = async () => {
  const tracker = await tracked(seen('PENDING'));
  const [execution] = tracker.executions;
  if (!execution) throw new Error('The order is not watched.');
  return { tracker, state: execution.input };
};

describe('the watch of an order', () => {
  test('shows in its state which items are checked, until when, and when next', async () => {
    const tracker = await tracked(pending('PT1H'), pending('P2D', OTHER_ITEM));
    const [execution] = tracker.executions;
    expect(execution).toMatchObject({ name: watchName({ orderUuid: ORDER, generation: 1 }) });
    const { nextCheckAt } = tracker.order() ?? {};
    expect(execution?.input).toMatchObject({
      orderUuid: ORDER,
      nextCheckAt,
      openItems: [
        { itemUuid: ITEM, status: 'PENDING', confirmBy: at(HOUR), nextCheckAt },
        { itemUuid: OTHER_ITEM, status: 'PENDING', confirmBy: at(2 * DAY) },
      ],
    });
  });

  test('is one execution for all items of the order, whatever their deadlines', async () => {
    const tracker = await tracked(pending('PT2H'), pending('P1D', OTHER_ITEM));
    await tracker.run(2 * DAY);
    expect(count(tracker, 'order_item.overdue')).toBe(2);
    expect(tracker.executions).toHaveLength(1);
  });

  test('E5 ends as superseded when another check has started a newer one', async () => {
    const tracker = await tracked(seen('PENDING'));
    tracker.show(seen('OK', { vouchers: [] }));
    await tracker.webhook('OK', '2');
    await tracker.run(DAY + HOUR);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.executions.map(({ name, state }) => [name.slice(-2), state.decision])).toEqual([
      ['-1', 'superseded'],
      ['-2', 'done'],
    ]);
  });

  test('E5 of an older generation asks nothing', async () => {
    const { tracker } = await watched();
    tracker.switchOff('dispatch');
    await tracker.table.update({ key: { pk: `ORDER#${ORDER}`, sk: 'ORDER' }, set: { generation: 2 } });
    await tracker.run(HOUR);
    expect(tracker.executions[0]?.state.decision).toBe('superseded');
    expect(tracker.gets).toHaveLength(1);
  });

  test('E6 that was stopped by hand is followed by a new generation', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.switchOff('watches');
    await tracker.run(10 * MINUTE);
    tracker.switchOn('watches');
    await tracker.run(2 * HOUR, RECONCILED);
    expect(tracker.executions.map(({ name }) => name.slice(-2))).toEqual(['-1', '-2']);
    expect(tracker.published.map(({ type, time }) => [type, time])).toEqual([
      ['order_item.overdue', at(HOUR)],
    ]);
    expect(tracker.order()?.rescueCount).toBeUndefined();
  });

  test('hands over to a new one after 500 checks and after 300 days', async () => {
    const { tracker, state } = await watched();
    for (const more of [{ checks: 499 }, { startedAt: at(-300 * DAY) }]) {
      const { nextCheckAt = '', generation = 0 } = tracker.order() ?? {};
      tracker.switchOff('watches');
      await tracker.run(secondsBetween(tracker.now, nextCheckAt));
      const result = await tracker.checkOrder({ ...state, nextCheckAt, generation, ...more });
      expect(result.decision).toBe('superseded');
      expect(tracker.order()?.generation).toBe(generation + 1);
    }
  });

  test('gives the same answer, and asks nothing, when the platform repeats a check', async () => {
    const { tracker, state } = await watched();
    tracker.switchOff('watches');
    await tracker.run(HOUR);
    const first = await tracker.checkOrder(state);
    const gets = tracker.gets.length;
    expect(await tracker.checkOrder(state)).toEqual(first);
    expect(tracker.gets).toHaveLength(gets);
  });
});

describe('the schedule', () => {
  test.for([
    ['E8', 'P2D', 2 * HOUR, HOUR],
    ['T1', 'P0D', 100, 60],
  ] as const)(
    '%s finds a final status within %s although every webhook is lost',
    async ([, maxConfirmationTime, seconds, more]) => {
      const tracker = await tracked(pending(maxConfirmationTime));
      await tracker.run(seconds);
      tracker.show(seen('OK', { product: { maxConfirmationTime } }));
      await tracker.run(more);
      expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
      expect(tracker.published[0]?.data).toMatchObject({ foundBy: 'schedule' });
    },
  );

  test.for(['PT10M', 'P2D', 'P60D', 'P11M'])(
    'checks an item at most 24 times within %s, at last at its deadline',
    async (duration) => {
      const tracker = await tracked(pending(duration));
      await tracker.run(350 * DAY);
      expect(tracker.types).toEqual(['order_item.overdue']);
      const checks = tracker.rows('CHECK#').filter(({ reason }) => reason === 'schedule');
      expect(checks.length).toBeLessThanOrEqual(24);
      expect(checks.length).toBeGreaterThan(3);
      expect(tracker.published[0]?.time).toBe(tracker.item().confirmBy);
    },
  );

  test('P7 checks fifty items of one order by one GET for each scheduled check, also at their deadline', async () => {
    const tracker = await tracked(...itemUuids(50).map((itemUuid) => pending('PT4H', itemUuid)));
    await tracker.run(4 * HOUR - 6);
    const before = tracker.gets.length;
    // The first check, and at most 24 scheduled ones.
    expect(before).toBeGreaterThan(15);
    expect(before).toBeLessThan(25);
    await tracker.run(5);
    expect(tracker.gets).toHaveLength(before + 1);
    expect(tracker.types).toEqual(itemUuids(50).map(() => 'order_item.overdue'));
    expect(tracker.executions.map(({ state }) => state.decision)).toEqual(['done']);
  });

  test('T1 finds an instant item that is paid long after booking 150 s after payment', async () => {
    const tracker = await hinted(['PENDING', '1'], pending('P0D'));
    await tracker.run(20 * MINUTE, RECONCILED);
    expect(tracker.types).toEqual(['order_item.overdue']);
    await tracker.track({ paidAt: tracker.now });
    await tracker.run(30);
    tracker.show(seen('OK', { product: { maxConfirmationTime: 'P0D' } }));
    await tracker.run(150);
    expect(tracker.types).toContain('order_item.ok');
  });

  test('T3 names an unusable max_confirmation_time in one warning', async () => {
    const tracker = await tracked(pending('P0.5D'));
    await tracker.track();
    await tracker.run(5);
    expect(tracker.gets).toHaveLength(2);
    const warnings = tracker.logs.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ fields: { orderUuid: ORDER, maxConfirmationTime: 'P0.5D' } }]);
  });

  test('T5 reports an item as overdue at once when the first hint comes after its deadline', async () => {
    const tracker = new TestTracker();
    tracker.show(pending('PT1H'));
    await tracker.track({ paidAt: at(-DAY) });
    await tracker.run(2);
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(tracker.executions).toEqual([]);
  });

  test('T6 follows a max_confirmation_time that the provider shortens', async () => {
    const tracker = await tracked(pending('P2D'));
    tracker.show(pending('PT30M'));
    await tracker.run(40 * MINUTE);
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(tracker.published[0]?.time).toBe(at(30 * MINUTE));
  });

  test('T6 follows a max_confirmation_time that the provider makes longer, and is not overdue before', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.show(pending('P1D'));
    await tracker.run(2 * HOUR);
    expect(tracker.types).toEqual([]);
    expect(tracker.item()).toMatchObject({ openPeriod: 1, confirmBy: at(DAY) });
    await tracker.run(DAY);
    expect(tracker.published.map(({ type, time }) => [type, time])).toEqual([
      ['order_item.overdue', at(DAY)],
    ]);
  });

  test('T6 watches an overdue item again until the deadline that the provider makes longer', async () => {
    const tracker = await tracked(pending('PT1H'));
    await tracker.run(2 * HOUR);
    tracker.show(pending('P3D'));
    await tracker.run(DAY, RECONCILED);
    expect(tracker.item()).toMatchObject({ openPeriod: 2, confirmBy: at(3 * DAY) });
    expect(tracker.item().overdueAt).toBeUndefined();
    await tracker.run(3 * DAY, RECONCILED);
    expect(tracker.published.map(({ type, time }) => [type, time])).toEqual([
      ['order_item.overdue', at(HOUR)],
      ['order_item.overdue', at(3 * DAY)],
    ]);
  });

  test('T6 watches an overdue item again until the new deadline when its payment becomes known', async () => {
    const tracker = await hinted(['PENDING', '1'], seen('PENDING'));
    await tracker.run(49 * HOUR, RECONCILED);
    expect(tracker.types).toEqual(['order_item.overdue']);
    const paidAt = tracker.now;
    await tracker.track({ paidAt });
    await tracker.run(60);
    expect(tracker.item()).toMatchObject({ openPeriod: 2, openedAt: paidAt });
    expect(tracker.order()).toMatchObject({ clock: 'watch' });
    await tracker.run(2 * DAY);
    expect(tracker.types).toEqual(['order_item.overdue', 'order_item.overdue']);
    expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(2);
  });

  test('T7 publishes overdue, then ok, for an item that is confirmed just after its deadline', async () => {
    const tracker = await tracked(pending('PT1H'));
    await tracker.run(HOUR);
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(10);
    expect(tracker.types).toEqual(['order_item.overdue', 'order_item.ok', 'order.settled']);
  });

  test('E15 counts a wake 0.4 s before the deadline by our own clock as the deadline', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.skewInSeconds['check-order'] = -0.4;
    await tracker.run(HOUR + 10);
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(tracker.published[0]?.time).toBe(at(HOUR));
  });

  test('E19 waits for whole seconds, never checks before the deadline, and measures no negative time', async () => {
    const tracker = new TestTracker();
    const product = { maxConfirmationTime: 'PT1H' };
    tracker.show(seen('PENDING', { product }));
    const paidAt = '2026-03-01T09:59:59.700Z';
    await tracker.track({ paidAt });
    await tracker.run(2 * HOUR);
    expect(tracker.item().confirmBy).toBe('2026-03-01T10:59:59.700Z');
    expect(tracker.published.map(({ type, time }) => [type, time])).toEqual([
      ['order_item.overdue', '2026-03-01T11:00:00.000Z'],
    ]);
    for (const { input } of tracker.executions) expect(input.nextCheckAt).toMatch(/\.000Z$/);
    for (const values of tracker.measured.values()) {
      for (const value of values) expect(value).toBeGreaterThanOrEqual(0);
    }
  });
});

test('E1 a voucher that comes later is found although no webhook announces it', async () => {
  const tracker = await tracked(seen('OK', { vouchers: [] }));
  await tracker.run(10 * MINUTE);
  tracker.show(seen('OK'));
  await tracker.run(10 * MINUTE);
  expect(tracker.types).toEqual(['order_item.ok', 'order.settled', 'order_item.vouchers_available']);
});

test('E1 a voucher that never comes is waited for a day', async () => {
  const tracker = await tracked(seen('OK', { vouchers: [] }));
  await tracker.run(DAY + HOUR);
  expect(tracker.gets).toHaveLength(11);
  expect(tracker.executions.map(({ state }) => state.decision)).toEqual(['done']);
  expect(tracker.order()).toMatchObject({ clock: 'reconciler' });
});

test.for([true, false])(
  'T2 an unpaid item of an old order is tracked from when it is first seen, follow-ups: %s',
  async (followUps) => {
    const tracker = new TestTracker({ settings: { followUps } });
    const date = at(-200 * DAY);
    const show = (status: string) => {
      const snapshot = { ...snapshotOf(seen(status, { product: { maxConfirmationTime: 'P2D' } })), date };
      tracker.provider = () => ({ kind: 'order', snapshot });
    };
    show('PENDING');
    await tracker.track();
    await tracker.run(10, RECONCILED);
    expect(tracker.types).toEqual([]);
    expect(dueRecords(tracker).map(({ sk }) => sk)).toContain('ORDER');
    show('OK');
    await tracker.run(30 * DAY, SELDOM_RECONCILED);
    expect(tracker.types[0]).toBe('order_item.ok');
  },
);

describe('a follow-up', () => {
  test('E11 finds a refund whose every webhook was lost', async () => {
    const product = { date: '2026-06-01' };
    const tracker = await tracked(seen('OK', { product }));
    tracker.show(seen('REFUNDED', { product }));
    await tracker.run(8 * DAY, RECONCILED);
    expect(tracker.types).toContain('order_item.refunded');
    const refunded = tracker.published.find(({ type }) => type === 'order_item.refunded');
    expect(refunded?.data).toMatchObject({ foundBy: 'follow_up' });
    expect(secondsBetween(START, refunded?.time ?? '')).toBeLessThan(1.1 * DAY);
  });

  test('E11 ends although voucher URLs differ in every answer', async () => {
    const tracker = new TestTracker();
    let signature = 0;
    tracker.provider = () => {
      const vouchers = [`https://vouchers.example.com/1.pdf?signature=${signature++}`];
      return answer(seen('OK', { vouchers, product: { date: '2026-03-20' } }));
    };
    await tracker.track({ paidAt: at(0) });
    await tracker.run(60 * DAY, SELDOM_RECONCILED);
    const before = tracker.gets.length;
    await tracker.run(60 * DAY, SELDOM_RECONCILED);
    expect(tracker.gets.length).toBe(before);
  });

  test('E11 goes on although another item stays unreadable', async () => {
    const tracker = new TestTracker();
    const product = { date: '2027-03-01' };
    const showing = (status: string) => () => ({
      kind: 'order' as const,
      snapshot: { ...snapshotOf(seen(status, { product })), unreadable: 1 },
    });
    tracker.provider = showing('OK');
    await tracker.track({ paidAt: at(0) });
    await tracker.run(190 * DAY, { reconcileEverySeconds: 6 * HOUR });
    tracker.provider = showing('REFUNDED');
    await tracker.run(200 * DAY, { reconcileEverySeconds: 6 * HOUR });
    expect(tracker.types).toContain('order_item.refunded');
  });
});

test('E8 tracking that ended after 180 days starts again with a track request, and with nothing else', async () => {
  const tracker = await tracked(seen('PENDING'));
  await tracker.run(200 * DAY, SELDOM_RECONCILED);
  expect(tracker.types).toEqual(['order_item.overdue', 'order_item.tracking_ended']);
  await tracker.track();
  await tracker.run(20 * DAY, SELDOM_RECONCILED);
  expect(tracker.types.slice(2)).toEqual(['order_item.overdue']);
  expect(tracker.item().openPeriod).toBe(2);
  tracker.show(seen('OK'));
  await tracker.run(DAY, SELDOM_RECONCILED);
  expect(tracker.types.slice(3)).toEqual(['order_item.ok', 'order.settled']);
});

test('E16 no item expires before its order', async () => {
  const tracker = await tracked(seen('OK', { product: { date: '2026-09-01' } }));
  await tracker.run(250 * DAY, { reconcileEverySeconds: 6 * HOUR });
  expect(dueRecords(tracker)).toEqual([]);
  const expiryOf = (sk: string) => tracker.row(sk)?.['expiresAt'] as number;
  expect(expiryOf(`ITEM#${ITEM}`)).toBeGreaterThanOrEqual(expiryOf('ORDER'));
});
