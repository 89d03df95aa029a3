import type { SQSRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { checkItem } from '../../lambdas/check-item/check-item.ts';
import { plusSeconds } from '../../lambdas/domain/time.ts';
import { refreshOrders } from '../../lambdas/refresh-order/refresh-order.ts';
import { at, ITEM, ORDER, seen } from '../domain/fixtures.ts';
import { Tracker, tableWith } from './tracker.ts';

const DAY = 86_400;

/** A check that another look has served is about to write its wait, when yet another look commits this. */
const lookBeforeTheWait = async (meanwhile: (tracker: Tracker) => void): Promise<Tracker> => {
  let between: (() => Promise<void>) | undefined;
  const tracker = new Tracker({
    through: (table) =>
      tableWith(table, {
        update: async (update) => {
          if (between && update.key.sk.startsWith('ITEM#')) {
            const act = between;
            between = undefined;
            await act();
          }
          return await table.update(update);
        },
      }),
  });
  const look = async () => {
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.deliverStream();
    tracker.passSeconds(1);
    await tracker.refresh();
  };
  const product = { maxConfirmationTime: 'P60D' };
  // An item that was PENDING after a refund had started: REFUND_STARTED needs a second witness from now on.
  tracker.show(seen('REFUND_STARTED', { product }));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(5);
  tracker.show(seen('PENDING', { product }));
  await tracker.webhook('PENDING', '2');
  await tracker.run(70);
  expect(tracker.item().status).toBe('PENDING');
  await tracker.run(20 * DAY, { reconcileEverySeconds: 300 });
  const watch = [...tracker.watches.values()].find(({ ended }) => !ended);
  tracker.now = tracker.item().nextCheckNominalAt as string;
  await look();
  tracker.now = watch?.input.nextCheckAt as string;
  between = async () => {
    const { now } = tracker;
    meanwhile(tracker);
    await look();
    tracker.now = now;
  };
  await tracker.wake();
  expect(between).toBeUndefined();
  return tracker;
};

describe('a watch that writes its wait', () => {
  test('F3 does not push away a doubt that another look has just written', async () => {
    const tracker = await lookBeforeTheWait((t) =>
      t.show(seen('REFUND_STARTED', { product: { maxConfirmationTime: 'P60D' } })),
    );
    const { doubt, dueAt } = tracker.item();
    expect(doubt).toBeDefined();
    expect(Date.parse(dueAt as string) - Date.parse(tracker.now)).toBeLessThan(180_000);
  });

  test('T6 does not sleep over a deadline that another look has just moved', async () => {
    const tracker = await lookBeforeTheWait((t) =>
      t.show(seen('PENDING', { product: { maxConfirmationTime: 'P21D' } })),
    );
    const { nextCheckAt, confirmBy } = tracker.item();
    expect(Date.parse(nextCheckAt as string)).toBeLessThanOrEqual(Date.parse(confirmBy));
  });
});

test('P7 a look that dies before the part with order.settled leaves the order due', async () => {
  let writesToDeath = 0;
  const tracker = new Tracker({
    through: (table) =>
      tableWith(table, {
        transact: async (writes) => {
          if (writesToDeath > 0 && --writesToDeath === 0) throw new Error('killed');
          return await table.transact(writes);
        },
      }),
  });
  // Their last digits let each wake in its own second.
  const uuid = (index: number) =>
    `${`${index}`.padStart(8, '0')}${ITEM.slice(8, -8)}${(index * 0x05000000).toString(16).padStart(8, '0')}`;
  const product = { maxConfirmationTime: 'PT1H' };
  const open = Array.from({ length: 49 }, (_, index) => seen('PENDING', { itemUuid: uuid(index), product }));
  const confirmed = (title: string) => seen('OK', { itemUuid: uuid(49), product: { title } });
  tracker.show(...open, confirmed('Museum'));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(5);
  // The 49 confirmations fill the first part; the other item's new title goes into the second.
  tracker.show(...open.map(({ itemUuid }) => seen('OK', { itemUuid, product })), confirmed('Gallery'));
  writesToDeath = 2;
  await expect(tracker.run(600)).rejects.toThrow('killed');
  for (const watch of tracker.watches.values()) {
    if (!watch.ended && watch.input.nextCheckAt <= tracker.now) watch.ended = 'done';
  }
  expect(tracker.order()?.dueAt).toBeDefined();
  await tracker.run(DAY / 2, { reconcileEverySeconds: 300 });
  expect(tracker.types().filter((type) => type === 'order_item.ok')).toHaveLength(50);
  expect(tracker.types().at(-1)).toBe('order.settled');
  // Nothing but care is left.
  expect(tracker.order()?.due).toMatch(/^CARE/);
});

test('E17 an order that a look that died had opened in part, and that is final again, settles again', async () => {
  let writesToDeath = 0;
  const tracker = new Tracker({
    through: (table) =>
      tableWith(table, {
        transact: async (writes) => {
          if (writesToDeath > 0 && --writesToDeath === 0) throw new Error('killed');
          return await table.transact(writes);
        },
      }),
  });
  const uuids = Array.from({ length: 60 }, (_, index) => `${`${index}`.padStart(8, '0')}${ITEM.slice(8)}`);
  const all = (status: string) => uuids.map((itemUuid) => seen(status, { itemUuid }));
  tracker.show(...all('OK'));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(5);
  tracker.show(...all('REFUND_STARTED'));
  await tracker.webhook('REFUND_STARTED', '2', uuids[0]);
  await tracker.run(30);
  writesToDeath = 2;
  await expect(tracker.run(40)).rejects.toThrow('Messages failed');
  tracker.show(...all('REFUNDED'));
  await tracker.run(3600, { reconcileEverySeconds: 300 });
  expect(tracker.types().filter((type) => type === 'order_item.refunded')).toHaveLength(60);
  const settled = tracker.published.filter(({ type }) => type === 'order.settled');
  expect(settled.map(({ id }) => id)).toEqual([`${ORDER}/order/1`, `${ORDER}/order/2`]);
});

test.for([true, false])(
  'P7 an order written in parts is due only for care (%s), as any other',
  async (careEnabled) => {
    const tracker = new Tracker({ settings: { careEnabled } });
    const uuids = Array.from({ length: 120 }, (_, index) => `${`${index}`.padStart(8, '0')}${ITEM.slice(8)}`);
    tracker.show(...uuids.map((itemUuid) => seen('OK', { itemUuid })));
    await tracker.webhook('OK', '1', uuids[0]);
    await tracker.run(5);
    expect(tracker.order()).toMatchObject({ rev: 3, settled: true });
    expect(tracker.order()?.due?.slice(0, 5)).toBe(careEnabled ? 'CARE#' : undefined);
    expect(tracker.order()?.dueAt === undefined).toBe(!careEnabled);
  },
);

test('O5 trouble of a look that was overtaken does not bring back what an answer has ended', async () => {
  const tracker = new Tracker();
  tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'P60D' } }));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(5);
  tracker.provider = () => ({ kind: 'trouble', cause: 'http_503' });
  await tracker.run(20 * DAY, { reconcileEverySeconds: 900 });
  const rescue = async () => {
    await tracker.dependencies.queue.send([{ orderUuid: ORDER, reason: 'rescue', delayInSeconds: 0 }]);
    await tracker.refresh();
  };
  tracker.now = tracker.order()?.askAgainAt as string;
  const before = tracker.gets.length;
  tracker.provider = async () => {
    if (tracker.gets.length - before > 1) {
      return { kind: 'order', snapshot: { items: [seen('PENDING')], unreadable: 0 } };
    }
    // So slow that its lease has ended, and another look comes in between.
    tracker.passSeconds(60);
    await rescue();
    return { kind: 'trouble', cause: 'timeout' };
  };
  await rescue();
  expect(tracker.gets.length - before).toBe(2);
  expect(tracker.order()).not.toHaveProperty('troubledSince');
  expect(tracker.order()).not.toHaveProperty('askAgainAt');
});

