import { describe, expect, test } from 'vitest';
import type { ProviderAnswer } from '../../lambdas/domain/ports.ts';
import { at, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { Tracker } from './tracker.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

const trouble = (retryAfterInSeconds?: number): ProviderAnswer => ({
  kind: 'trouble',
  cause: 'http_503',
  ...(retryAfterInSeconds && { retryAfterInSeconds }),
});

/** An order with one item that was paid at the beginning and has to be confirmed within this time. */
const tracked = async (maxConfirmationTime: string): Promise<Tracker> => {
  const tracker = new Tracker();
  tracker.show(seen('PENDING', { product: { maxConfirmationTime } }));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(5);
  return tracker;
};

describe('provider trouble', () => {
  test('P4 a check whose time falls into Retry-After follows it, also across the deadline', async () => {
    const tracker = await tracked('PT1H');
    await tracker.run(HOUR - 5 - 60);
    tracker.provider = () => trouble(15 * 60);
    await tracker.run(120);
    expect(tracker.types()).toEqual([]);
    tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
    const before = tracker.gets.length;
    await tracker.run(16 * 60);
    expect(tracker.types()).toEqual(['order_item.overdue']);
    expect(tracker.gets.length - before).toBe(1);
  });

  test('P4 Retry-After is honoured up to 15 minutes', async () => {
    const tracker = await tracked('PT1H');
    tracker.provider = () => trouble(DAY);
    await tracker.run(HOUR, {});
    const gaps = tracker.gets
      .slice(2)
      .map((get, index) => Date.parse(get) - Date.parse(tracker.gets[index + 1] ?? ''));
    expect(gaps.length).toBeGreaterThan(2);
    for (const gap of gaps) expect(gap).toBe(15 * 60 * 1000);
  });

  test('P5 down across the deadline: not overdue until the provider answers, then the truth', async () => {
    const tracker = await tracked('PT1H');
    tracker.provider = () => trouble();
    await tracker.run(5 * HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual([]);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 an outage of days: executions end, calls do not multiply, nothing is lost', async () => {
    const tracker = await tracked('PT1H');
    tracker.provider = () => trouble();
    const before = tracker.gets.length;
    await tracker.run(3 * DAY, { reconcileEverySeconds: 300 });
    expect((tracker.gets.length - before) / (3 * 24)).toBeLessThan(9);
    expect([...tracker.watches.values()].filter(({ ended }) => !ended).length).toBeLessThanOrEqual(1);
    const wakes = [...tracker.watches.values()].map(({ input }) => input.checks ?? 0);
    expect(Math.max(...wakes)).toBeLessThanOrEqual(24 + 13);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.counts.get('RecordParked') ?? 0).toBe(0);
  });

  test('F13 an outage of days parks neither an overdue item nor a hint', async () => {
    const tracker = await tracked('PT1H');
    await tracker.run(2 * HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.overdue']);
    await tracker.webhook('OK', '2');
    tracker.provider = () => trouble();
    await tracker.run(10 * DAY, { reconcileEverySeconds: 300 });
    expect(tracker.counts.get('RecordParked') ?? 0).toBe(0);
    expect(tracker.counts.get('HintContradicted') ?? 0).toBe(0);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.overdue', 'order_item.ok', 'order.settled']);
  });

  test('P12 during an outage many items of one order share the calls', async () => {
    const tracker = new Tracker();
    const product = { maxConfirmationTime: 'PT1H' };
    const uuids = Array.from({ length: 20 }, (_, index) => `${`${index}`.padStart(8, '0')}${ITEM.slice(8)}`);
    tracker.show(...uuids.map((itemUuid) => seen('PENDING', { itemUuid, product })));
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(5);
    tracker.provider = () => trouble();
    const before = tracker.gets.length;
    await tracker.run(DAY, { reconcileEverySeconds: 300 });
    expect((tracker.gets.length - before) / 24).toBeLessThan(9);
  });

  test('F1 an item that every answer lacks at its deadline causes no hot loop', async () => {
    const tracker = await tracked('PT1H');
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.run(3 * DAY, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok']);
    expect(tracker.gets.length / (3 * 24)).toBeLessThan(9);
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }), seen('OK'));
    await tracker.run(DAY, { reconcileEverySeconds: 300 });
    expect(tracker.types().toSorted()).toEqual(['order.settled', 'order_item.ok', 'order_item.ok']);
  });
});

