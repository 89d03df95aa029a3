import { describe, expect, test } from 'vitest';
import type { ItemEventData, OrderEventData } from '../../events/index.ts';
import type { ItemState } from '../../lambdas/domain/model.ts';
import type { CheckChange } from '../../lambdas/domain/order-change.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import {
  answer,
  at,
  CheckedOrder,
  DAY,
  FAILURE,
  HOUR,
  ITEM,
  ORDER,
  OTHER_ITEM,
  seen,
  snapshotOf,
  track,
  UNKNOWN,
  webhook,
  withHistory,
} from './fixtures.ts';

const pending = answer(seen('PENDING'));
const PAID = { paidAt: at(0) };

const dataIn = (change: CheckChange): ItemEventData | undefined =>
  change.items[0]?.events.at(-1)?.message.data as ItemEventData | undefined;

/** A paid order with an open item, after its first check. */
const open = () => withHistory('0 PENDING', PAID);

const both = (first: string, second: string) => answer(seen(first), seen(second, { itemUuid: OTHER_ITEM }));

test('a final status is published, and no temporary one by default', () => {
  const order = withHistory('0 PENDING');
  const change = order.check(100, answer(seen('OK')));
  expect(order.published).toEqual(['order_item.ok', 'order.settled']);
  expect(dataIn(change)).toMatchObject({
    orderUuid: ORDER,
    itemUuid: ITEM,
    sequence: 2,
    status: 'OK',
    previousStatus: 'PENDING',
    since: at(100),
  });
});

test('O8 an overdue item that is cancelled starts a new open period with its own deadline', () => {
  const order = withHistory(`0 PENDING, ${2 * DAY} PENDING`, PAID);
  expect(order.item().overdueAt).toBe(at(2 * DAY));
  order.check(3 * DAY, answer(seen('REFUND_STARTED')));
  expect(order.item()).toMatchObject({ openPeriod: 2, openedAt: at(3 * DAY), confirmBy: at(10 * DAY) });
  expect(order.item().overdueAt).toBeUndefined();
});

test('O8 the deadline of a refund counts from when it is first seen, not from the booking', () => {
  const order = withHistory('0 REFUND_STARTED', { paidAt: at(-60 * DAY), date: at(-60 * DAY) });
  expect(order.item().confirmBy).toBe(at(7 * DAY));
  expect(order.published).toEqual([]);
});

test('O4 each final status is published once and in order, through CANCELLATION_ERROR and back', () => {
  const order = withHistory('0 OK, 100 CANCELLATION_ERROR, 160 CANCELLATION_ERROR, 300 OK');
  const again = order.check(360, answer(seen('OK')));
  expect(order.published).toEqual(['order_item.ok', 'order.settled', 'order_item.ok', 'order.settled']);
  expect(dataIn(again)?.sequence).toBe(3);
});

