import { describe, expect, test } from 'vitest';
import type { ProviderAnswer } from '../../lambdas/domain/ports.ts';
import type { Snapshot } from '../../lambdas/domain/snapshot.ts';
import { answer, at, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { Tracker } from './tracker.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

const shown = (snapshot: Snapshot): (() => ProviderAnswer) => {
  return () => ({ kind: 'order', snapshot });
};

describe('strange dates', () => {
  test.for(['+275760-09-13', '-271821-04-20', '9999-12-31', '0001-01-01'])(
    'an activity date of %s holds nothing back',
    async (date) => {
      const tracker = new Tracker();
      tracker.show(seen('OK', { product: { date } }), seen('KO', { itemUuid: OTHER_ITEM }));
      await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
      await tracker.run(5);
      expect(tracker.types()).toEqual(['order_item.ok', 'order_item.ko', 'order.settled']);
    },
  );

  test.for([
    ['two hours', 2 * HOUR],
    ['ten years', 3650 * DAY],
  ] as const)('an order date %s in the future puts off no check', async ([, ahead]) => {
    const tracker = new Tracker();
    const product = { maxConfirmationTime: 'PT1H' };
    tracker.provider = shown({ ...answer(seen('PENDING', { product })), date: at(ahead) });
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(60);
    tracker.provider = shown({ ...answer(seen('OK', { product })), date: at(ahead) });
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toContain('order_item.ok');
  });
});

describe('a deadline that moves after it has passed', () => {
  test('T1 an instant item that is paid long after booking is found 150 s after payment', async () => {
    const tracker = new Tracker();
    const product = { maxConfirmationTime: 'P0D' };
    tracker.show(seen('PENDING', { product }));
    await tracker.webhook('PENDING', '1');
    await tracker.run(20 * 60, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.overdue']);
    await tracker.stories.track(ORDER, { paidAt: tracker.now }, tracker.now);
    await tracker.run(30, { reconcileEverySeconds: 300 });
    tracker.show(seen('OK', { product }));
    await tracker.run(150, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toContain('order_item.ok');
  });

  test('T6 the item is watched again, in a new round, and overdue again at the new deadline', async () => {
    const tracker = new Tracker();
    tracker.show(seen('PENDING'));
    await tracker.webhook('PENDING', '1');
    await tracker.run(49 * HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.overdue']);
    const paidAt = tracker.now;
    await tracker.stories.track(ORDER, { paidAt }, tracker.now);
    await tracker.run(60);
    expect(tracker.item()).toMatchObject({ round: 2, openedAt: paidAt, nextCheckAt: expect.any(String) });
    await tracker.run(2 * DAY);
    expect(tracker.types()).toEqual(['order_item.overdue', 'order_item.overdue']);
    expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(2);
  });
});

test('E8 tracking that ended after half a year begins anew with a track request, and with no other look', async () => {
  const tracker = new Tracker();
  tracker.show(seen('PENDING'));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(200 * DAY, { reconcileEverySeconds: HOUR });
  expect(tracker.types()).toEqual(['order_item.overdue', 'order_item.tracking_ended']);
  await tracker.stories.track(ORDER, {}, tracker.now);
  await tracker.run(20 * DAY, { reconcileEverySeconds: HOUR });
  expect(tracker.types().slice(2)).toEqual(['order_item.overdue']);
  expect(tracker.item()).toMatchObject({ round: 2, dueAt: expect.any(String) });
  tracker.show(seen('OK'));
  await tracker.run(DAY, { reconcileEverySeconds: HOUR });
  expect(tracker.types().slice(3)).toEqual(['order_item.ok', 'order.settled']);
});

describe('answers that never come right', () => {
  test('E11 an item that is garbled for good does not end care of the others', async () => {
    const tracker = new Tracker();
    const product = { date: '2027-03-01' };
    tracker.provider = shown({ status: 'OK', items: [seen('OK', { product })], unreadable: 1 });
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(190 * DAY, { reconcileEverySeconds: 6 * HOUR });
    tracker.provider = shown({ status: 'OK', items: [seen('REFUNDED', { product })], unreadable: 1 });
    await tracker.run(200 * DAY, { reconcileEverySeconds: 6 * HOUR });
    expect(tracker.types()).toContain('order_item.refunded');
  });

  test('E11 voucher URLs that differ in every answer do not keep care going for ever', async () => {
    const tracker = new Tracker();
    let signature = 0;
    tracker.provider = () => {
      const vouchers = [`https://vouchers.example.com/1.pdf?signature=${signature++}`];
      return { kind: 'order', snapshot: answer(seen('OK', { vouchers, product: { date: '2026-03-20' } })) };
    };
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(60 * DAY, { reconcileEverySeconds: HOUR });
    const before = tracker.gets.length;
    await tracker.run(60 * DAY, { reconcileEverySeconds: HOUR });
    expect(tracker.gets.length).toBe(before);
  });

  test.for([
    ['lack it', shown(answer(seen('OK', { itemUuid: OTHER_ITEM })))],
    ['do not know its order', (): ProviderAnswer => ({ kind: 'unknown' })],
  ] as const)('F1 an item in doubt whose answers %s is not asked for every second', async ([, provider]) => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(5);
    tracker.show(seen('REFUNDED'));
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(2);
    expect(tracker.item().doubt).toMatchObject({ status: 'REFUNDED' });
    tracker.provider = provider;
    const before = tracker.gets.length;
    await tracker.run(1800, { reconcileEverySeconds: 300 });
    expect(tracker.gets.length - before).toBeLessThan(15);
  });

  test('E13 a watched item whose order is unknown for good is tried a few times a day at most', async () => {
    const tracker = new Tracker();
    tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(5);
    tracker.provider = () => ({ kind: 'unknown' });
    await tracker.run(10 * DAY, { reconcileEverySeconds: 300 });
    const before = tracker.gets.length;
    await tracker.run(DAY, { reconcileEverySeconds: 300 });
    expect(tracker.gets.length - before).toBeLessThan(5);
  });

  test('E13 looks that an outage stops take back no claims but their own, and each once', async () => {
    const tracker = new Tracker();
    tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(2 * HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.overdue']);
    tracker.provider = () => ({ kind: 'unknown' });
    await tracker.run(3 * DAY, { reconcileEverySeconds: 300 });
    const { claims } = tracker.item();
    expect(claims).toBeGreaterThan(10);
    tracker.provider = () => ({ kind: 'trouble', cause: 'http_503' });
    for (const version of ['2', '3', '4', '5', '6']) {
      await tracker.webhook('OK', version);
      await tracker.run(60);
    }
    expect(tracker.item().claims).toBe(claims);
    await tracker.dependencies.queue.send(
      (['rescue', 'overdue'] as const).map((reason) => ({ orderUuid: ORDER, reason, delayInSeconds: 0 })),
    );
    await tracker.refresh();
    expect(tracker.item().claims).toBe((claims as number) - 1);
  });

  test.for([
    ['watched', 5],
    ['overdue', 2 * HOUR],
  ] as const)(
    'E13 a parked item that is %s is taken up once a day during an outage too',
    async ([, seconds]) => {
      const tracker = new Tracker();
      tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
      await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
      await tracker.run(seconds, { reconcileEverySeconds: 300 });
      tracker.provider = () => ({ kind: 'unknown' });
      await tracker.run(20 * DAY, { reconcileEverySeconds: 300 });
      const before = tracker.counts.get('RecordParked') as number;
      expect(before).toBeGreaterThan(10);
      tracker.provider = () => ({ kind: 'trouble', cause: 'http_503' });
      await tracker.run(5 * DAY, { reconcileEverySeconds: 300 });
      expect((tracker.counts.get('RecordParked') as number) - before).toBeLessThanOrEqual(5);
      tracker.show(seen('OK'));
      await tracker.run(DAY, { reconcileEverySeconds: 300 });
      expect(tracker.types()).toContain('order_item.ok');
    },
  );

  test('E13 a parked item that another look has served is checked at its deadline', async () => {
    const tracker = new Tracker();
    const product = { maxConfirmationTime: 'P10D' };
    tracker.show(seen('REFUND_STARTED', { product }));
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(5);
    tracker.show(seen('PENDING', { product }));
    await tracker.webhook('PENDING', '2');
    await tracker.run(70);
    expect(tracker.item().status).toBe('PENDING');
    const { confirmBy } = tracker.item();
    await tracker.run(4 * DAY);
    // A doubt that no answer settles for days.
    tracker.show(seen('REFUND_STARTED', { product }));
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(5);
    expect(tracker.item().doubt).toBeDefined();
    tracker.provider = () => ({ kind: 'unknown' });
    while ((tracker.item().dueAt as string) < confirmBy) {
      await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    }
    expect(tracker.now < confirmBy).toBe(true);
    expect(tracker.item().claims).toBeGreaterThanOrEqual(20);
    tracker.show(seen('PENDING', { product }));
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(DAY, { reconcileEverySeconds: 300 });
    expect(tracker.published.map(({ type, time }) => [type, time])).toEqual([
      ['order_item.overdue', confirmBy],
    ]);
  });

  test('F13 an outage parks no overdue item whose order another item’s watch asks for', async () => {
    const tracker = new Tracker();
    tracker.show(
      seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }),
      seen('PENDING', { itemUuid: OTHER_ITEM, product: { maxConfirmationTime: 'P60D' } }),
    );
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(20 * HOUR, { reconcileEverySeconds: 300 });
    tracker.provider = () => ({ kind: 'trouble', cause: 'http_503' });
    await tracker.run(10 * DAY, { reconcileEverySeconds: 300 });
    expect(tracker.item(ITEM).claims ?? 0).toBeLessThan(20);
    expect(tracker.counts.get('RecordParked') ?? 0).toBe(0);
  });
});