test('F12 trouble of a check writes no wait into an item that another look has just found done', async () => {
  const tracker = new Tracker();
  tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(3590);
  await tracker.webhook('OK', '2');
  await tracker.deliverStream();
  tracker.now = at(3599.5);
  let check: Promise<void> | undefined;
  tracker.provider = async () => {
    if (check) return { kind: 'trouble', cause: 'http_503' };
    // This answer was asked for before the check's time, so it does not serve the check.
    tracker.now = at(3600);
    check = tracker.wake();
    return { kind: 'order', snapshot: { items: [seen('OK')], unreadable: 0 } };
  };
  const before = tracker.gets.length;
  await tracker.refresh();
  await check;
  expect(tracker.gets.length - before).toBe(2);
  expect(tracker.item()).toMatchObject({ status: 'OK' });
  expect(tracker.item()).not.toHaveProperty('nextCheckAt');
  expect(tracker.item()).not.toHaveProperty('dueAt');
});

test('O7 a quick repeat is not dropped by a host whose clock is two seconds behind', async () => {
  const tracker = new Tracker();
  tracker.show(seen('PENDING'));
  await tracker.webhook('OK', '2');
  await tracker.run(2);
  expect(tracker.gets).toHaveLength(1);
  tracker.show(seen('OK'));
  tracker.now = tracker.queue[0]?.visibleAt as string;
  const clock = { ...tracker.clock, now: () => plusSeconds(tracker.now, -2) };
  await tracker.refresh({ ...tracker.dependencies, clock });
  await tracker.run(1);
  expect(tracker.types()).toContain('order_item.ok');
});