describe('unconfirmed statuses', () => {
  const unconfirmed = { status: 'PENDING', since: at(200) };
  const opened = { status: 'PENDING', openPeriod: 2 };

  test.for<[string, string, Partial<ItemState>]>([
    ['a stale PENDING after OK', '0 PENDING, 100 OK, 200 PENDING', { status: 'OK', unconfirmed }],
    [
      'the same status 59 s later',
      '0 PENDING, 100 OK, 200 PENDING, 259 PENDING',
      { status: 'OK', unconfirmed },
    ],
    ['the same status 60 s later', '0 PENDING, 100 OK, 200 PENDING, 260 PENDING', opened],
    ['a stale OK after REFUNDED', '0 PENDING, 100 REFUNDED, 200 OK', { status: 'REFUNDED' }],
    [
      'another status 60 s later, which applies',
      '0 OK, 200 REFUND_STARTED, 260 REFUNDED',
      { status: 'REFUNDED' },
    ],
    ['PENDING after REFUND_STARTED', '0 REFUND_STARTED, 200 PENDING', { openPeriod: 1, unconfirmed }],
    ['PENDING after CANCELLATION_ERROR', '0 CANCELLATION_ERROR, 200 PENDING', { openPeriod: 1, unconfirmed }],
    [
      'CANCELLATION_ERROR, not seen before, after REFUND_STARTED',
      '0 PENDING, 100 REFUND_STARTED, 200 CANCELLATION_ERROR',
      { status: 'REFUND_STARTED' },
    ],
    ['KO after REFUND_STARTED, which applies', '0 REFUND_STARTED, 200 KO', { status: 'KO' }],
    ['PENDING after an unknown status', '0 ON_HOLD, 200 PENDING', { openPeriod: 1, unconfirmed }],
    ['that PENDING a second time', '0 REFUND_STARTED, 200 PENDING, 260 PENDING', opened],
  ])('O3 %s: %s', ([, history, item]) => {
    expect(withHistory(history).item()).toMatchObject(item);
  });

  test('O3 publish nothing, and are checked again after a minute', () => {
    const order = withHistory('0 PENDING, 100 OK, 200 PENDING');
    expect(order.order).toMatchObject({ nextCheckAt: at(260), clock: 'watch', settled: true });
    order.check(260, answer(seen('OK')));
    expect(order.item().unconfirmed).toBeUndefined();
    expect(order.published).toEqual(['order_item.ok', 'order.settled']);
  });

  test('O3 are checked again after a minute, although there were others before an answer that had none', () => {
    const order = withHistory('0 PENDING, 100 OK, 200 PENDING, 260 OK');
    expect(order.order.unconfirmedSince).toBeUndefined();
    order.check(900, pending);
    expect(order.order).toMatchObject({ unconfirmedSince: at(900), nextCheckAt: at(960) });
  });

  test('O3 are checked at growing gaps while every answer shows another', () => {
    const order = withHistory('0 OK');
    const otherVoucher = answer(seen('OK', { vouchers: ['https://vouchers.example.com/2.pdf'] }));
    const minutes = [0, 1, 6, 21, 81, 321];
    for (const [index, minute] of minutes.slice(0, -1).entries()) {
      order.check(60 * minute + 200, index % 2 === 0 ? pending : otherVoucher);
      expect(order.order).toMatchObject({
        clock: 'watch',
        nextCheckAt: at(60 * (minutes[index + 1] ?? 0) + 200),
      });
    }
    order.check(60 * 321 + 200, otherVoucher);
    // The first follow-up comes shortly before the first of the daily checks.
    expect(order.order).toMatchObject({ clock: 'reconciler', nextCheckAt: at(DAY) });
  });

  test('O3 watch an item that opens again', () => {
    const { order } = withHistory('0 PENDING, 100 OK, 200 PENDING, 260 PENDING');
    expect(order).toMatchObject({ settled: false, clock: 'watch', nextCheckAt: expect.any(String) });
  });

  test('O3 are not confirmed by a webhook', () => {
    const order = withHistory('0 PENDING, 100 OK').with(webhook('PENDING', 1));
    order.check(200, pending);
    expect(order.item().status).toBe('OK');
  });

  test('O3 keep an item from being overdue', () => {
    const order = withHistory(
      `0 OK, 100 CANCELLATION_ERROR, 160 CANCELLATION_ERROR, ${160 + 7 * DAY} OK`,
      PAID,
    );
    expect(order.item()).toMatchObject({ status: 'CANCELLATION_ERROR', unconfirmed: expect.anything() });
    expect(order.item().overdueAt).toBeUndefined();
  });

  test('E1 confirms a changed voucher URL by a second answer, takes the first URL at once, and removes none', () => {
    const url = (name: string) => ({ vouchers: [`https://vouchers.example.com/${name}.pdf`] });
    const order = new CheckedOrder();
    order.check(0, answer(seen('OK', { vouchers: [] })));
    order.check(30, answer(seen('OK', url('a'))));
    for (const seconds of [60, 120, 180]) order.check(seconds, answer(seen('OK', { vouchers: [] })));
    expect(order.item().vouchers).toEqual(url('a').vouchers);
    // A difference in status does not confirm one in URLs.
    order.check(185, pending);
    order.check(250, answer(seen('OK', url('b'))));
    expect(order.item().vouchers).toEqual(url('a').vouchers);
    order.check(310, answer(seen('OK', url('b'))));
    expect(order.item().vouchers).toEqual(url('b').vouchers);
    expect(order.published.filter((type) => type === 'order_item.vouchers_available')).toHaveLength(2);
  });
});

