import { beforeEach, expect, test } from 'vitest';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { lanePartition } from '../../lambdas/domain/due.ts';
import { answer, at, DAY, HOUR, ITEM, ORDER, seen } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

const pending = answer(seen('PENDING'));

let orders: OrderTable;

beforeEach(async () => {
  orders = new OrderTable();
  await orders.check(0, pending);
});

/** The first record that is due after a day. */
const firstDue = async () => {
  const [record] = await orders.due.due(lanePartition('RESCUE', ORDER), at(DAY), 10);
  if (!record) throw new Error('Nothing is due.');
  return record;
};

test('E13 a record that two claim at once is given to one, and its order is not disturbed', async () => {
  const { rev, nextCheckAt } = orders.order;
  const record = await firstDue();
  const claims = await Promise.all([1, 2].map(() => orders.due.claim(record, at(DAY))));
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(orders.order).toMatchObject({ rescueCount: 1, dueAt: at(DAY + 300), rev, nextCheckAt });
});

test.for([
  ['done', () => orders.check(DAY, pending)],
  ['claimed', () => orders.claimDue(at(DAY))],
  ['deleted', async () => orders.table.expire(orderKey(ORDER))],
] as const)('a record that was %s meanwhile is not claimed: the index lags behind', async ([, happens]) => {
  const record = await firstDue();
  await happens();
  const before = orders.table.rows();
  expect(await orders.due.claim(record, at(DAY))).toBeUndefined();
  expect(orders.table.rows()).toEqual(before);
});

test('E13 a claim is repeated after 5 minutes, then twice as long up to 4 hours, then daily once it is parked', async () => {
  let now = DAY;
  const gaps: number[] = [];
  for (let count = 1; count <= 22; count++) {
    const [claim] = await orders.claimDue(at(now));
    expect(claim?.rescueCount).toBe(count);
    const gap = (Date.parse(`${orders.order['dueAt']}`) - Date.parse(at(now))) / 1000;
    gaps.push(gap);
    now += gap;
  }
  const fourHours = Array.from({ length: 13 }, () => 4 * HOUR);
  expect(gaps).toEqual([300, 600, 1200, 2400, 4800, 9600, ...fourHours, DAY, DAY, DAY]);
});

test('E15 the task for an order is a refresh, planned for its next check but never for the future', async () => {
  const plannedAt = orders.order['nextCheckAt'];
  const record = await firstDue();
  const claim = await orders.due.claim(record, at(10));
  expect(`${plannedAt}` > at(10)).toBe(true);
  expect(claim?.task).toEqual({ kind: 'refresh', message: { orderUuid: ORDER, plannedAt: at(10) } });
  expect(await orders.claimDue(at(DAY))).toMatchObject([
    { orderUuid: ORDER, rescueCount: 2, task: { message: { plannedAt } } },
  ]);
});

test('I5 the task for a fresh hint is a refresh without a planned time', async () => {
  await orders.webhook('OK', '7', 0);
  expect(await orders.claimDue(at(59))).toEqual([]);
  expect(await orders.claimDue(at(60))).toEqual([
    { orderUuid: ORDER, rescueCount: 1, task: { kind: 'refresh', message: { orderUuid: ORDER } } },
  ]);
});

test('E3 the task for an event is to publish its message', async () => {
  await orders.webhook('OK', '7', 95);
  await orders.check(100, answer(seen('OK')));
  const claims = await orders.claimDue(at(160));
  const stored = orders.records(`EVENT#${ITEM}`)[1];
  expect(claims.map(({ task }) => task)).toContainEqual({
    kind: 'publish',
    event: {
      key: { pk: stored?.pk, sk: stored?.sk },
      body: expect.stringContaining('"type":"order_item.ok"'),
      webhookAt: at(95),
    },
  });
  expect(claims).toHaveLength(2);
});

test('E13 an unreadable record is an error, and is claimed again later', async () => {
  orders.table.updateNow({ key: orderKey(ORDER), set: { v: 2 } });
  const record = await firstDue();
  await expect(orders.due.claim(record, at(DAY))).rejects.toThrow();
  expect(orders.order).toMatchObject({ rescueCount: 1, dueAt: at(DAY + 300) });
});
