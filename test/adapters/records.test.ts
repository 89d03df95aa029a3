import { describe, expect, test } from 'vitest';
import {
  checkKey,
  eventKey,
  HINT_RANGE,
  ITEM_RANGE,
  itemKey,
  notificationKey,
  orderKey,
  orderUuidOf,
  padVersion,
  STATE_RANGE,
  TIMELINE_RANGE,
  toEvent,
  toHint,
  toItem,
  toOrder,
  trackKey,
  webhookKey,
} from '../../lambdas/adapters/records.ts';
import { at, ITEM, ORDER } from '../domain/fixtures.ts';

describe('sort keys', () => {
  const keys = {
    order: orderKey(ORDER),
    item: itemKey(ORDER, ITEM),
    webhook: webhookKey({ orderUuid: ORDER, itemUuid: ITEM, version: '22', status: 'OK' }),
    track: trackKey(ORDER, at(0)),
    check: checkKey(ORDER, at(0), 3),
    itemEvent: eventKey({ orderUuid: ORDER, itemUuid: ITEM, sequence: 2 }),
    orderEvent: eventKey({ orderUuid: ORDER, sequence: 1 }),
    notification: notificationKey(ORDER, ITEM),
  };

  test('are those of the design, in the partition of the order', () => {
    for (const key of Object.values(keys)) {
      expect(key.pk).toBe(`ORDER#${ORDER}`);
      expect(orderUuidOf(key)).toBe(ORDER);
    }
    expect(keys.order.sk).toBe('ORDER');
    expect(keys.item.sk).toBe(`ITEM#${ITEM}`);
    expect(keys.webhook.sk).toBe(`WEBHOOK#${ITEM}#00000000000000000022#OK`);
    expect(keys.track.sk).toMatch(/^TRACK#2026-03-01T10:00:00\.000Z#[0-9a-f]{8}$/);
    expect(keys.check.sk).toBe('CHECK#2026-03-01T10:00:00.000Z#3');
    expect(keys.itemEvent.sk).toBe(`EVENT#${ITEM}#00000002`);
    expect(keys.orderEvent.sk).toBe('EVENT#order#00000001');
    expect(keys.notification.sk).toBe(`ASKED#${ITEM}`);
  });

  test.for([
    ['items', ITEM_RANGE, ['item']],
    ['the order and its items', STATE_RANGE, ['order', 'item']],
    ['hints', HINT_RANGE, ['webhook', 'track']],
    ['everything', TIMELINE_RANGE, Object.keys(keys)],
  ] as const)('of %s, and of nothing else, are in their range', ([, { from, to }, expected]) => {
    const found = Object.entries(keys).filter(([, { sk }]) => from <= sk && sk <= to);
    expect(found.map(([name]) => name)).toEqual(expected);
  });

  test('of track requests are unique, also within one millisecond', () => {
    const many = Array.from({ length: 500 }, () => trackKey(ORDER, at(0)).sk);
    expect(new Set(many).size).toBe(many.length);
  });

  test('of events sort by sequence', () => {
    const inOrder = [1, 2, 9, 10, 99, 100, 12_345].map(
      (sequence) => eventKey({ orderUuid: ORDER, itemUuid: ITEM, sequence }).sk,
    );
    expect(inOrder.toSorted()).toEqual(inOrder);
  });
});

describe('O1 versions of webhooks', () => {
  test('compare as numbers do', () => {
    const versions = ['0', '9', '10', '22', '100', '99999999999999999999'].map(padVersion);
    expect(versions.toSorted()).toEqual(versions);
    expect(new Set(versions.map(({ length }) => length))).toEqual(new Set([20]));
  });

  test('with leading zeros are the same version', () => {
    expect(padVersion('007')).toBe(padVersion('7'));
    expect(padVersion('000')).toBe(padVersion('0'));
    expect(padVersion('00000000000000000022')).toBe(padVersion('22'));
  });
});

describe('a record of another version is refused', () => {
  test.for([
    ['order', (v: unknown) => toOrder(ORDER, { ...ORDER_ROW, v })],
    ['item', (v: unknown) => toItem({ ...ITEM_ROW, v })],
    ['webhook', (v: unknown) => toHint({ ...WEBHOOK_ROW, v })],
    ['track request', (v: unknown) => toHint({ ...TRACK_ROW, v })],
    ['event', (v: unknown) => toEvent({ ...EVENT_ROW, v })],
  ] as const)('of an %s', ([, read]) => {
    expect(() => read(1)).not.toThrow();
    for (const version of [2, 0, '1', undefined]) expect(() => read(version)).toThrow();
  });
});

const ORDER_ROW = {
  ...orderKey(ORDER),
  rev: 1,
  generation: 0,
  readable: true,
  settled: false,
  settledCount: 0,
};

const ITEM_ROW = {
  ...itemKey(ORDER, ITEM),
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
  ...webhookKey({ orderUuid: ORDER, itemUuid: ITEM, version: '22', status: 'OK' }),
  requestedAt: at(0),
  itemUuid: ITEM,
  status: 'OK',
  version: padVersion('22'),
};

const TRACK_ROW = { ...trackKey(ORDER, at(0)), requestedAt: at(0) };

const EVENT_ROW = { ...eventKey({ orderUuid: ORDER, sequence: 1 }), body: '{}' };

describe('a hint', () => {
  test.for([
    ['webhook', WEBHOOK_ROW],
    ['track', TRACK_ROW],
  ] as const)('of kind %s is fresh while it is due', ([kind, row]) => {
    expect(toHint({ ...row, v: 1, due: 'RESCUE#1', dueAt: at(60) })).toMatchObject({ kind, isFresh: true });
    expect(toHint({ ...row, v: 1 })).toMatchObject({ kind, isFresh: false });
  });
});
