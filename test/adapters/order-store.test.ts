import { beforeEach, describe, expect, test } from 'vitest';
import { hintKey, itemKey, orderKey } from '../../lambdas/adapters/records.ts';
import { at, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

let orders: OrderTable;

beforeEach(() => {
  orders = new OrderTable();
});

test('an order without a record has rev 0', async () => {
  expect(await orders.read()).toEqual({
    order: { orderUuid: ORDER, rev: 0, generation: 0, readable: false, settled: false, settledCount: 0 },
    items: [],
    hints: [],
  });
});

test('an order is read with its items and all of its hints, resolved ones too', async () => {
  await orders.webhook('OK', '7', 0);
  await orders.check(10, answer(seen('OK'), seen('PENDING', { itemUuid: OTHER_ITEM })));
  await orders.webhook('REFUNDED', '8', 20);
  const { order, items, hints } = await orders.read();
  expect(order).toMatchObject({ orderUuid: ORDER, rev: 1, generation: 1, checkedAt: at(10), clock: 'watch' });
  expect(items.map(({ itemUuid, status }) => [itemUuid, status])).toEqual([
    [ITEM, 'OK'],
    [OTHER_ITEM, 'PENDING'],
  ]);
  expect(hints).toEqual([
    expect.objectContaining({ kind: 'webhook', status: 'OK', isFresh: false, outcome: 'satisfied' }),
    expect.objectContaining({ kind: 'webhook', status: 'REFUNDED', isFresh: true, requestedAt: at(20) }),
  ]);
});

test('what a check writes is what the next one reads', async () => {
  await orders.check(0, answer(seen('OK', { cancellationReason: 'GRACE-PERIOD' })));
  await orders.check(100, answer(seen('REFUND_STARTED')));
  const { items } = await orders.read();
  expect(items).toMatchObject([
    {
      status: 'OK',
      unconfirmed: { status: 'REFUND_STARTED', since: at(100) },
      vouchers: ['https://vouchers.example.com/1.pdf'],
      product: { type: 'musement', title: 'Museum', maxConfirmationTime: 'P2D' },
    },
  ]);
});

test('the items of an order are read for its execution', async () => {
  await orders.check(0, answer(seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM })));
  expect(await orders.store.readItems(ORDER)).toEqual((await orders.read()).items);
  expect(await orders.store.readItems(OTHER_ITEM)).toEqual([]);
});

describe('a record of another version is refused when it is read', () => {
  beforeEach(async () => {
    await orders.webhook('OK', '7', 0);
    await orders.check(10, answer(seen('PENDING')));
  });

  test.for([
    ['order', () => orderKey(ORDER)],
    ['item', () => itemKey(ORDER, ITEM)],
    ['webhook', () => hintKey(ORDER, { sk: orders.records('WEBHOOK#')[0]?.sk ?? '' })],
  ] as const)('of an %s', async ([, keyOf]) => {
    orders.table.updateNow({ key: keyOf(), set: { v: 2 } });
    await expect(orders.read()).rejects.toThrow();
  });
});
