import { describe, expect, test } from 'vitest';
import type { ItemEventData, OrderEventData } from '../../lambdas/contracts/events.ts';
import type { OrderChange } from '../../lambdas/domain/order-change.ts';
import {
  answer,
  at,
  CheckedOrder,
  DAY,
  FAILURE,
  ITEM,
  ORDER,
  OTHER_ITEM,
  seen,
  snapshotOf,
  track,
  UNKNOWN,
  webhook,
} from './fixtures.ts';

const pending = answer(seen('PENDING'));

const dataIn = (change: OrderChange): ItemEventData | undefined =>
  change.items[0]?.events.at(-1)?.message.data as ItemEventData | undefined;

const paid = () => new CheckedOrder({ paidAt: at(0) });

/** A paid order with an open item, after its first check. */
const open = () => {
  const order = paid();
  order.check(0, pending);
  return order;
};

describe('statuses', () => {
  test('publishes the final status of an item, and no temporary one by default', () => {
    const order = new CheckedOrder();
    order.check(0, pending);
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

  test('O8 starts a new open period with its own deadline when an overdue item is cancelled', () => {
    const order = open();
    order.check(2 * DAY, pending);
    expect(order.item().overdueAt).toBe(at(2 * DAY));
    order.check(3 * DAY, answer(seen('REFUND_STARTED')));
    expect(order.item()).toMatchObject({ openPeriod: 2, openedAt: at(3 * DAY), confirmBy: at(10 * DAY) });
    expect(order.item().overdueAt).toBeUndefined();
  });

  test('O8 counts the deadline of a refund from when it is first seen, not from the booking', () => {
    const order = new CheckedOrder({ paidAt: at(-60 * DAY), date: at(-60 * DAY) });
    order.check(0, answer(seen('REFUND_STARTED')));
    expect(order.item().confirmBy).toBe(at(7 * DAY));
    expect(order.published).toEqual([]);
  });

  test('O4 publishes each final status once and in order, through CANCELLATION_ERROR and back', () => {
    const order = new CheckedOrder();
    order.check(0, answer(seen('OK')));
    order.check(100, answer(seen('CANCELLATION_ERROR')));
    order.check(160, answer(seen('CANCELLATION_ERROR')));
    order.check(300, answer(seen('OK')));
    const again = order.check(360, answer(seen('OK')));
    expect(order.published).toEqual(['order_item.ok', 'order.settled', 'order_item.ok', 'order.settled']);
    expect(dataIn(again)?.sequence).toBe(3);
  });
});

describe('unconfirmed statuses', () => {
  const confirmedOrder = (): CheckedOrder => {
    const order = new CheckedOrder();
    order.check(0, pending);
    order.check(100, answer(seen('OK')));
    return order;
  };

  test('O3 keeps a stale PENDING after OK unconfirmed and publishes nothing', () => {
    const order = confirmedOrder();
    const before = order.published.length;
    order.check(200, pending);
    expect(order.item()).toMatchObject({ status: 'OK', unconfirmed: { status: 'PENDING', since: at(200) } });
    expect(order.order).toMatchObject({ nextCheckAt: at(260), clock: 'watch' });
    order.check(260, answer(seen('OK')));
    expect(order.item().unconfirmed).toBeUndefined();
    expect(order.published).toHaveLength(before);
  });

  test('O3 opens the item again after two answers that are 60 s apart, and watches it', () => {
    const order = confirmedOrder();
    order.check(200, pending);
    order.check(259, pending);
    expect(order.item().status).toBe('OK');
    order.check(260, pending);
    expect(order.item()).toMatchObject({ status: 'PENDING', openPeriod: 2 });
    expect(order.order).toMatchObject({ settled: false, clock: 'watch', nextCheckAt: expect.any(String) });
  });

  test('O3 does not replace a final status by a stale answer that is new to us', () => {
    const order = new CheckedOrder();
    order.check(0, pending);
    order.check(100, answer(seen('REFUNDED')));
    order.check(110, answer(seen('OK')));
    expect(order.item().status).toBe('REFUNDED');
  });

  test('O3 does not take a webhook for the second answer', () => {
    const order = confirmedOrder().with(webhook('PENDING', 1));
    order.check(200, pending);
    expect(order.item().status).toBe('OK');
  });

  test('O3 applies what the second answer shows, even if the first showed something else', () => {
    const order = confirmedOrder();
    order.check(200, answer(seen('REFUND_STARTED')));
    order.check(260, answer(seen('REFUNDED')));
    expect(order.item().status).toBe('REFUNDED');
  });

  test.for(['REFUND_STARTED', 'CANCELLATION_ERROR', 'ON_HOLD'])(
    'O3 keeps a PENDING after %s, which was seen first, unconfirmed',
    (status) => {
      const order = new CheckedOrder();
      order.check(0, answer(seen(status)));
      order.check(100, pending);
      expect(order.item()).toMatchObject({
        status,
        openPeriod: 1,
        unconfirmed: { status: 'PENDING', since: at(100) },
      });
      order.check(160, pending);
      expect(order.item()).toMatchObject({ status: 'PENDING', openPeriod: 2 });
    },
  );

  test('O3 does not call an item overdue while its status is unconfirmed', () => {
    const order = paid();
    order.check(0, answer(seen('OK')));
    order.check(100, answer(seen('CANCELLATION_ERROR')));
    order.check(160, answer(seen('CANCELLATION_ERROR')));
    order.check(160 + 7 * DAY, answer(seen('OK')));
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
    order.check(190, answer(seen('OK', url('b'))));
    order.check(250, answer(seen('OK', url('b'))));
    expect(order.item().vouchers).toEqual(url('b').vouchers);
    expect(order.published.filter((type) => type === 'order_item.vouchers_available')).toHaveLength(2);
  });
});

describe('deadlines', () => {
  test('reports an open item as overdue once, at its deadline', () => {
    const order = open();
    order.check(2 * DAY - 1, pending);
    expect(order.published).toEqual([]);
    order.check(2 * DAY, pending);
    order.check(2 * DAY + 60, pending);
    expect(order.published).toEqual(['order_item.overdue']);
    expect(order.item().overdueAt).toBe(at(2 * DAY));
    expect(order.order).toMatchObject({ nextCheckAt: at(3 * DAY), clock: 'reconciler' });
  });

  test('T1 waits 15 minutes from first sight without paidAt: PENDING includes unpaid', () => {
    const order = new CheckedOrder();
    const instant = answer(seen('PENDING', { product: { maxConfirmationTime: 'P0D' } }));
    for (const seconds of [0, 150]) order.check(seconds, instant);
    expect(order.published).toEqual([]);
    expect(order.order.nextCheckAt).toBe(at(900));
    order.check(900, instant);
    expect(order.published).toEqual(['order_item.overdue']);
  });

  test('counts the deadline from the payment as soon as it is known', () => {
    const order = new CheckedOrder();
    order.check(0, pending);
    order.with(track({ paidAt: at(-DAY), reference: 'B-1' }));
    order.check(10, pending);
    expect(order.item()).toMatchObject({ openedAt: at(-DAY), confirmBy: at(DAY) });
    expect(order.order).toMatchObject({ paidAt: at(-DAY), reference: 'B-1' });
  });

  test('T4 counts the deadline from first sight when the order has a date in the future', () => {
    const order = new CheckedOrder({ date: at(3650 * DAY) });
    order.check(0, pending);
    expect(order.item().openedAt).toBe(at(0));
  });

  test('P1 keeps the state of an item that the answer lacks: it is not overdue, and blocks becoming settled', () => {
    const order = paid();
    order.check(0, answer(seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM })));
    const change = order.check(2 * DAY, answer(seen('OK', { itemUuid: OTHER_ITEM })));
    expect(change.unreadable).toBe(1);
    expect(order.item().status).toBe('PENDING');
    expect(order.published).toEqual(['order_item.ok']);
    expect(order.order).toMatchObject({ settled: false, incompleteSince: at(2 * DAY) });
  });

  test('ends the tracking of an item that no answer shows any more', () => {
    const order = open();
    order.check(2 * DAY + 180 * DAY, UNKNOWN);
    expect(order.published).toEqual(['order_item.tracking_ended']);
  });
});