test('an open item is overdue once, at its deadline', () => {
  const order = withHistory(`0 PENDING, ${2 * DAY - 1} PENDING`, PAID);
  expect(order.published).toEqual([]);
  for (const seconds of [2 * DAY, 2 * DAY + 60]) order.check(seconds, pending);
  expect(order.published).toEqual(['order_item.overdue']);
  expect(order.item().overdueAt).toBe(at(2 * DAY));
  expect(order.order).toMatchObject({ nextCheckAt: at(3 * DAY), clock: 'reconciler' });
});

test('T1 an item without paidAt is not overdue for 15 minutes: PENDING includes unpaid', () => {
  const order = new CheckedOrder();
  const instant = answer(seen('PENDING', { product: { maxConfirmationTime: 'P0D' } }));
  for (const seconds of [0, 150]) order.check(seconds, instant);
  expect(order.published).toEqual([]);
  expect(order.order.nextCheckAt).toBe(at(900));
  order.check(900, instant);
  expect(order.published).toEqual(['order_item.overdue']);
});

test('T1 the grace for unpaid items counts for the first open period only', () => {
  const order = new CheckedOrder();
  const instant = (status: string) => answer(seen(status, { product: { maxConfirmationTime: 'P0D' } }));
  for (const [seconds, status] of [
    [0, 'OK'],
    [100, 'PENDING'],
    [160, 'PENDING'],
  ] as const) {
    order.check(seconds, instant(status));
  }
  expect(order.item()).toMatchObject({ openPeriod: 2, confirmBy: at(310) });
  order.check(310, instant('PENDING'));
  expect(order.item().overdueAt).toBe(at(310));
});

test('the product keeps what a later answer leaves out', () => {
  const order = withHistory('0 PENDING');
  order.check(60, answer(seen('OK', { product: { date: '2026-04-01' } })));
  expect(order.item().product).toEqual({ ...seen('OK').product, date: '2026-04-01' });
});

test('the deadline counts from the payment as soon as it is known', () => {
  const order = withHistory('0 PENDING').with(track({ paidAt: at(-DAY), reference: 'B-1' }));
  order.check(10, pending);
  expect(order.item()).toMatchObject({ openedAt: at(-DAY), confirmBy: at(DAY) });
  expect(order.order).toMatchObject({ paidAt: at(-DAY), reference: 'B-1' });
});

test('T4 the deadline counts from first sight when the order has a date in the future', () => {
  expect(withHistory('0 PENDING', { date: at(3650 * DAY) }).item().openedAt).toBe(at(0));
});

test('P1 an item that the answer lacks keeps its state, is not overdue, and blocks becoming settled', () => {
  const order = new CheckedOrder(PAID);
  order.check(0, both('PENDING', 'OK'));
  const change = order.check(2 * DAY, answer(seen('OK', { itemUuid: OTHER_ITEM })));
  expect(change.unreadable).toBe(1);
  expect(order.item().status).toBe('PENDING');
  expect(order.published).toEqual(['order_item.ok']);
  expect(order.order).toMatchObject({ settled: false, incompleteSince: at(2 * DAY) });
});

test('the tracking of an item that no answer shows any more ends', () => {
  const order = open();
  order.check(2 * DAY + 180 * DAY, UNKNOWN);
  expect(order.published).toEqual(['order_item.tracking_ended']);
});

