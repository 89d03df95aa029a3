import { describe, expect, test } from 'vitest';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { DAY, HOUR, MINUTE, UNKNOWN } from '../domain/fixtures.ts';
import { at, ITEM, OTHER_ITEM, START, seen } from '../platform/sample-order.ts';
import { TestTracker } from '../platform/test-tracker.ts';
import { dueRecords, pending, RECONCILED, SELDOM_RECONCILED, tracked } from './tracked-order.ts';

/** Number of requests to the provider since there were `before` of them. */
const getsSince = (tracker: TestTracker, before: number): number => tracker.gets.length - before;

describe('while the provider fails', () => {
  test('P4 a check whose time falls into Retry-After waits for it, also across the deadline', async () => {
    const tracker = await tracked(pending('PT1H'));
    await tracker.run(HOUR - 5 - 60);
    tracker.fail('http_429', 15 * MINUTE);
    await tracker.run(120);
    expect(tracker.types).toEqual([]);
    tracker.show(pending('PT1H'));
    const before = tracker.gets.length;
    await tracker.run(16 * MINUTE);
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(getsSince(tracker, before)).toBe(1);
  });

  test('P4 a webhook waits for the retry, and is then answered', async () => {
    const tracker = await tracked(pending('P2D'));
    tracker.fail('http_429', 15 * MINUTE);
    // The first scheduled check is after half an hour.
    await tracker.run(35 * MINUTE);
    const before = tracker.gets.length;
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(5);
    expect(getsSince(tracker, before)).toBe(0);
    await tracker.run(15 * MINUTE);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P5 an item is not overdue until the provider has answered; then the truth is published', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.fail();
    await tracker.run(5 * HOUR, RECONCILED);
    expect(tracker.types).toEqual([]);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 for days, calls do not multiply, nothing is rescued or parked, and nothing is lost', async () => {
    const tracker = await tracked(pending('PT1H'));
    await tracker.webhook('OK', '2');
    await tracker.run(5);
    tracker.fail();
    const before = tracker.gets.length;
    await tracker.run(3 * DAY, RECONCILED);
    // Every retry up to 15 minutes for two hours, then hourly.
    expect(getsSince(tracker, before)).toBeLessThan(15 + 3 * 24);
    expect(tracker.executions.filter(({ status }) => status === 'running')).toHaveLength(1);
    expect(tracker.order()?.rescueCount).toBeUndefined();
    expect(tracker.counts.get('RecordParked') ?? 0).toBe(0);
    expect(tracker.counts.get('HintContradicted') ?? 0).toBe(0);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 fifty webhooks share the calls', async () => {
    const tracker = await tracked(pending('P2D'));
    tracker.fail();
    await tracker.run(HOUR);
    const before = tracker.gets.length;
    for (let version = 2; version < 52; version++) {
      await tracker.webhook('OK', `${version}`);
      await tracker.run(10);
    }
    expect(getsSince(tracker, before)).toBeLessThanOrEqual(2);
  });
});

