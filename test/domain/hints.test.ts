import { describe, expect, test } from 'vitest';
import type { Hint } from '../../lambdas/domain/model.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import { answer, at, CheckedOrder, FAILURE, OTHER_ITEM, seen, track, UNKNOWN, webhook } from './fixtures.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The outcomes of hints after one check. */
const outcomesAfter = (given: ProviderAnswer, ...hints: Hint[]): (string | undefined)[] => {
  const order = new CheckedOrder().with(...hints);
  order.check(10, given);
  return order.outcomes();
};

describe('a hint is resolved', () => {
  test('as satisfied when the item has its status', () => {
    expect(outcomesAfter(answer(seen('OK')), webhook('OK', 2))).toEqual(['satisfied']);
  });

  test('O1 as superseded when a newer version is satisfied, compared as numbers', () => {
    const shown = answer(seen('OK'));
    expect(outcomesAfter(shown, webhook('PENDING', 9), webhook('OK', 10))).toEqual([
      'superseded',
      'satisfied',
    ]);
    const before = webhook('OK', 10, { isFresh: false, outcome: 'satisfied' });
    expect(outcomesAfter(shown, webhook('PENDING', 9), before)).toEqual(['superseded', 'satisfied']);
    expect(outcomesAfter(shown, webhook('PENDING', 11), webhook('OK', 10))).toEqual([undefined, 'satisfied']);
  });

  test('O2 never because another status of the same version is satisfied', () => {
    expect(outcomesAfter(answer(seen('OK')), webhook('KO', 10), webhook('OK', 10))).toEqual([
      undefined,
      'satisfied',
    ]);
  });

  test('never because the item changed to something else', () => {
    const order = new CheckedOrder();
    order.check(0, answer(seen('PENDING')));
    order.with(webhook('REFUNDED', 5)).check(10, answer(seen('OK')));
    expect(order.outcomes()).toEqual([undefined]);
  });

  test('never by an answer that is still unconfirmed', () => {
    const order = new CheckedOrder();
    order.check(0, answer(seen('OK')));
    order.with(webhook('REFUNDED', 5)).check(10, answer(seen('REFUNDED')));
    expect(order.outcomes()).toEqual([undefined]);
    order.check(70, answer(seen('REFUNDED')));
    expect(order.outcomes()).toEqual(['satisfied']);
  });

  test('as satisfied for a track request when the order could be read', () => {
    expect(outcomesAfter(answer(seen('PENDING')), track())).toEqual(['satisfied']);
    expect(outcomesAfter(answer(), track())).toEqual(['satisfied']);
    expect(outcomesAfter(UNKNOWN, track())).toEqual([undefined]);
  });
});

describe('a hint loses its freshness', () => {
  test.for([
    ['an answer that does not resolve it', answer(seen('PENDING'))],
    ['an answer that does not know the order', UNKNOWN],
    ['a failure', FAILURE],
  ] as const)('with %s', ([_, given]) => {
    const order = new CheckedOrder().with(webhook('OK', 2));
    order.check(10, given);
    expect(order.stored.hints).toMatchObject([{ isFresh: false }]);
    expect(order.outcomes()).toEqual([undefined]);
    expect(order.order.nextCheckAt).toBeDefined();
  });
});

describe('the checks of an unresolved hint', () => {
  /** Seconds from the first answer to each next check, if every answer stays the same. */
  const checksUntil = (given: ProviderAnswer, hint: Hint, last: number): number[] => {
    const order = new CheckedOrder().with(hint);
    const seconds: number[] = [];
    for (let now = 0; now <= last; ) {
      order.check(now, given);
      const { nextCheckAt } = order.order;
      if (!nextCheckAt || order.outcomes()[0]) break;
      now = (Date.parse(nextCheckAt) - Date.parse(at(0))) / 1000;
      seconds.push(now);
    }
    return seconds;
  };

  test('O7 come after 5, 20 and 80 s, 6, 21 and 81 min and 5.5 h; then the provider is right', () => {
    const order = new CheckedOrder();
    order.check(-DAY, answer(seen('KO')));
    order.withOrder({ nextCheckAt: undefined, clock: undefined }).with(webhook('OK', 2));
    for (const seconds of [0, 5, 20, 80, 360, 1260, 4860]) {
      order.check(seconds, answer(seen('KO')));
      expect(order.outcomes()).toEqual([undefined]);
    }
    expect(order.order).toMatchObject({ nextCheckAt: at(19_800), clock: 'watch' });
    order.check(19_800, answer(seen('KO')));
    expect(order.outcomes()).toEqual(['contradicted']);
  });

  test('P1 go on daily by the reconciler for what the provider does not show, and end after a week', () => {
    const times = checksUntil(UNKNOWN, webhook('OK', 2), 8 * DAY);
    expect(times).toEqual([
      5,
      20,
      80,
      360,
      1260,
      4860,
      19_800,
      ...[1, 2, 3, 4, 5, 6, 7].map((day) => day * DAY),
    ]);
    const order = new CheckedOrder().with(webhook('OK', 2));
    order.check(0, UNKNOWN);
    order.check(DAY, UNKNOWN);
    expect(order.order.clock).toBe('reconciler');
    order.check(7 * DAY, UNKNOWN);
    expect(order.outcomes()).toEqual(['given_up']);
    expect(order.order.nextCheckAt).toBeUndefined();
  });

  test('P1 end after a week for an item that the answers lack', () => {
    const order = new CheckedOrder().with(webhook('OK', 2));
    order.check(0, answer(seen('OK', { itemUuid: OTHER_ITEM })));
    order.check(6.9 * DAY, answer(seen('OK', { itemUuid: OTHER_ITEM })));
    expect(order.outcomes()).toEqual([undefined]);
    order.check(7 * DAY, answer(seen('OK', { itemUuid: OTHER_ITEM })));
    expect(order.outcomes()).toEqual(['given_up']);
  });

  test('do not end as contradicted while the item is unconfirmed', () => {
    const order = new CheckedOrder().with(webhook('REFUNDED', 2));
    order.check(0, answer(seen('OK')));
    order.check(5.5 * HOUR, answer(seen('REFUNDED')));
    expect(order.outcomes()).toEqual([undefined]);
    order.check(5.5 * HOUR + 60, answer(seen('REFUNDED')));
    expect(order.outcomes()).toEqual(['satisfied']);
  });

  test('are counted from the first answer: failures before it do not use them up', () => {
    const order = new CheckedOrder().with(webhook('OK', 2));
    order.check(0, FAILURE);
    order.check(6 * HOUR, answer(seen('PENDING')));
    expect(order.outcomes()).toEqual([undefined]);
    expect(order.order.nextCheckAt).toBe(at(6 * HOUR + 5));
  });
});
