import { describe, expect, test } from 'vitest';
import * as records from '../../lambdas/adapters/records.ts';
import { at, ITEM, ORDER } from '../domain/fixtures.ts';

describe('sort keys', () => {
  const keys = {
    order: records.orderKey(ORDER),
    item: records.itemKey(ORDER, ITEM),
    webhook: records.webhookKey({ orderUuid: ORDER, itemUuid: ITEM, version: '22', status: 'OK' }),
    track: records.trackKey(ORDER, at(0)),
    check: records.checkKey(ORDER, at(0), 3),
    itemEvent: records.eventKey({ orderUuid: ORDER, itemUuid: ITEM, sequence: 2 }),
    orderEvent: records.eventKey({ orderUuid: ORDER, sequence: 1 }),
    notification: records.notificationKey(ORDER, ITEM),
  };

  test('are those of the design, in the partition of the order', () => {
    for (const key of Object.values(keys)) {
      expect(key.pk).toBe(`ORDER#${ORDER}`);
      expect(records.orderUuidOf(key)).toBe(ORDER);
    }
    expect(Object.fromEntries(Object.entries(keys).map(([name, { sk }]) => [name, sk]))).toEqual({
      order: 'ORDER',
      item: `ITEM#${ITEM}`,
      webhook: `WEBHOOK#${ITEM}#00000000000000000022#OK`,
      track: expect.stringMatching(/^TRACK#2026-03-01T10:00:00\.000Z#[0-9a-f]{8}$/),
      check: 'CHECK#2026-03-01T10:00:00.000Z#3',
      itemEvent: `EVENT#${ITEM}#00000002`,
      orderEvent: 'EVENT#order#00000001',
      notification: `ASKED#${ITEM}`,
    });
  });

  test.for([
    ['items', records.ITEM_RANGE, ['item']],
    ['the order and its items', records.STATE_RANGE, ['order', 'item']],
    ['hints', records.HINT_RANGE, ['webhook', 'track']],
    ['everything', records.EVERY_SORT_KEY, Object.keys(keys)],
  ] as const)('of %s, and of nothing else, are in their range', ([, { from, to }, expected]) => {
    const found = Object.entries(keys).filter(([, { sk }]) => from <= sk && sk <= to);
    expect(found.map(([name]) => name)).toEqual(expected);
  });

  test('of events sort by sequence', () => {
    const inOrder = [1, 2, 9, 10, 99, 100, 12_345].map(
      (sequence) => records.eventKey({ orderUuid: ORDER, itemUuid: ITEM, sequence }).sk,
    );
    expect(inOrder.toSorted()).toEqual(inOrder);
  });
});

test('O1 versions of webhooks compare as numbers do', () => {
  const versions = ['0', '9', '10', '22', '100', '99999999999999999999'].map(records.padVersion);
  expect(versions.toSorted()).toEqual(versions);
  expect(versions.map(({ length }) => length)).toEqual(versions.map(() => 20));
});

test.for([
  ['order', (v: unknown) => records.toOrder(ORDER, { ...ORDER_ROW, v })],
  ['item', (v: unknown) => records.toItem({ ...ITEM_ROW, v })],
  ['webhook', (v: unknown) => records.toHint({ ...WEBHOOK_ROW, v })],
  ['track request', (v: unknown) => records.toHint({ ...TRACK_ROW, v })],
  ['event', (v: unknown) => records.toEvent({ ...EVENT_ROW, v })],
] as const)('a record of another version of an %s is refused', ([, read]) => {
  expect(() => read(1)).not.toThrow();
  for (const version of [2, 0, '1', undefined]) expect(() => read(version)).toThrow();
});

const ORDER_ROW = {
  ...records.orderKey(ORDER),
  rev: 1,
  generation: 0,
  readable: true,
  settled: false,
  settledCount: 0,
};

const ITEM_ROW = {
  ...records.itemKey(ORDER, ITEM),
  itemUuid: ITEM,
  status: 'PENDING',
  since: at(0),
  statuses: ['PENDING'],
  sequence: 1,
  openPeriod: 1,
  firstSeenAt: at(0),
  openedAt: at(0),
  confirmBy: at(60),
  vouchers: [],
  product: {},
  expiresAt: 1,
};

const WEBHOOK_ROW = {
  ...records.webhookKey({ orderUuid: ORDER, itemUuid: ITEM, version: '22', status: 'OK' }),
  requestedAt: at(0),
  itemUuid: ITEM,
  status: 'OK',
  version: '22',
};

const TRACK_ROW = { ...records.trackKey(ORDER, at(0)), requestedAt: at(0) };

const EVENT_ROW = { ...records.eventKey({ orderUuid: ORDER, sequence: 1 }), body: '{}' };