describe('while the provider wants no requests because of another order', () => {
  /** The provider is paused until a number of seconds after the start of the test. Then it answers like this. */
  const pausedUntil = (tracker: TestTracker, seconds: number, cause = 'retry_after'): void => {
    const answering = tracker.provider;
    tracker.provider = async (orderUuid) => {
      const retryAfterInSeconds = secondsBetween(tracker.now, at(seconds));
      return retryAfterInSeconds > 0
        ? { kind: 'paused', cause, retryAfterInSeconds }
        : await answering(orderUuid);
    };
  };

  test('P4 an order waits for the rest of the pause, and nothing is counted', async () => {
    const tracker = new TestTracker();
    tracker.show(seen('OK'));
    pausedUntil(tracker, 100);
    await tracker.webhook('OK');
    await tracker.run(50);
    expect(tracker.counts.has('ProviderFailure')).toBe(false);
    expect(tracker.measured.has('ProviderLatency')).toBe(false);
    expect(tracker.order()?.failure).toMatchObject({ count: 0, retryAt: at(100) });
    expect(tracker.rows('CHECK#')).toMatchObject([{ reason: 'webhook', showed: 'retry_after' }]);
    expect(tracker.logs.filter(({ message }) => message === 'Order checked')).toEqual([]);
    await tracker.run(60);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.published[0]?.data).toMatchObject({ foundBy: 'webhook' });
    expect(tracker.gets).toEqual([at(1), at(100)]);
    expect(tracker.counts.get('ProviderFailure')).toBe(0);
    expect(tracker.counts.get('WebhookMissing')).toBe(0);
  });

  test('P4 webhooks that come meanwhile wait for its end, and are not taken up again and again', async () => {
    const tracker = await tracked(pending('P2D'));
    tracker.show(seen('OK'));
    pausedUntil(tracker, 900);
    const before = tracker.gets.length;
    for (let version = 2; version < 22; version++) {
      await tracker.webhook('OK', `${version}`);
      await tracker.run(40, RECONCILED);
    }
    expect(getsSince(tracker, before)).toBe(1);
    await tracker.run(120, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.rows('WEBHOOK#').map(({ outcome }) => outcome)).toEqual(Array(20).fill('satisfied'));
    expect(tracker.rows('WEBHOOK#').filter(({ dueAt }) => dueAt)).toEqual([]);
  });

  test('P3 the same holds for a login that was rejected', async () => {
    const tracker = new TestTracker();
    tracker.show(seen('OK'));
    pausedUntil(tracker, 60, 'login_rejected');
    await tracker.track();
    await tracker.run(70);
    expect(tracker.rows('CHECK#')).toMatchObject([
      { showed: 'login_rejected' },
      { showed: { [ITEM]: 'OK' } },
    ]);
    expect(tracker.published[0]?.data).toMatchObject({ foundBy: 'track' });
    expect(tracker.counts.get('ProviderFailure')).toBe(0);
  });

  test('P4 an item is overdue at the end of a pause across its deadline', async () => {
    const tracker = await tracked(pending('PT1H'));
    await tracker.run(HOUR - 20);
    pausedUntil(tracker, HOUR + 300);
    await tracker.run(310);
    expect(tracker.types).toEqual([]);
    await tracker.run(30);
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(tracker.published[0]?.time).toBe(at(HOUR + 300));
  });

  test('P12 for a day of short pauses orders wake up ever less, and nothing is parked or lost', async () => {
    const tracker = await tracked(pending('P2D'));
    tracker.provider = () => ({ kind: 'paused', cause: 'retry_after', retryAfterInSeconds: 2 });
    await tracker.webhook('OK', '2');
    const before = tracker.gets.length;
    await tracker.run(DAY, RECONCILED);
    expect(getsSince(tracker, before)).toBeLessThan(30 + 24 + 24);
    expect(tracker.counts.get('RecordParked') ?? 0).toBe(0);
    expect(tracker.executions.filter(({ status }) => status === 'running')).toHaveLength(1);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });
});