describe('order.settled', () => {
  const both = (first: string, second: string) => answer(seen(first), seen(second, { itemUuid: OTHER_ITEM }));

  test('is published once, when the last item is final', () => {
    const order = new CheckedOrder();
    order.check(0, both('OK', 'PENDING'));
    expect(order.published).toEqual(['order_item.ok']);
    const change = order.check(60, both('OK', 'KO'));
    expect(order.published).toEqual(['order_item.ok', 'order_item.ko', 'order.settled']);
    expect((change.settled?.message.data as OrderEventData | undefined)?.items).toEqual([
      { uuid: ITEM, status: 'OK' },
      { uuid: OTHER_ITEM, status: 'KO' },
    ]);
    order.check(120, both('OK', 'KO'));
    expect(order.published).toHaveLength(3);
  });

  test('P8 follows the items, not the status of the order', () => {
    const order = new CheckedOrder();
    order.check(0, { kind: 'order', snapshot: { ...snapshotOf(seen('OK')), status: 'KO' } });
    expect(order.published).toEqual(['order_item.ok', 'order.settled']);
  });

  test('E17 is published again with another id when the order was reopened', () => {
    const order = new CheckedOrder();
    const first = order.check(0, answer(seen('OK')));
    order.check(100, answer(seen('REFUND_STARTED')));
    order.check(160, answer(seen('REFUND_STARTED')));
    const second = order.check(200, answer(seen('REFUNDED')));
    expect([first.settled?.message.id, second.settled?.message.id]).toEqual([
      `${ORDER}/order/1`,
      `${ORDER}/order/2`,
    ]);
  });

  test('P9 waits for an item that is garbled, which holds back no other', () => {
    const order = new CheckedOrder();
    order.check(0, { kind: 'order', snapshot: { ...snapshotOf(seen('OK')), unreadable: 1 } });
    expect(order.published).toEqual(['order_item.ok']);
    order.check(60, both('OK', 'KO'));
    expect(order.published.slice(1)).toEqual(['order_item.ko', 'order.settled']);
  });

  test('P9 is neither undone nor repeated because of an answer that lacks an item', () => {
    const order = new CheckedOrder();
    order.check(0, both('OK', 'OK'));
    order.check(60, answer(seen('OK')));
    order.check(120, both('OK', 'OK'));
    expect(order.published.filter((type) => type === 'order.settled')).toHaveLength(1);
  });

  test('E17 is published again for an order that a check that died had opened in part', () => {
    const order = new CheckedOrder();
    order.check(0, both('OK', 'OK'));
    const opened = order.stored.items.map((item, index) =>
      index === 0 ? { ...item, status: 'REFUND_STARTED', openPeriod: 2 } : item,
    );
    order.stored = { ...order.stored, items: opened };
    order.check(100, both('REFUNDED', 'OK'));
    expect(order.order).toMatchObject({ settled: true, settledCount: 2 });
  });
});

