import { expect, test } from 'vitest';
import { orderTimelines } from '../../lambdas/adapters/order-timeline.ts';
import * as records from '../../lambdas/adapters/records.ts';
import type { Row } from '../../lambdas/adapters/table.ts';
import { answer, at, ITEM, ORDER, SETTINGS, seen } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

const keys = {
  order: records.orderKey(ORDER),
  item: records.itemKey(ORDER, ITEM),
  webhook: records.webhookKey({ orderUuid: ORDER, itemUuid: ITEM, version: '22', status: 'OK' }),
  track: records.trackKey(ORDER, at(0)),
  untrack: records.untrackKey(ORDER, at(0), 3),
  check: records.checkKey(ORDER, at(0), 3),
  itemEvent: records.eventKey({ orderUuid: ORDER, itemUuid: ITEM, sequence: 2 }),
  orderEvent: records.eventKey({ orderUuid: ORDER, sequence: 1 }),
  notification: records.notificationKey(ORDER, ITEM),
};

test('sort keys are those of the design, in the partition of the order', () => {
  for (const key of Object.values(keys)) {
    expect(key.pk).toBe(`ORDER#${ORDER}`);
    expect(records.orderUuidOf(key)).toBe(ORDER);
  }
  expect(Object.fromEntries(Object.entries(keys).map(([name, { sk }]) => [name, sk]))).toEqual({
    order: 'ORDER',
    item: `ITEM#${ITEM}`,
    webhook: `WEBHOOK#${ITEM}#00000000000000000022#OK`,
    track: expect.stringMatching(/^TRACK#2026-03-01T10:00:00\.000Z#[0-9a-f]{8}$/),
    untrack: 'UNTRACK#2026-03-01T10:00:00.000Z#3',
    check: 'CHECK#2026-03-01T10:00:00.000Z#3',
    itemEvent: `EVENT#${ITEM}#00000002`,
    orderEvent: 'EVENT#order#00000001',
    notification: `ASKED#${ITEM}`,
  });
});

test.for([
  ['items', records.ITEM_RANGE, ['item']],
  ['the order and its items', records.STATE_RANGE, ['order', 'item']],
  ['everything', records.EVERY_SORT_KEY, Object.keys(keys)],
] as const)('sort keys of %s, and of nothing else, are in their range', ([, { from, to }, expected]) => {
  const found = Object.entries(keys).filter(([, { sk }]) => from <= sk && sk <= to);
  expect(found.map(([name]) => name)).toEqual(expected);
});

test('sort keys of events sort by sequence', () => {
  const inOrder = [1, 2, 9, 10, 99, 100, 12_345].map(
    (sequence) => records.eventKey({ orderUuid: ORDER, itemUuid: ITEM, sequence }).sk,
  );
  expect(inOrder.toSorted()).toEqual(inOrder);
});

test('O1 versions of webhooks compare as numbers do', () => {
  const versions = ['0', '9', '10', '22', '100', '99999999999999999999'].map(records.padVersion);
  expect(versions.toSorted()).toEqual(versions);
  expect(versions.map(({ length }) => length)).toEqual(versions.map(() => 20));
});

test.for<[string, (row: Row) => unknown]>([
  ['ORDER', (row) => records.toOrder(ORDER, row)],
  ['ITEM#', records.toItem],
  ['WEBHOOK#', records.toHint],
  ['TRACK#', records.toHint],
  ['EVENT#', records.toEvent],
])('a record of another version is rejected: %s', async ([prefix, read]) => {
  const orders = new OrderTable();
  await orderTimelines(orders.table, SETTINGS).track(ORDER, {}, at(0));
  await orders.webhook('OK', '7', 0);
  await orders.check(10, answer(seen('OK')));
  const [row] = orders.records(prefix);
  if (!row) throw new Error(`There is no record ${prefix}.`);
  expect(() => read(row)).not.toThrow();
  for (const v of [2, 0, '1', undefined]) expect(() => read({ ...row, v })).toThrow();
});