describe('the end of tracking', () => {
  const ended = () => withHistory(`0 PENDING, ${2 * DAY} PENDING, ${182 * DAY} PENDING`, PAID);

  test('O3 waits for the second answer if the last one differs from what is stored', () => {
    const order = withHistory(`0 REFUND_STARTED, ${7 * DAY} REFUND_STARTED`, PAID);
    order.check(187 * DAY, pending);
    expect(order.item()).toMatchObject({ unconfirmed: { status: 'PENDING' } });
    expect(order.item()).not.toHaveProperty('trackingEndedAt');
    expect(order.order).toMatchObject({ nextCheckAt: at(187 * DAY + 60) });
    order.check(187 * DAY + 60, answer(seen('REFUND_STARTED')));
    expect(order.item()).toMatchObject({ trackingEndedAt: at(187 * DAY + 60) });
    expect(order.item()).not.toHaveProperty('unconfirmed');
    expect(order.order).not.toMatchObject({ unconfirmedSince: expect.anything() });
  });

  test.for([
    ['an unresolved hint that came later begins a new open period', track({ requestedAt: at(183 * DAY) }), 2],
    [
      'one that has had no answer does so too, if its host has a clock that is behind',
      track({ requestedAt: at(181 * DAY) }),
      2,
    ],
    [
      'one that came before, and has had an answer, does not',
      webhook('OK', 2, { requestedAt: at(181 * DAY), firstAnswerAt: at(181 * DAY) }),
      1,
    ],
  ] as const)('E8 %s', ([, hint, openPeriod]) => {
    const order = ended().with(hint);
    expect(order.item().trackingEndedAt).toBe(at(182 * DAY));
    order.check(184 * DAY, pending);
    expect(order.item().openPeriod).toBe(openPeriod);
    expect(order.item().trackingEndedAt).toBe(openPeriod === 1 ? at(182 * DAY) : undefined);
  });
});

describe('order.settled', () => {
  test('is published once, when the last item is final', () => {
    const order = new CheckedOrder();
    order.check(0, both('OK', 'PENDING'));
    expect(order.published).toEqual(['order_item.ok']);
    const change = order.check(60, both('OK', 'KO'));
    order.check(120, both('OK', 'KO'));
    expect(order.published).toEqual(['order_item.ok', 'order_item.ko', 'order.settled']);
    expect((change.settled?.message.data as OrderEventData | undefined)?.items).toEqual([
      { uuid: ITEM, status: 'OK' },
      { uuid: OTHER_ITEM, status: 'KO' },
    ]);
  });

  test('P8 follows the items, not the status of the order', () => {
    const order = new CheckedOrder();
    order.check(0, { kind: 'order', snapshot: { ...snapshotOf(seen('OK')), status: 'KO' } });
    expect(order.published).toEqual(['order_item.ok', 'order.settled']);
  });

  test('E17 is published again with another id when the order was reopened', () => {
    const order = new CheckedOrder();
    const first = order.check(0, answer(seen('OK')));
    for (const seconds of [100, 160]) order.check(seconds, answer(seen('REFUND_STARTED')));
    const second = order.check(200, answer(seen('REFUNDED')));
    const ids = [first, second].map(({ settled }) => settled?.message.id);
    expect(ids).toEqual([`${ORDER}/order/1`, `${ORDER}/order/2`]);
  });

  test('P9 waits for an unreadable item, which holds back no other', () => {
    const order = new CheckedOrder();
    order.check(0, { kind: 'order', snapshot: { ...snapshotOf(seen('OK')), unreadable: 1 } });
    expect(order.published).toEqual(['order_item.ok']);
    order.check(60, both('OK', 'KO'));
    expect(order.published.slice(1)).toEqual(['order_item.ko', 'order.settled']);
  });

  test('O3 waits for the second answer about an unconfirmed item', () => {
    const order = new CheckedOrder();
    order.check(0, both('PENDING', 'OK'));
    order.check(100, both('OK', 'PENDING'));
    expect(order.published).toEqual(['order_item.ok', 'order_item.ok']);
    expect(order.order.settled).toBe(false);
    order.check(160, both('OK', 'OK'));
    expect(order.order.settled).toBe(true);
  });

  test('P9 is neither undone nor repeated because an item is missing from an answer', () => {
    const order = new CheckedOrder();
    for (const [index, given] of [both('OK', 'OK'), answer(seen('OK')), both('OK', 'OK')].entries()) {
      order.check(60 * index, given);
    }
    expect(order.published.filter((type) => type === 'order.settled')).toHaveLength(1);
  });

  test('E17 is published again for an order that a check that died had opened in part', () => {
    const order = new CheckedOrder();
    order.check(0, both('OK', 'OK'));
    const [first, ...others] = order.stored.items as [ItemState, ...ItemState[]];
    const opened = { ...first, status: 'REFUND_STARTED', openPeriod: 2 };
    order.stored = { ...order.stored, items: [opened, ...others] };
    order.check(100, both('REFUNDED', 'OK'));
    expect(order.order).toMatchObject({ settled: true, settledCount: 2 });
  });
});

