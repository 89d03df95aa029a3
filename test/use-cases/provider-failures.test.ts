import { describe, expect, test } from 'vitest';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { at, ITEM, itemUuids, OTHER_ITEM, START, seen } from '../platform/sample-order.ts';
import { TestTracker } from '../platform/test-tracker.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const pending = (maxConfirmationTime: string, itemUuid = ITEM) =>
  seen('PENDING', { itemUuid, product: { maxConfirmationTime } });

/** An order with one item that was paid at the start of the test, and its first check. */
const tracked = async (maxConfirmationTime: string): Promise<TestTracker> => {
  const tracker = new TestTracker();
  tracker.show(pending(maxConfirmationTime));
  await tracker.track({ paidAt: at(0) });
  await tracker.run(5);
  return tracker;
};

/** Requests to the provider since so many of them. */
const getsSince = (tracker: TestTracker, before: number): number => tracker.gets.length - before;

describe('while the provider fails', () => {
  test('P4 a check whose time falls into Retry-After waits for it, also across the deadline', async () => {
    const tracker = await tracked('PT1H');
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

  test('P4 Retry-After is honoured up to 15 minutes', async () => {
    const tracker = await tracked('PT1H');
    tracker.fail('http_503', DAY);
    await tracker.run(HOUR);
    const failed = tracker.gets.slice(1);
    const gaps = failed.slice(1).map((get, index) => secondsBetween(failed[index] ?? '', get));
    expect(gaps).toEqual([900, 900, 900]);
  });

  test('P4 a webhook waits for the retry, and is then answered', async () => {
    const tracker = await tracked('P2D');
    tracker.fail('http_429', 15 * MINUTE);
    await tracker.run(10 * MINUTE);
    const before = tracker.gets.length;
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(5);
    expect(getsSince(tracker, before)).toBe(0);
    await tracker.run(15 * MINUTE);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P5 an item is not overdue until the provider has answered; then the truth is published', async () => {
    const tracker = await tracked('PT1H');
    tracker.fail();
    await tracker.run(5 * HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types).toEqual([]);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 for days, calls do not multiply, nothing is rescued or parked, and nothing is lost', async () => {
    const tracker = await tracked('PT1H');
    await tracker.webhook('OK', '2');
    await tracker.run(5);
    tracker.fail();
    const before = tracker.gets.length;
    await tracker.run(3 * DAY, { reconcileEverySeconds: 300 });
    // Every retry up to 15 minutes for two hours, then hourly.
    expect(getsSince(tracker, before)).toBeLessThan(15 + 3 * 24);
    expect(tracker.executions.filter(({ status }) => status === 'running')).toHaveLength(1);
    expect(tracker.order()?.rescueCount).toBeUndefined();
    expect(tracker.counts.get('RecordParked') ?? 0).toBe(0);
    expect(tracker.counts.get('HintContradicted') ?? 0).toBe(0);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 many items of one order share the calls', async () => {
    const tracker = new TestTracker();
    tracker.show(...itemUuids(20).map((itemUuid) => pending('PT1H', itemUuid)));
    await tracker.track({ paidAt: at(0) });
    await tracker.run(5);
    tracker.fail();
    const before = tracker.gets.length;
    await tracker.run(DAY, { reconcileEverySeconds: 300 });
    expect(getsSince(tracker, before)).toBeLessThan(15 + 24);
  });

  test('P12 fifty webhooks share the calls', async () => {
    const tracker = await tracked('P2D');
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

describe('an order about which there is no answer for weeks, while others are answered', () => {
  test('P12 is checked daily after a week, and its tracking ends after 180 days', async () => {
    const tracker = await tracked('PT1H');
    tracker.fail();
    await tracker.run(8 * DAY, { reconcileEverySeconds: 900 });
    const inFirstWeek = tracker.gets.length;
    expect(inFirstWeek).toBeGreaterThan(7 * 24);
    expect(inFirstWeek).toBeLessThan(7 * 24 * 1.3 + 20);
    await tracker.run(171 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.types).toEqual([]);
    expect(getsSince(tracker, inFirstWeek)).toBeLessThan(1.3 * 171);
    await tracker.run(3 * DAY, { reconcileEverySeconds: 900 });
    expect(tracker.types).toEqual(['order_item.tracking_ended']);
    expect(tracker.rows('').filter(({ dueAt }) => dueAt)).toEqual([]);
    const before = tracker.gets.length;
    await tracker.run(10 * DAY, { reconcileEverySeconds: 900 });
    expect(getsSince(tracker, before)).toBe(0);
  });

  test('P12 is asked for within 15 minutes, and a run of the reconciler, when a webhook comes', async () => {
    const tracker = await tracked('PT1H');
    tracker.fail();
    await tracker.run(20 * DAY, { reconcileEverySeconds: 900 });
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(20 * MINUTE, { reconcileEverySeconds: 300 });
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.order()?.failure).toBeUndefined();
  });

  test('P12 keeps a webhook fresh that comes while the provider is asked in vain', async () => {
    const tracker = await tracked('PT1H');
    tracker.fail();
    await tracker.run(20 * DAY, { reconcileEverySeconds: 900 });
    let isTold = false;
    tracker.provider = async () => {
      await tracker.sleep(1);
      if (!isTold) await tracker.webhook('OK', '2');
      isTold = true;
      await tracker.sleep(3);
      return { kind: 'failure', cause: 'timeout' };
    };
    while (!isTold) await tracker.run(900, { reconcileEverySeconds: 900 });
    tracker.show(seen('OK'));
    await tracker.run(30 * MINUTE, { reconcileEverySeconds: 300 });
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 is followed again when it is tracked again after it was given up', async () => {
    const tracker = await tracked('P300D');
    tracker.fail();
    await tracker.run(182 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.types).toEqual(['order_item.tracking_ended']);
    tracker.show(pending('P300D'));
    await tracker.track();
    await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
    tracker.show(seen('OK', { product: { maxConfirmationTime: 'P300D' } }));
    await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.types).toEqual(['order_item.tracking_ended', 'order_item.ok', 'order.settled']);
  });

  test('P12 begins anew with a webhook that comes just before it is given up', async () => {
    const tracker = new TestTracker();
    tracker.show(seen('OK'));
    await tracker.track();
    await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
    tracker.fail();
    await tracker.webhook('PENDING', '2');
    await tracker.run(179.5 * DAY, { reconcileEverySeconds: HOUR });
    const { firstAt = '' } = tracker.order()?.failure ?? {};
    expect(secondsBetween(firstAt, tracker.now)).toBeLessThan(180 * DAY);
    // A webhook that comes while the check is made that gives the order up has not been asked about.
    tracker.provider = async () => {
      const isLast = secondsBetween(firstAt, tracker.now) >= 180 * DAY;
      if (isLast && tracker.rows('WEBHOOK#').length === 1) await tracker.webhook('REFUNDED', '4');
      return { kind: 'failure', cause: 'http_503' };
    };
    await tracker.run(1.5 * DAY, { reconcileEverySeconds: 300 });
    expect(tracker.rows('WEBHOOK#')[0]).toMatchObject({ outcome: 'given_up' });
    tracker.show(seen('REFUNDED'));
    await tracker.run(2 * HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types).toContain('order_item.refunded');
  });

  test('P12 gives up the hints of an order that never came to be, and begins anew with another', async () => {
    const tracker = new TestTracker();
    tracker.fail();
    await tracker.webhook('OK', '2');
    await tracker.run(182 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.rows('WEBHOOK#')[0]).toMatchObject({ outcome: 'given_up' });
    expect(tracker.rows('').filter(({ dueAt }) => dueAt)).toEqual([]);
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '3');
    await tracker.run(5);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 keeps a webhook that nothing else will find for as long as there is no answer', async () => {
    const tracker = new TestTracker();
    tracker.show(seen('OK'));
    await tracker.track();
    await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
    tracker.fail();
    await tracker.webhook('REFUNDED', '2');
    for (let day = 0; day < 170; day += 10) {
      await tracker.run(10 * DAY, { reconcileEverySeconds: HOUR });
      const now = Date.parse(tracker.now) / 1000;
      for (const { pk, sk, expiresAt } of tracker.table.rows()) {
        if (Number(expiresAt) < now) tracker.table.expire({ pk, sk });
      }
    }
    tracker.show(seen('REFUNDED'));
    await tracker.run(2 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.types).toContain('order_item.refunded');
  });

  test('P12 is not given up when an answer in between did not know the order', async () => {
    const tracker = new TestTracker();
    tracker.fail();
    await tracker.track();
    await tracker.run(5);
    tracker.provider = () => ({ kind: 'unknown' });
    await tracker.run(190 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.order()?.failure).toBeUndefined();
    tracker.fail();
    await tracker.webhook('OK', '2');
    await tracker.run(5);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 forgets an unconfirmed status when it is given up', async () => {
    const tracker = await tracked('PT1H');
    tracker.show(seen('OK'));
    await tracker.run(HOUR);
    tracker.show(pending('PT1H'));
    await tracker.track();
    await tracker.run(5);
    expect(tracker.item().unconfirmed).toBeDefined();
    tracker.fail();
    await tracker.run(182 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.item().unconfirmed).toBeUndefined();
    expect(tracker.rows('').filter(({ dueAt }) => dueAt)).toEqual([]);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });
});

describe('an item that answers lack', () => {
  test('P9 at its deadline causes few requests, and is found when it is back', async () => {
    const tracker = await tracked('PT1H');
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.run(3 * DAY, { reconcileEverySeconds: 300 });
    expect(tracker.types).toEqual(['order_item.ok', 'order_item.missing', 'order.settled']);
    expect(tracker.gets.length).toBeLessThan(40);
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }), seen('OK'));
    await tracker.run(DAY, { reconcileEverySeconds: 300 });
    expect(tracker.types.slice(3)).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P1 for good, because the order is not known any more, is checked once a day', async () => {
    const tracker = await tracked('PT1H');
    tracker.provider = () => ({ kind: 'unknown' });
    await tracker.run(10 * DAY, { reconcileEverySeconds: 300 });
    const before = tracker.gets.length;
    await tracker.run(5 * DAY, { reconcileEverySeconds: 300 });
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
    await tracker.track({ paidAt: at(0) });
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
    const tracker = await tracked('P10D');
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.run(9.9 * DAY, { reconcileEverySeconds: 300 });
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }), pending('P10D'));
    await tracker.run(DAY, { reconcileEverySeconds: 300 });
    const overdue = tracker.published.find(({ type }) => type === 'order_item.overdue');
    expect(secondsBetween(START, overdue?.time ?? '')).toBe(10 * DAY);
  });
});

test.for([
  ['two hours', 2 * HOUR],
  ['ten years', 3650 * DAY],
] as const)('T4 an order date %s in the future delays no check', async ([, ahead]) => {
  const tracker = new TestTracker();
  const product = { maxConfirmationTime: 'PT1H' };
  const showing = (status: string) => () => ({
    kind: 'order' as const,
    snapshot: { date: at(ahead), items: [seen(status, { product })], unreadable: 0 },
  });
  tracker.provider = showing('PENDING');
  await tracker.track();
  await tracker.run(60);
  tracker.provider = showing('OK');
  await tracker.run(HOUR, { reconcileEverySeconds: 300 });
  expect(tracker.types).toContain('order_item.ok');
});

test.for(['+275760-09-13', '-271821-04-20', '9999-12-31', '0001-01-01'])(
  'P9 an activity date of %s holds nothing back',
  async (date) => {
    const tracker = new TestTracker();
    tracker.show(seen('OK', { product: { date } }), seen('KO', { itemUuid: OTHER_ITEM }));
    await tracker.track({ paidAt: at(0) });
    await tracker.run(5);
    expect(tracker.types).toEqual(['order_item.ok', 'order_item.ko', 'order.settled']);
  },
);