describe('a new watch', () => {
  test('is started by the first check of an open item, not by those that it can be relied on for', () => {
    const order = paid();
    for (const seconds of [0, 10, 300]) {
      order.check(seconds, pending);
      expect(order.order.generation).toBe(1);
    }
  });

  test('is started by a check that finds an earlier next check', () => {
    const order = open();
    order.check(3600, pending);
    order.check(3700, answer(seen('OK', { vouchers: [] })));
    expect(order.order).toMatchObject({ generation: 2, nextCheckAt: at(3730) });
  });

  test('is not started where the reconciler is the clock, also when the watch must hand over', () => {
    const order = open();
    order.check(2 * DAY, pending, { mustHandOver: true });
    expect(order.order).toMatchObject({ generation: 1, clock: 'reconciler' });
  });

  test('is started for the repetition of a webhook of an order without next check', () => {
    const order = new CheckedOrder();
    order.check(0, answer(seen('KO')));
    order.withOrder({ nextCheckAt: undefined });
    order.with(webhook('REFUNDED', 3, { requestedAt: at(DAY) }));
    order.check(DAY, answer(seen('KO')));
    expect(order.order).toMatchObject({ generation: 1, clock: 'watch', nextCheckAt: at(DAY + 5) });
  });
});

describe('how a status was found', () => {
  const rescued = () => open().withOrder({ rescueCount: 1 });

  test.for([
    ['an unresolved webhook that says it', open().with(webhook('OK', 2)), 'webhook'],
    ['a webhook, although the reconciler asked', rescued().with(webhook('OK', 2)), 'webhook'],
    ['a check that the reconciler asked for', rescued(), 'rescue'],
    ['a check by the reconciler as the clock', rescued().withOrder({ clock: 'reconciler' }), 'schedule'],
    ['a track request', open().with(track()), 'track'],
    ['a scheduled check', open(), 'schedule'],
    ['a webhook that says something else', open().with(webhook('KO', 2)), 'schedule'],
  ] as const)('%s', ([, order, foundBy]) => {
    expect(dataIn(order.check(10, answer(seen('OK'))))?.foundBy).toBe(foundBy);
  });

  test('E11 a follow-up of an order without open items', () => {
    const order = new CheckedOrder();
    order.check(0, answer(seen('KO')));
    order.check(DAY, answer(seen('OK')));
    expect(dataIn(order.check(DAY + 60, answer(seen('OK'))))?.foundBy).toBe('follow_up');
  });
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
    expect(order.order).not.toHaveProperty('rescueCount');
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
    const order = paid();
    order.check(0, FAILURE);
    order.check(7 * DAY, FAILURE);
    expect(order.order).toMatchObject({ clock: 'reconciler', nextCheckAt: at(8 * DAY) });
  });

  test('P12 gives the order up after 180 days: open items end, and the order begins anew with fresh hints', () => {
    const order = open();
    order.check(5, answer(seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM })));
    order.with(webhook('OK', 2, { requestedAt: at(10) }));
    order.check(15, answer(seen('PENDING'), seen('REFUNDED', { itemUuid: OTHER_ITEM })));
    expect(order.item(OTHER_ITEM).unconfirmed).toBeDefined();
    order.check(20, FAILURE);
    order.with(webhook('KO', 3, { requestedAt: at(180 * DAY) }));
    order.check(20 + 180 * DAY, FAILURE);
    expect(order.published).toEqual(['order_item.ok', 'order_item.tracking_ended']);
    expect(order.order).not.toHaveProperty('failure');
    expect(order.order.nextCheckAt).toBeUndefined();
    expect(order.item(OTHER_ITEM)).not.toHaveProperty('unconfirmed');
    expect(order.outcomes()).toEqual(['given_up', undefined]);
    expect(order.stored.hints.map(({ isFresh }) => isFresh)).toEqual([false, true]);
    order.check(21 + 180 * DAY, answer(seen('KO'), seen('OK', { itemUuid: OTHER_ITEM })));
    expect(order.published.slice(2)).toEqual(['order_item.ko', 'order.settled']);
  });
});