describe('a new watch', () => {
  test('is started by the first check of an open item, not by those that it can be relied on for', () => {
    const order = new CheckedOrder(PAID);
    for (const seconds of [0, 10, 300]) {
      order.check(seconds, pending);
      expect(order.order.generation).toBe(1);
    }
  });

  test('is started by a check that finds an earlier next check', () => {
    const order = withHistory('0 PENDING, 3600 PENDING', PAID);
    order.check(3700, answer(seen('OK', { vouchers: [] })));
    expect(order.order).toMatchObject({ generation: 2, nextCheckAt: at(3730) });
  });

  test('is not started where the reconciler is the clock, also when the watch must hand over', () => {
    const order = open();
    order.check(2 * DAY, pending, { mustHandOver: true });
    expect(order.order).toMatchObject({ generation: 1, clock: 'reconciler' });
  });

  test('is started for the repetition of a webhook of an order without next check', () => {
    const order = withHistory('0 KO').withOrder({ nextCheckAt: undefined });
    order.with(webhook('REFUNDED', 3, { requestedAt: at(DAY) })).check(DAY, answer(seen('KO')));
    expect(order.order).toMatchObject({ generation: 1, clock: 'watch', nextCheckAt: at(DAY + 5) });
  });
});

/** An order whose item is open, after the checks of a webhook that Musement never confirmed. */
const contradicted = (): CheckedOrder => {
  const order = open().with(webhook('OK', 2));
  for (const seconds of [10, 6 * HOUR]) order.check(seconds, pending);
  return order;
};

const rescued = () => open().withOrder({ rescueCount: 1 });

test.for([
  ['an unresolved webhook that says it', open().with(webhook('OK', 2)), 'webhook'],
  ['a webhook, although the reconciler asked', rescued().with(webhook('OK', 2)), 'webhook'],
  ['a webhook that was contradicted before', contradicted(), 'schedule'],
  ['a check that the reconciler asked for', rescued(), 'rescue'],
  ['a check by the reconciler as the clock', rescued().withOrder({ clock: 'reconciler' }), 'schedule'],
  ['a track request', open().with(track()), 'track'],
  ['a scheduled check', open(), 'schedule'],
  ['a webhook that says something else', open().with(webhook('KO', 2)), 'schedule'],
  ['E11 a follow-up of an order without open items', withHistory(`0 KO, ${DAY} OK`), 'follow_up'],
] as const)('a status is found by %s', ([, order, foundBy]) => {
  expect(dataIn(order.check(DAY + 60, answer(seen('OK'))))?.foundBy).toBe(foundBy);
});

describe('a failed check', () => {
  test('P5 changes neither items nor what is settled, is repeated, and ends a rescue', () => {
    const order = open().withOrder({ rescueCount: 3 });
    const [item] = order.stored.items;
    order.check(2 * DAY, FAILURE);
    expect(order.item()).toEqual(item);
    expect(order.published).toEqual([]);
    expect(order.order).toMatchObject({
      failure: { count: 1, firstAt: at(2 * DAY), lastAt: at(2 * DAY), retryAt: at(2 * DAY + 30) },
      nextCheckAt: at(2 * DAY + 30),
      clock: 'watch',
    });
    expect(order.order.rescueCount).toBeUndefined();
  });

  test('is forgotten with the next answer, also one that does not know the order', () => {
    for (const next of [pending, UNKNOWN]) {
      const order = new CheckedOrder();
      order.check(0, FAILURE);
      order.check(30, next);
      expect(order.order).not.toHaveProperty('failure');
    }
  });

  test('P12 is left to the reconciler when it has become daily', () => {
    const order = new CheckedOrder(PAID);
    for (const seconds of [0, 7 * DAY]) order.check(seconds, FAILURE);
    expect(order.order).toMatchObject({ clock: 'reconciler', nextCheckAt: at(8 * DAY) });
  });

  test('P12 gives the order up after 180 days: open items end, and fresh hints start its tracking again', () => {
    const order = open();
    order.check(5, both('PENDING', 'OK'));
    order.with(webhook('OK', 2, { requestedAt: at(10) }));
    order.check(15, both('PENDING', 'REFUNDED'));
    expect(order.item(OTHER_ITEM).unconfirmed).toBeDefined();
    order.check(20, FAILURE);
    order.with(webhook('KO', 3, { requestedAt: at(180 * DAY) }));
    order.check(20 + 180 * DAY, FAILURE);
    expect(order.published).toEqual(['order_item.ok', 'order_item.tracking_ended']);
    expect(order.order).not.toHaveProperty('failure');
    expect(order.order.nextCheckAt).toBeUndefined();
    expect(order.item(OTHER_ITEM)).not.toHaveProperty('unconfirmed');
    expect(order.order).not.toHaveProperty('unconfirmedSince');
    expect(order.outcomes()).toEqual(['given_up', undefined]);
    expect(order.stored.hints).toMatchObject([{ status: 'KO', isFresh: true }]);
    order.check(21 + 180 * DAY, both('KO', 'OK'));
    expect(order.published.slice(2)).toEqual(['order_item.ko', 'order.settled']);
  });
});

