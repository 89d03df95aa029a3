import { beforeEach, describe, expect, test } from 'vitest';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { dueLane } from '../../lambdas/domain/due.ts';
import { at, FAILURE, ITEM, ORDER, seen } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

let orders: OrderTable;

beforeEach(() => {
  orders = new OrderTable();
});

/** The first record that is due, so many seconds after the tests' beginning. */
const firstDue = async (seconds: number) => {
  const [record] = await orders.due.due(dueLane('RESCUE', ORDER), at(seconds), 10);
  if (!record) throw new Error('Nothing is due.');
  return record;
};

describe('a claim', () => {
  test('E13 of a record that two take up at once is given to one', async () => {
    await orders.check(0, answer(seen('PENDING')));
    const record = await firstDue(DAY);
    const claims = await Promise.all([1, 2].map(() => orders.due.claim(record, at(DAY))));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(orders.order).toMatchObject({ rescueCount: 1, dueAt: at(DAY + 300) });
  });

  test('changes neither rev nor the planned check: a running check is not disturbed', async () => {
    await orders.check(0, answer(seen('PENDING')));
    const { rev, nextCheckAt } = orders.order;
    await orders.claimDue(at(DAY));
    expect(orders.order).toMatchObject({ rev, nextCheckAt });
  });

  test.for([
    ['done meanwhile', () => orders.check(DAY, answer(seen('PENDING')))],
    ['claimed meanwhile', () => orders.claimDue(at(DAY))],
    ['deleted meanwhile', async () => orders.table.expire(orderKey(ORDER))],
  ] as const)('of a record that was %s is refused: the index lags behind the table', async ([, happens]) => {
    await orders.check(0, answer(seen('PENDING')));
    const record = await firstDue(DAY);
    await happens();
    const before = orders.table.rows();
    expect(await orders.due.claim(record, at(DAY))).toBeUndefined();
    expect(orders.table.rows()).toEqual(before);
  });

  test('E13 is repeated after 5 minutes, then twice as long up to 4 hours, then daily once it is parked', async () => {
    await orders.check(0, answer(seen('PENDING')));
    let now = DAY;
    const gaps: number[] = [];
    for (let count = 1; count <= 22; count++) {
      const [claim] = await orders.claimDue(at(now));
      expect(claim?.rescueCount).toBe(count);
      const gap = (Date.parse(`${orders.order['dueAt']}`) - Date.parse(at(now))) / 1000;
      gaps.push(gap);
      now += gap;
    }
    expect(gaps).toEqual([
      ...[300, 600, 1200, 2400, 4800, 9600],
      ...Array.from({ length: 13 }, () => 4 * HOUR),
      ...[DAY, DAY, DAY],
    ]);
  });

  test.for([
    ['an answer', answer(seen('PENDING'))],
    ['a failure', FAILURE],
  ] as const)('is forgotten with the next check, also after %s', async ([, answer]) => {
    await orders.check(0, answer(seen('PENDING')));
    await orders.claimDue(at(DAY));
    await orders.check(DAY, answer);
    expect(orders.order).not.toHaveProperty('rescueCount');
  });
});

describe('the task of a claimed record', () => {
  test('is a refresh for an order, planned for the time of its next check', async () => {
    await orders.check(0, answer(seen('PENDING')));
    const plannedAt = orders.order['nextCheckAt'];
    expect(await orders.claimDue(at(DAY))).toEqual([
      {
        orderUuid: ORDER,
        rescueCount: 1,
        task: { kind: 'refresh', message: { orderUuid: ORDER, plannedAt } },
      },
    ]);
  });

  test('E15 is never planned for the future, even if our clock is slow', async () => {
    await orders.check(0, answer(seen('PENDING')));
    const record = await firstDue(DAY);
    const claim = await orders.due.claim(record, at(10));
    expect(`${orders.order['nextCheckAt']}` > at(10)).toBe(true);
    expect(claim?.task).toEqual({ kind: 'refresh', message: { orderUuid: ORDER, plannedAt: at(10) } });
  });

  test('I5 is a refresh without a planned time for a fresh hint', async () => {
    await orders.webhook('OK', '7', 0);
    expect(await orders.claimDue(at(59))).toEqual([]);
    expect(await orders.claimDue(at(60))).toEqual([
      { orderUuid: ORDER, rescueCount: 1, task: { kind: 'refresh', message: { orderUuid: ORDER } } },
    ]);
  });

  test('E3 is a publication for an event, with the message as it was stored', async () => {
    await orders.webhook('OK', '7', -5);
    await orders.check(0, answer(seen('OK')));
    const claims = await orders.claimDue(at(60));
    const stored = orders.records(`EVENT#${ITEM}`)[0];
    expect(claims.map(({ task }) => task)).toContainEqual({
      kind: 'publish',
      event: { key: { pk: stored?.pk, sk: stored?.sk }, body: stored?.['body'], webhookAt: at(-5) },
    });
    expect(claims).toHaveLength(2);
  });

  test('E13 of an unreadable record is an error, and its next turn comes later', async () => {
    await orders.check(0, answer(seen('PENDING')));
    orders.table.updateNow({ key: orderKey(ORDER), set: { v: 2 } });
    const record = await firstDue(DAY);
    await expect(orders.due.claim(record, at(DAY))).rejects.toThrow();
    expect(orders.order).toMatchObject({ rescueCount: 1, dueAt: at(DAY + 300) });
  });
});

test('the oldest records come first, and only so many', async () => {
  for (const [version, seconds] of [
    ['3', 30],
    ['1', 10],
    ['2', 20],
    ['4', 40],
  ] as const) {
    await orders.webhook('OK', version, seconds);
  }
  const due = await orders.due.due(dueLane('RESCUE', ORDER), at(90), 2);
  expect(due.map(({ dueAt }) => dueAt)).toEqual([at(70), at(80)]);
});
