import { describe, expect, test } from 'vitest';
import type { Hint } from '../../lambdas/domain/model.ts';
import {
  answer,
  at,
  CheckedOrder,
  DAY,
  FAILURE,
  HOUR,
  OTHER_ITEM,
  seen,
  track,
  UNKNOWN,
  webhook,
} from './fixtures.ts';

const ok = answer(seen('OK'));
const pending = answer(seen('PENDING'));
const withoutItem = answer(seen('OK', { itemUuid: OTHER_ITEM }));

describe('a hint', () => {
  test.for<[string, Hint[], string | undefined]>([
    ['satisfied by its status', [webhook('OK', 2)], 'satisfied'],
    [
      'O1 superseded by a newer version, as numbers',
      [webhook('PENDING', 9), webhook('OK', 10)],
      'superseded',
    ],
    ['O1 not superseded by an older version', [webhook('PENDING', 11), webhook('OK', 10)], undefined],
    ['O2 not superseded by another status', [webhook('KO', 10), webhook('OK', 10)], undefined],
  ])('is %s', ([, hints, outcome]) => {
    const order = new CheckedOrder().with(...hints);
    order.check(10, ok);
    expect(order.outcomes()[0]).toBe(outcome);
  });

  test('O1 is superseded by a newer version that was satisfied by an earlier check, however long ago', () => {
    const order = new CheckedOrder().with(webhook('OK', 10));
    order.check(10, ok);
    order.with(webhook('PENDING', 9)).check(200 * DAY, ok);
    expect(order.outcomes()).toEqual(['satisfied', 'superseded']);
  });

  test('O1 is not superseded by an older version that came after a newer one', () => {
    const order = new CheckedOrder().with(webhook('OK', 10));
    order.check(10, ok);
    order.with(webhook('OK', 8)).check(20, ok);
    order.with(webhook('PENDING', 9)).check(30, ok);
    order.with(webhook('PENDING', 11)).check(40, ok);
    expect(order.outcomes()).toEqual(['satisfied', 'satisfied', 'superseded', undefined]);
  });

  test.for([
    ['satisfied by an order', pending, 'satisfied'],
    ['satisfied by an order without items', answer(), 'satisfied'],
    ['not satisfied by an unknown order', UNKNOWN, undefined],
  ] as const)('that is a track request is %s', ([, given, outcome]) => {
    const order = new CheckedOrder().with(track());
    order.check(10, given);
    expect(order.outcomes()).toEqual([outcome]);
  });

  test('is never satisfied because the item changed to something else', () => {
    const order = new CheckedOrder();
    order.check(0, pending);
    order.with(webhook('REFUNDED', 5)).check(10, ok);
    expect(order.outcomes()).toEqual([undefined]);
  });

  test.for([
    ['an answer that does not resolve it', pending],
    ['an answer that does not know the order', UNKNOWN],
    ['a failure', FAILURE],
  ] as const)('loses its freshness with %s: the order has a next check', ([, given]) => {
    const order = new CheckedOrder().with(webhook('OK', 2));
    order.check(10, given);
    expect(order.stored.hints).toMatchObject([{ isFresh: false }]);
    expect(order.outcomes()).toEqual([undefined]);
    expect(order.order.nextCheckAt).toBeDefined();
  });
});

describe('the checks of an unresolved hint', () => {
  test('O7 come after 5, 20 and 80 s, 6, 21 and 81 min and 5.5 h; then the provider is right', () => {
    const order = new CheckedOrder();
    order.check(-DAY, answer(seen('KO')));
    order.withOrder({ nextCheckAt: undefined, clock: undefined }).with(webhook('OK', 2));
    const seconds = [0, 5, 20, 80, 360, 1260, 4860, 19_800];
    for (const [index, time] of seconds.slice(0, -1).entries()) {
      order.check(time, answer(seen('KO')));
      expect(order.outcomes()).toEqual([undefined]);
      expect(order.order).toMatchObject({ nextCheckAt: at(seconds[index + 1] ?? 0), clock: 'watch' });
    }
    order.check(19_800, answer(seen('KO')));
    expect(order.outcomes()).toEqual(['contradicted']);
  });

  test.for([
    ['order that is unknown', UNKNOWN],
    ['item that is missing from the answers', withoutItem],
  ] as const)('P1 of an %s are daily after that, by the reconciler, and end after a week', ([, given]) => {
    const order = new CheckedOrder().with(webhook('OK', 2));
    for (const seconds of [0, 19_800, ...[1, 2, 3, 4, 5, 6].map((day) => day * DAY)]) {
      order.check(seconds, given);
      expect(order.outcomes()).toEqual([undefined]);
    }
    expect(order.order).toMatchObject({ nextCheckAt: at(7 * DAY), clock: 'reconciler' });
    order.check(7 * DAY, given);
    expect(order.outcomes()).toEqual(['given_up']);
    if (given === UNKNOWN) expect(order.order.nextCheckAt).toBeUndefined();
  });

  test('do not end as contradicted, nor as satisfied, while the item is unconfirmed', () => {
    const order = new CheckedOrder().with(webhook('REFUNDED', 2));
    order.check(0, ok);
    order.check(5.5 * HOUR, answer(seen('REFUNDED')));
    expect(order.outcomes()).toEqual([undefined]);
    order.check(5.5 * HOUR + 60, answer(seen('REFUNDED')));
    expect(order.outcomes()).toEqual(['satisfied']);
  });

  test('are counted from the first answer: failures before it do not use them up', () => {
    const order = new CheckedOrder().with(webhook('OK', 2));
    order.check(0, FAILURE);
    order.check(6 * HOUR, pending);
    expect(order.outcomes()).toEqual([undefined]);
    expect(order.order.nextCheckAt).toBe(at(6 * HOUR + 5));
  });

  test('start again after an outage in which their list ended, but not after a later failure', () => {
    const order = new CheckedOrder().with(webhook('OK', 2));
    order.check(0, pending);
    order.check(5 * HOUR, FAILURE);
    order.check(9 * HOUR, pending);
    expect(order.outcomes()).toEqual([undefined]);
    order.check(14.4 * HOUR, pending);
    order.check(14.5 * HOUR, FAILURE);
    order.check(15 * HOUR, pending);
    expect(order.outcomes()).toEqual(['contradicted']);
  });
});