test('F1 a watch that starts long after the answer that lacked its item waits for nothing that is past', async () => {
  const tracker = await tracked('PT1H');
  tracker.show(seen('OK', { itemUuid: OTHER_ITEM }));
  await tracker.run(2 * HOUR, { reconcileEverySeconds: 300 });
  for (const watch of tracker.watches.values()) watch.ended ??= 'done';
  tracker.passSeconds(HOUR / 2);
  await tracker.stories.track(ORDER, {}, tracker.now);
  await tracker.run(5);
  tracker.passSeconds(5 * HOUR);
  await tracker.reconcile();
  await tracker.wake();
  const { nextCheckAt, dueAt } = tracker.item();
  expect(Date.parse(nextCheckAt as string)).toBeGreaterThanOrEqual(Date.parse(tracker.now));
  expect(Date.parse(dueAt as string)).toBeGreaterThan(Date.parse(tracker.now));
});

describe('an order about which there is no answer for weeks, while others are answered', () => {
  test('P12 it is asked for daily after a week, and its tracking ends after half a year', async () => {
    const tracker = await tracked('PT1H');
    tracker.provider = () => trouble();
    await tracker.run(8 * DAY, { reconcileEverySeconds: 900 });
    const inFirstWeek = tracker.gets.length;
    expect(inFirstWeek).toBeGreaterThan(7 * 24 * 3);
    await tracker.run(171 * DAY, { reconcileEverySeconds: 3600 });
    expect(tracker.types()).toEqual([]);
    expect(tracker.gets.length - inFirstWeek).toBeLessThan(1.3 * 171);
    await tracker.run(3 * DAY, { reconcileEverySeconds: 900 });
    expect(tracker.types()).toEqual(['order_item.tracking_ended']);
    expect(tracker.item().dueAt).toBeUndefined();
    expect(tracker.order()?.dueAt).toBeUndefined();
    const before = tracker.gets.length;
    await tracker.run(10 * DAY, { reconcileEverySeconds: 900 });
    expect(tracker.gets).toHaveLength(before);
  });

  test('P12 news is asked about within 15 minutes all the same', async () => {
    const tracker = await tracked('PT1H');
    tracker.provider = () => trouble();
    await tracker.run(20 * DAY, { reconcileEverySeconds: 900 });
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(15 * 60 + 5);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.order()).not.toHaveProperty('troubledSince');
  });

  test('P12 a webhook that comes while the provider is asked in vain is news too', async () => {
    const tracker = await tracked('PT1H');
    tracker.provider = () => trouble();
    await tracker.run(20 * DAY, { reconcileEverySeconds: 900 });
    let told = false;
    tracker.provider = async () => {
      tracker.passSeconds(1);
      if (!told) await tracker.webhook('OK', '2');
      told = true;
      tracker.passSeconds(4);
      return trouble();
    };
    while (!told) await tracker.run(900, { reconcileEverySeconds: 900 });
    tracker.show(seen('OK'));
    await tracker.run(20 * 60, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 an item that is still open when its order is tracked again is followed anew', async () => {
    const tracker = await tracked('P300D');
    const product = { maxConfirmationTime: 'P300D' };
    tracker.provider = () => trouble();
    await tracker.run(182 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.types()).toEqual(['order_item.tracking_ended']);
    tracker.show(seen('PENDING', { product }));
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
    tracker.show(seen('OK', { product }));
    await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.types()).toEqual(['order_item.tracking_ended', 'order_item.ok', 'order.settled']);
  });

  test('P12 a webhook that comes just before its order is given up is not given up with it', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
    tracker.provider = () => trouble();
    await tracker.webhook('PENDING', '2');
    await tracker.run(100.5 * DAY, { reconcileEverySeconds: HOUR });
    // The daily request comes at another hour from now on, so that half a year ends between two.
    await tracker.webhook('CANCELLATION_ERROR', '3');
    await tracker.run(79.6 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.order()).toHaveProperty('troubledSince');
    await tracker.webhook('REFUNDED', '4');
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.rows('WEBHOOK#').map(({ outcome }) => outcome)).toEqual([
      'given_up',
      'given_up',
      undefined,
    ]);
    tracker.show(seen('REFUNDED'));
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toContain('order_item.refunded');
  });

  test('P12 hints of an order that never came to be are given up, and a new one begins anew', async () => {
    const tracker = new Tracker();
    tracker.provider = () => trouble();
    await tracker.webhook('OK', '2');
    await tracker.run(181 * DAY, { reconcileEverySeconds: 3600 });
    expect(tracker.rows('WEBHOOK#')[0]).toMatchObject({ outcome: 'given_up' });
    expect(tracker.rows('').filter(({ dueAt }) => dueAt)).toEqual([]);
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '3');
    await tracker.run(5);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 a webhook that nothing else will find does not expire while there is no answer', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
    tracker.provider = () => trouble();
    await tracker.webhook('REFUNDED', '2');
    for (let day = 0; day < 100; day++) {
      await tracker.run(DAY, { reconcileEverySeconds: HOUR });
      const expired = tracker.table
        .rows()
        .filter((row) => Number(row['expiresAt']) * 1000 < Date.parse(tracker.now));
      for (const row of expired) tracker.table.expire(row);
    }
    tracker.show(seen('REFUNDED'));
    await tracker.run(2 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.types()).toContain('order_item.refunded');
  });

  test('P12 an answer that does not know the order ends the trouble: the next begins anew', async () => {
    const tracker = new Tracker();
    tracker.provider = () => trouble();
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(5);
    tracker.provider = () => ({ kind: 'unknown' });
    await tracker.run(190 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.order()).not.toHaveProperty('troubledSince');
    tracker.provider = () => trouble();
    await tracker.webhook('OK', '2');
    await tracker.run(5);
    tracker.show(seen('OK'));
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P12 a doubt and care of a settled order end with it', async () => {
    const tracker = await tracked('PT1H');
    tracker.show(seen('OK'));
    await tracker.run(HOUR);
    tracker.show(seen('PENDING'));
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(5);
    expect(tracker.item().doubt).toBeDefined();
    tracker.provider = () => trouble();
    await tracker.run(182 * DAY, { reconcileEverySeconds: 3600 });
    expect(tracker.rows('').filter(({ dueAt }) => dueAt)).toEqual([]);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });
});

