import { describe, expect, test } from 'vitest';
import { checkItem } from '../../lambdas/check-item/check-item.ts';
import type { WatchInput } from '../../lambdas/contracts/watch.ts';
import { at, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { Tracker, tableWith, toStreamRecord } from './tracker.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

const tracked = async (...items: Parameters<Tracker['show']>): Promise<Tracker> => {
  const tracker = new Tracker();
  tracker.show(...items);
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(5);
  return tracker;
};

describe('watches', () => {
  test('E5 of two watches of one item, the older attempt ends as superseded', async () => {
    const tracker = await tracked(seen('PENDING'));
    tracker.show(seen('OK', { vouchers: [] }));
    await tracker.webhook('OK', '2');
    await tracker.run(DAY + HOUR);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
    expect([...tracker.watches].map(([name, { ended }]) => [name.slice(-3), ended])).toEqual([
      ['1-1', 'superseded'],
      ['1-2', 'done'],
    ]);
  });

  test('E5 a watch of an earlier round ends when it wakes', async () => {
    const tracker = await tracked(seen('PENDING'));
    const [first] = [...tracker.watches.values()];
    if (!first) throw new Error('The item is not watched.');
    tracker.show(seen('REFUND_STARTED'));
    await tracker.webhook('REFUND_STARTED', '2');
    await tracker.deliverStream();
    tracker.passSeconds(1);
    await tracker.refresh();
    await tracker.deliverStream();
    expect(tracker.item().round).toBe(2);
    tracker.now = first.input.nextCheckAt;
    await tracker.wake();
    expect(first.ended).toBe('superseded');
    expect([...tracker.watches.values()].filter(({ ended }) => !ended)).toHaveLength(1);
  });

  test('E5 a watch whose own check finds a new round leaves it to the next watch', async () => {
    const tracker = await tracked(seen('PENDING'));
    const [first] = [...tracker.watches.values()];
    if (!first) throw new Error('The item is not watched.');
    tracker.show(seen('REFUND_STARTED'));
    tracker.now = first.input.nextCheckAt;
    await tracker.wake();
    await tracker.deliverStream();
    expect(first.ended).toBe('superseded');
    expect([...tracker.watches.values()].map(({ input }) => input.round)).toEqual([1, 2]);
  });

  test('E5 a look that changes nothing starts no other watch', async () => {
    const tracker = await tracked(seen('PENDING'));
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(5);
    expect(tracker.gets).toHaveLength(2);
    expect(tracker.item().attempt).toBe(1);
    expect(tracker.watches.size).toBe(1);
  });

  test('E6 an execution that was stopped by hand is replaced under a new name', async () => {
    const tracker = await tracked(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
    for (const watch of tracker.watches.values()) watch.ended = 'done';
    await tracker.run(2 * HOUR, { reconcileEverySeconds: 300 });
    expect([...tracker.watches.keys()].map((name) => name.slice(-3))).toEqual(['1-1', '1-2']);
    expect(tracker.types()).toEqual(['order_item.overdue']);
  });

  test('E1 a voucher that comes later is found by the watch; no webhook announces it', async () => {
    const tracker = await tracked(seen('OK', { vouchers: [] }));
    await tracker.run(10 * 60);
    tracker.show(seen('OK'));
    await tracker.run(10 * 60);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled', 'order_item.vouchers_available']);
  });

  test('E1 a voucher that never comes is waited for a day', async () => {
    const tracker = await tracked(seen('OK', { vouchers: [] }));
    await tracker.run(2 * DAY);
    expect(tracker.gets.length).toBe(11);
    expect([...tracker.watches.values()].map(({ ended }) => ended)).toEqual(['done']);
    expect(tracker.item()).not.toHaveProperty('dueAt');
  });

  test('O3 a doubt about an item without a watch is settled within two minutes', async () => {
    const tracker = await tracked(seen('OK'));
    tracker.show(seen('REFUNDED'));
    await tracker.webhook('REFUNDED', '9');
    await tracker.run(120);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled', 'order_item.refunded']);
  });
});

describe('what the stream did not bring', () => {
  test('E10 a hint, an item and an event that no consumer saw are found by the reconciler', async () => {
    const tracker = new Tracker();
    tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
    await tracker.webhook('PENDING');
    tracker.stream = [];
    await tracker.reconcile();
    expect(tracker.queue).toEqual([]);
    tracker.passSeconds(60);
    await tracker.reconcile();
    await tracker.refresh();
    expect(tracker.item().status).toBe('PENDING');
    tracker.stream = [];
    tracker.passSeconds(2 * HOUR);
    await tracker.reconcile();
    await tracker.wake();
    expect(tracker.rows('EVENT#').some(({ due }) => due)).toBe(true);
    tracker.stream = [];
    tracker.passSeconds(HOUR);
    await tracker.reconcile();
    expect(tracker.types()).toEqual(['order_item.overdue']);
    expect(tracker.rows('EVENT#').some(({ due }) => due)).toBe(false);
  });

  test('E10 both consumers off for more than a day: nothing lost, nothing under a second id', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'), seen('PENDING', { itemUuid: OTHER_ITEM }));
    await tracker.webhook('OK');
    const kept: typeof tracker.stream = [];
    for (let hour = 0; hour < 30; hour++) {
      kept.push(...tracker.stream.splice(0));
      if (hour === 20) tracker.show(seen('OK'), seen('OK', { itemUuid: OTHER_ITEM }));
      await tracker.reconcile();
      await tracker.refresh();
      await tracker.wake();
      tracker.passSeconds(HOUR);
    }
    const before = tracker.types();
    expect(before.toSorted()).toEqual(['order.settled', 'order_item.ok', 'order_item.ok']);
    tracker.stream.push(...kept);
    await tracker.run(DAY);
    expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(3);
  });

  test('E11 a refund whose every webhook was lost is found in care', async () => {
    const tracker = await tracked(seen('OK', { product: { date: '2026-06-01' } }));
    tracker.show(seen('REFUNDED', { product: { date: '2026-06-01' } }));
    await tracker.run(8 * DAY, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toContain('order_item.refunded');
    const refunded = tracker.published.find(({ type }) => type === 'order_item.refunded');
    expect(refunded?.data).toMatchObject({ foundBy: expect.stringMatching(/care|schedule/) });
  });

  test('E11 a backlog of care never delays a rescue', async () => {
    const tracker = new Tracker();
    for (let order = 0; order < 3000; order++) {
      await tracker.table.put({
        put: { pk: `ORDER#${order}`, sk: 'ORDER', due: 'CARE#0', dueAt: at(-DAY + order) },
      });
    }
    await tracker.webhook('OK');
    tracker.stream = [];
    tracker.passSeconds(120);
    await tracker.reconcile();
    expect(tracker.queue[0]).toMatchObject({ orderUuid: ORDER, reason: 'rescue' });
    expect(tracker.queue.length).toBeLessThan(200);
  });
});

describe('records that fail every time', () => {
  test('E13 they go to the back of the queue, are parked after 20 claims, and hold back no other', async () => {
    const tracker = await tracked(seen('OK'));
    tracker.refuses = ({ key }) => key.sk.includes(ITEM);
    tracker.show(seen('OK'), seen('OK', { itemUuid: OTHER_ITEM }));
    const poisoned = tracker.rows('EVENT#').find(({ sk }) => `${sk}`.includes(ITEM));
    await tracker.table.update({
      key: poisoned as never,
      set: { due: 'RESCUE#0', dueAt: at(0) },
      remove: ['publishedAt'],
    });
    await tracker.run(5 * DAY, { reconcileEverySeconds: 300 });
    const { claims, dueAt } = tracker.rows('EVENT#').find(({ sk }) => sk === poisoned?.['sk']) as {
      claims: number;
      dueAt: string;
    };
    expect(claims).toBeGreaterThanOrEqual(20);
    expect(tracker.counts.get('RecordParked')).toBeGreaterThanOrEqual(1);
    expect(Date.parse(dueAt) - Date.parse(tracker.now)).toBeGreaterThan(0);
    await tracker.webhook('OK', '3', OTHER_ITEM);
    await tracker.run(HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toContain('order_item.ok');
    expect(tracker.counts.get('EventRefused')).toBeGreaterThan(20);
  });
});

describe('a run of the reconciler', () => {
  test('E13 what is parked is taken up once a day', async () => {
    const tracker = await tracked(seen('OK'));
    tracker.refuses = () => true;
    tracker.show(seen('REFUNDED'));
    await tracker.webhook('REFUNDED', '2');
    await tracker.run(6 * DAY, { reconcileEverySeconds: 300 });
    const owed = tracker.rows('EVENT#').filter(({ dueAt }) => dueAt);
    expect(owed.length).toBeGreaterThan(0);
    for (const { claims } of owed) expect(claims).toBeGreaterThanOrEqual(20);
    const before = owed.map(({ claims }) => claims as number);
    await tracker.run(5 * DAY, { reconcileEverySeconds: 300 });
    const after = tracker.rows('EVENT#').flatMap(({ dueAt, claims }) => (dueAt ? [claims as number] : []));
    expect(after.map((claims, index) => claims - (before[index] ?? 0))).toEqual(before.map(() => 5));
  });

  test('E13 a record that cannot be claimed holds back no other, and fails the run', async () => {
    const tracker = new Tracker({
      through: (table) =>
        tableWith(table, {
          get: async (key) => {
            if (key.sk.includes(ITEM)) throw new Error('no such luck');
            return await table.get(key);
          },
        }),
    });
    tracker.show(seen('OK'), seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.deliverStream();
    tracker.passSeconds(1);
    await tracker.refresh();
    await tracker.deliverStream({ publish: false });
    tracker.passSeconds(120);
    await expect(tracker.reconcile()).rejects.toThrow('1 due records failed.');
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });
});

describe('publishing', () => {
  test('E2 the topic accepts and the function dies: the same id and body again', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    await tracker.webhook('OK');
    await tracker.deliverStream();
    tracker.passSeconds(1);
    await tracker.refresh();
    const records = tracker.stream.splice(0).map(toStreamRecord);
    await tracker.publish(records);
    await tracker.publish(records);
    expect(tracker.published).toHaveLength(4);
    expect(new Set(tracker.published.map((event) => JSON.stringify(event))).size).toBe(2);
  });

  test('E3 one of the events is refused: the others go through once, it is repeated, then due', async () => {
    const tracker = new Tracker();
    const refusedFor = 3;
    let refusals = 0;
    tracker.refuses = ({ key }) => key.sk.includes(ITEM) && refusals++ < refusedFor;
    tracker.show(seen('OK'), seen('KO', { itemUuid: OTHER_ITEM }));
    await tracker.webhook('OK');
    await tracker.run(5);
    expect(tracker.types().toSorted()).toEqual(['order.settled', 'order_item.ko']);
    expect(tracker.counts.get('EventRefused')).toBe(1);
    await tracker.run(600, { reconcileEverySeconds: 300 });
    expect(tracker.types().toSorted()).toEqual(['order.settled', 'order_item.ko', 'order_item.ok']);
  });
});

describe('records that expire', () => {
  test('an item outlives every look at its order, however long another one keeps it open', async () => {
    const tracker = new Tracker();
    const slow = seen('PENDING', { itemUuid: OTHER_ITEM, product: { maxConfirmationTime: 'P360D' } });
    tracker.show(seen('OK'), slow);
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    for (let day = 0; day < 560; day++) {
      await tracker.run(DAY, { reconcileEverySeconds: 6 * HOUR });
      const expiresAt = tracker.table.peek({ pk: `ORDER#${ORDER}`, sk: `ITEM#${ITEM}` })?.['expiresAt'];
      expect(expiresAt).toBeGreaterThan(Date.parse(tracker.now) / 1000);
    }
    expect(tracker.types()).toEqual(['order_item.ok', 'order_item.overdue', 'order_item.tracking_ended']);
  });
});

test('a check that the platform repeats asks nothing, and gives the same answer', async () => {
  const tracker = await tracked(seen('PENDING'));
  await tracker.run(300);
  const watch = [...tracker.watches.values()][0];
  tracker.passSeconds(HOUR);
  const input = watch?.input as WatchInput;
  const first = await checkItem(input, tracker.dependencies);
  const before = tracker.gets.length;
  expect(await checkItem(input, tracker.dependencies)).toEqual(first);
  expect(tracker.gets.length).toBe(before);
});

test('F13 checks that are all repeated end during an outage too, and take back one claim', async () => {
  const tracker = await tracked(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
  tracker.provider = () => ({ kind: 'unknown' });
  await tracker.run(2 * DAY, { reconcileEverySeconds: 300 });
  for (const watch of tracker.watches.values()) watch.ended ??= 'done';
  tracker.now = tracker.item().dueAt as string;
  await tracker.reconcile();
  const { claims } = tracker.item();
  expect(claims).toBeGreaterThan(5);
  let input = [...tracker.watches.values()].find(({ ended }) => !ended)?.input as WatchInput;
  tracker.provider = () => ({ kind: 'trouble', cause: 'http_503' });
  const decisions: string[] = [];
  while (decisions.length < 20 && decisions.at(-1) !== 'done') {
    if (tracker.now < input.nextCheckAt) tracker.now = input.nextCheckAt;
    await checkItem(input, tracker.dependencies);
    const { decision, ...next } = await checkItem(input, tracker.dependencies);
    decisions.push(decision);
    input = next;
  }
  expect(decisions).toHaveLength(13);
  expect(tracker.item().claims).toBe((claims as number) - 1);
});