describe('an order about which there is no answer for weeks, while others are answered', () => {
  test('P12 is checked daily after a week, and its tracking ends after 180 days', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.fail();
    await tracker.run(8 * DAY, RECONCILED);
    const inFirstWeek = tracker.gets.length;
    expect(inFirstWeek).toBeGreaterThan(7 * 24);
    expect(inFirstWeek).toBeLessThan(7 * 24 * 1.3 + 20);
    await tracker.run(171 * DAY, SELDOM_RECONCILED);
    expect(tracker.types).toEqual([]);
    expect(getsSince(tracker, inFirstWeek)).toBeLessThan(1.3 * 171);
    await tracker.run(3 * DAY, RECONCILED);
    expect(tracker.types).toEqual(['order_item.tracking_ended']);
    expect(dueRecords(tracker)).toEqual([]);
    const before = tracker.gets.length;
    await tracker.run(10 * DAY, RECONCILED);
    expect(getsSince(tracker, before)).toBe(0);
  });

  test('P12 is asked for within 15 minutes, and a run of the reconciler, when a webhook comes', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.fail();
    await tracker.run(20 * DAY, RECONCILED);
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(20 * MINUTE, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.order()?.failure).toBeUndefined();
  });

  test('P12 keeps a webhook fresh that arrives during a request that fails', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.fail();
    await tracker.run(20 * DAY, RECONCILED);
    let isTold = false;
    tracker.provider = async () => {
      await tracker.sleep(1);
      if (!isTold) await tracker.webhook('OK', '2');
      isTold = true;
      await tracker.sleep(3);
      return { kind: 'failure', cause: 'timeout' };
    };
    while (!isTold) await tracker.run(900, RECONCILED);
    tracker.show(seen('OK'));
    await tracker.run(30 * MINUTE, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 is followed again when it is tracked again after it was given up', async () => {
    const tracker = await tracked(pending('P300D'));
    tracker.fail();
    await tracker.run(182 * DAY, SELDOM_RECONCILED);
    expect(tracker.types).toEqual(['order_item.tracking_ended']);
    tracker.show(pending('P300D'));
    await tracker.track();
    await tracker.run(20 * DAY, SELDOM_RECONCILED);
    tracker.show(seen('OK', { product: { maxConfirmationTime: 'P300D' } }));
    await tracker.run(20 * DAY, SELDOM_RECONCILED);
    expect(tracker.types).toEqual(['order_item.tracking_ended', 'order_item.ok', 'order.settled']);
  });

  test('P12 gives up the hints of an order that was never shown, and starts again with another hint', async () => {
    const tracker = new TestTracker();
    tracker.fail();
    await tracker.webhook('OK', '2');
    await tracker.run(182 * DAY, SELDOM_RECONCILED);
    expect(tracker.rows('WEBHOOK#')[0]).toMatchObject({ outcome: 'given_up' });
    expect(dueRecords(tracker)).toEqual([]);
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '3');
    await tracker.run(5);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });
});

describe('an item that is missing from answers', () => {
  test('P9 at its deadline causes few requests, and is found when it is back', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.run(3 * DAY, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order_item.missing', 'order.settled']);
    expect(tracker.gets.length).toBeLessThan(40);
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }), seen('OK'));
    await tracker.run(DAY, RECONCILED);
    expect(tracker.types.slice(3)).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P1 for good, because the order is not known any more, is checked once a day', async () => {
    const tracker = await tracked(pending('PT1H'));
    tracker.provider = () => UNKNOWN;
    await tracker.run(10 * DAY, RECONCILED);
    const before = tracker.gets.length;
    await tracker.run(5 * DAY, RECONCILED);
    expect(getsSince(tracker, before)).toBe(5);
    expect(tracker.counts.get('RecordParked') ?? 0).toBe(0);
  });

  const other = { items: [seen('OK', { itemUuid: OTHER_ITEM })], unreadable: 0 };
  test.for<[string, ProviderAnswer]>([
    ['lack it', { kind: 'order', snapshot: other }],
    ['do not know its order', { kind: 'unknown' }],
  ])('P9 while it is unconfirmed is not asked for every second, if answers %s', async ([, answer]) => {
    const tracker = new TestTracker();
    tracker.show(seen('OK'));
    await tracker.track({ paidAt: START });
    await tracker.run(5);
    tracker.show(seen('REFUNDED'));
    await tracker.track();
    await tracker.run(2);
    expect(tracker.item().unconfirmed).toMatchObject({ status: 'REFUNDED' });
    tracker.provider = () => answer;
    const before = tracker.gets.length;
    await tracker.run(30 * MINUTE, { reconcileEverySeconds: 300 });
    expect(getsSince(tracker, before)).toBeLessThan(8);
  });

  test('P1 is checked at its deadline when it came back shortly before', async () => {
    const tracker = await tracked(pending('P10D'));
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.run(9.9 * DAY, RECONCILED);
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }), pending('P10D'));
    await tracker.run(DAY, RECONCILED);
    const overdue = tracker.published.find(({ type }) => type === 'order_item.overdue');
    expect(secondsBetween(START, overdue?.time ?? '')).toBe(10 * DAY);
  });
});