describe('P4 a postponed check', () => {
  const pause = (retryAfterInSeconds: number): ProviderAnswer => ({
    kind: 'paused',
    cause: 'retry_after',
    retryAfterInSeconds,
  });

  test('moves the next check, and changes nothing else', () => {
    const order = open();
    const [item] = order.stored.items;
    const { nextCheckAt, rev, ...before } = order.order;
    const change = order.check(2 * DAY, pause(100));
    expect(change).toMatchObject({ unreadable: 0, lane: 'RESCUE' });
    expect(order.item()).toEqual(item);
    expect(order.published).toEqual([]);
    expect(order.order).toEqual({
      ...before,
      rev: rev + 1,
      failure: { count: 0, firstAt: at(2 * DAY), lastAt: at(2 * DAY), retryAt: at(2 * DAY + 100) },
      nextCheckAt: at(2 * DAY + 100),
    });
    order.check(2 * DAY + 100, answer(seen('OK')));
    expect(order.order).not.toHaveProperty('failure');
    expect(order.published).toEqual(['order_item.ok', 'order.settled']);
  });

  test('hands its hints to the order’s clock, and the check after it is made for them', () => {
    const order = new CheckedOrder().with(webhook('OK', 2), track());
    expect(order.check(0, pause(100)).check.reason).toBe('webhook');
    expect(order.stored.hints).toEqual([webhook('OK', 2, { isFresh: false }), track({ isFresh: false })]);
    expect(order.order).toMatchObject({ generation: 1, clock: 'watch', nextCheckAt: at(100) });
    expect(order.check(100, answer(seen('OK'))).check.reason).toBe('webhook');
    expect(order.outcomes()).toEqual(['satisfied', 'satisfied']);
  });

  test.for([
    ['postponed', pause(100)],
    ['failed', FAILURE],
  ] as const)('leaves what is found after a %s check to the track request that waited', ([, given]) => {
    const order = new CheckedOrder().with(track());
    order.check(0, given);
    expect(dataIn(order.check(100, pending))).toMatchObject({ foundBy: 'track' });
    expect(dataIn(order.check(200, answer(seen('OK'))))).toMatchObject({ foundBy: 'schedule' });
  });

  test('P12 gives the order up after 180 days without an answer', () => {
    const order = open();
    order.check(20, pause(60));
    order.check(20 + 179 * DAY, pause(60));
    expect(order.published).toEqual([]);
    order.check(20 + 180 * DAY, pause(60));
    expect(order.published).toEqual(['order_item.tracking_ended']);
  });

  test('of an order without open items is made up for', () => {
    const order = withHistory('0 OK');
    expect(order.order).toMatchObject({ clock: 'reconciler', nextCheckAt: at(DAY) });
    order.check(DAY, pause(60));
    expect(order.order.nextCheckAt).toBe(at(DAY + 60));
    order.check(DAY + 60, answer(seen('OK')));
    expect(order.order).toMatchObject({ clock: 'reconciler', nextCheckAt: at(7 * DAY) });
  });
});