describe('time', () => {
  test('T1 an instant item without any webhook is found when its grace ends', async () => {
    const tracker = await tracked('P0D');
    await tracker.run(100);
    tracker.show(seen('OK'));
    await tracker.run(60);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });

  test('T3 a max_confirmation_time that cannot be used is named in a warning, once', async () => {
    const tracker = new Tracker();
    tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'P0.5D' } }));
    const warnings: unknown[] = [];
    const dependencies = {
      ...tracker.dependencies,
      telemetry: { ...tracker.telemetry, warn: (_: string, fields?: object) => void warnings.push(fields) },
    };
    for (const version of ['1', '2']) {
      await tracker.webhook('PENDING', version);
      await tracker.deliverStream();
      tracker.passSeconds(1);
      await tracker.refresh(dependencies);
    }
    expect(tracker.gets).toHaveLength(2);
    expect(warnings).toEqual([{ orderUuid: ORDER, maxConfirmationTime: 'P0.5D' }]);
  });

  test('T5 the first hint comes after the deadline: looked at once', async () => {
    const tracker = new Tracker();
    tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
    await tracker.stories.track(ORDER, { paidAt: at(-DAY) }, tracker.now);
    await tracker.run(2);
    expect(tracker.types()).toEqual(['order_item.overdue']);
    expect(tracker.watches.size).toBe(0);
  });

  test('T6 the provider shortens max_confirmation_time: the wait follows', async () => {
    const tracker = await tracked('P2D');
    tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT30M' } }));
    await tracker.run(40 * 60);
    expect(tracker.types()).toEqual(['order_item.overdue']);
    expect(tracker.published[0]?.time).toBe(at(1800));
  });

  test('E15 a wake 0.4 s before the deadline by our own clock counts as the deadline', async () => {
    const tracker = await tracked('PT1H');
    await tracker.run(HOUR - 5 - 1);
    const watch = [...tracker.watches.values()].find(({ ended }) => !ended);
    expect(watch?.input.nextCheckAt).toBe(at(HOUR));
    tracker.now = at(HOUR - 0.4);
    const { checkItem } = await import('../../lambdas/check-item/check-item.ts');
    const before = tracker.gets.length;
    const result = watch && (await checkItem(watch.input, tracker.dependencies));
    expect(result?.decision).toBe('done');
    await tracker.deliverStream();
    expect(tracker.types()).toEqual(['order_item.overdue']);
    expect(tracker.gets.length - before).toBe(1);
  });

  test('at most 24 scheduled checks, whatever the duration', async () => {
    for (const duration of ['PT10M', 'P2D', 'P60D', 'P11M']) {
      const tracker = await tracked(duration);
      await tracker.run(350 * DAY);
      expect(tracker.types(), duration).toEqual(['order_item.overdue']);
      const scheduled = tracker.rows('CHECK#').filter(({ reason }) => reason === 'schedule');
      expect(scheduled.length, duration).toBeLessThanOrEqual(24);
      expect(scheduled.length, duration).toBeGreaterThan(3);
    }
  });
});