test('a rescue, an overdue item and care of one order in one batch share one GET', async () => {
  const tracker = new Tracker();
  tracker.show(seen('OK'));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(5);
  tracker.provider = () => {
    tracker.passSeconds(0.2);
    return { kind: 'order', snapshot: { items: [seen('OK')], unreadable: 0 } };
  };
  const before = tracker.gets.length;
  const reasons = ['rescue', 'overdue', 'care'] as const;
  await tracker.dependencies.queue.send(
    reasons.map((reason) => ({ orderUuid: ORDER, reason, delayInSeconds: 0 })),
  );
  await tracker.refresh();
  expect(tracker.gets.length - before).toBe(1);
});

test('a message that cannot be read fails alone', async () => {
  const tracker = new Tracker();
  tracker.show(seen('OK'));
  const bodies = [
    '{"contract":1,',
    '{"contract":2}',
    JSON.stringify({ contract: 1, orderUuid: ORDER, reason: 'rescue' }),
  ];
  const Records = bodies.map((body, index) => ({ messageId: `${index}`, body }) as SQSRecord);
  const { batchItemFailures } = await refreshOrders({ Records }, tracker.dependencies);
  expect(batchItemFailures).toEqual([{ itemIdentifier: '0' }, { itemIdentifier: '1' }]);
  expect(tracker.item().status).toBe('OK');
});

test('a record of a look that cannot be written changes nothing about what the look found', async () => {
  let fails = false;
  const tracker = new Tracker({
    through: (table) =>
      tableWith(table, {
        put: async (put) => {
          if (fails && put.put.sk.startsWith('CHECK#')) throw new Error('throttled');
          return await table.put(put);
        },
      }),
  });
  tracker.show(seen('PENDING'));
  await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
  await tracker.run(5);
  const [watch] = [...tracker.watches.values()];
  if (!watch) throw new Error('The item is not watched.');
  tracker.now = watch.input.nextCheckAt;
  fails = true;
  const errors: string[] = [];
  const telemetry = { ...tracker.telemetry, error: (message: string) => void errors.push(message) };
  const result = await checkItem(watch.input, { ...tracker.dependencies, telemetry });
  expect(result.decision).toBe('wait');
  expect(errors).toEqual(['The record of a look could not be written; the story lacks it.']);
});
