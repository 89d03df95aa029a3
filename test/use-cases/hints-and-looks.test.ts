import type { SQSRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { orderPartition } from '../../lambdas/adapters/records.ts';
import { refreshOrders } from '../../lambdas/refresh-order/refresh-order.ts';
import { answer, at, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { Tracker, tableWith, toStreamRecord } from './tracker.ts';

describe('webhooks', () => {
  test('I4 the same webhook ten times at once: one record, one look, one publication', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    const news = await Promise.all(Array.from({ length: 10 }, () => tracker.webhook('OK')));
    expect(news.filter(Boolean)).toHaveLength(1);
    expect(tracker.rows('WEBHOOK#')).toEqual([expect.objectContaining({ deliveries: 10 })]);
    await tracker.run(10);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.gets).toHaveLength(1);
  });

  test('I4 again an hour later: one more look, no publication', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    await tracker.webhook('OK');
    await tracker.run(3600);
    await tracker.webhook('OK');
    await tracker.run(10);
    expect(tracker.gets).toHaveLength(2);
    expect(tracker.published).toHaveLength(2);
  });

  test('I4 again within a minute: counted, and nothing else', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    await tracker.webhook('OK');
    await tracker.run(30);
    await tracker.webhook('OK');
    await tracker.run(10);
    expect(tracker.gets).toHaveLength(1);
    expect(tracker.rows('WEBHOOK#')).toEqual([expect.objectContaining({ deliveries: 2 })]);
  });

  test('I5 the stream carries on what was stored, however often it delivers it', async () => {
    const tracker = new Tracker();
    tracker.show(seen('PENDING'));
    await tracker.webhook('PENDING');
    const records = tracker.stream.map(toStreamRecord);
    await tracker.dispatch(records);
    await tracker.dispatch(records);
    await tracker.run(2);
    expect(tracker.gets).toHaveLength(1);
    const started = tracker.rows('ITEM#').map((after) => toStreamRecord({ after: after as never }));
    await tracker.dispatch(started);
    await tracker.dispatch(started);
    expect(tracker.watches.size).toBe(1);
  });

  test('I7 a status that we do not know is stored, looked at, and followed as open', async () => {
    const tracker = new Tracker();
    tracker.show(seen('ON_HOLD'));
    await tracker.webhook('ON_HOLD');
    await tracker.run(5);
    expect(tracker.item()).toMatchObject({ status: 'ON_HOLD', nextCheckAt: expect.any(String) });
    expect(tracker.types()).toEqual([]);
  });

  test('O1 an older webhook after a newer one is kept in the history and changes nothing', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '10');
    await tracker.run(5);
    await tracker.webhook('PENDING', '9');
    await tracker.run(5);
    expect(tracker.item()).toMatchObject({ status: 'OK', sequence: 1 });
    expect(tracker.rows('WEBHOOK#').map(({ outcome }) => outcome)).toEqual(['satisfied', 'superseded']);
  });

  test('O2 two statuses of one version: the provider’s answer wins, the other ends as contradicted', async () => {
    const tracker = new Tracker();
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '10');
    await tracker.webhook('KO', '10');
    await tracker.run(86_400, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.counts.get('HintContradicted')).toBe(1);
  });

  test('O7 OK by webhook, PENDING by GET: looked at again within seconds, a few times, then slowly', async () => {
    const tracker = new Tracker({ settings: { smallestGapInSeconds: 86_400 } });
    tracker.show(seen('PENDING'));
    await tracker.webhook('OK', '2');
    await tracker.run(120);
    const offsets = tracker.gets.map((get) => Math.round((Date.parse(get) - Date.parse(at(0))) / 1000));
    expect(offsets).toEqual([1, 6, 21, 81]);
    tracker.show(seen('OK'));
    await tracker.run(900, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });
});

describe('looks that overlap', () => {
  test('O6 a webhook that comes while the provider answers is not judged by that answer', async () => {
    const tracker = new Tracker();
    await tracker.webhook('PENDING', '1');
    await tracker.deliverStream();
    tracker.passSeconds(1);
    tracker.provider = async () => {
      await tracker.webhook('OK', '2');
      return { kind: 'order', snapshot: answer(seen('PENDING')) };
    };
    await tracker.refresh();
    expect(tracker.rows('WEBHOOK#').map(({ status, tries, outcome }) => [status, tries, outcome])).toEqual([
      ['PENDING', 0, 'satisfied'],
      ['OK', 0, undefined],
    ]);
  });

  test('O5 a look that is overtaken while the provider is slow looks again', async () => {
    const tracker = new Tracker();
    await tracker.webhook('OK', '2');
    await tracker.deliverStream();
    tracker.passSeconds(1);
    const answers = ['PENDING', 'OK', 'OK'];
    tracker.provider = async () => {
      const snapshot = answer(seen(answers.shift() as string));
      if (answers.length === 2) {
        // So slow that its lease has ended, and another look comes in between.
        tracker.passSeconds(60);
        await refreshOrders(
          {
            Records: [
              { messageId: '1', body: JSON.stringify({ contract: 1, orderUuid: ORDER, reason: 'rescue' }) },
            ] as SQSRecord[],
          },
          tracker.dependencies,
        );
      }
      return { kind: 'order', snapshot };
    };
    await tracker.refresh();
    await tracker.deliverStream();
    expect(tracker.item()).toMatchObject({ status: 'OK', sequence: 1 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.gets).toHaveLength(2);
  });

  test('O6 a webhook that comes while a check is running is not missed', async () => {
    const tracker = new Tracker();
    await tracker.webhook('PENDING', '1');
    await tracker.deliverStream();
    tracker.passSeconds(1);
    let status = 'PENDING';
    tracker.provider = async () => {
      const snapshot = answer(seen(status));
      if (status === 'PENDING') {
        status = 'OK';
        await tracker.webhook('OK', '2');
      }
      return { kind: 'order', snapshot };
    };
    await tracker.refresh();
    expect(tracker.item().status).toBe('PENDING');
    await tracker.run(10);
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });

  test('O5 the slow look that read PENDING loses to the fast one that read OK, and writes nothing', async () => {
    const tracker = new Tracker();
    tracker.show(seen('PENDING'));
    await tracker.webhook('PENDING', '1');
    await tracker.run(5);
    const stored = await tracker.store.read(ORDER);
    const slow = { ...stored, order: { ...stored.order } };
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(5);
    const { examine } = await import('../../lambdas/domain/examine.ts');
    const late = examine(slow, answer(seen('KO')), at(100), { reason: 'hint' }, 'x', tracker.settings);
    expect(await tracker.store.commit(slow, late)).toBe('lost');
    expect(tracker.item().status).toBe('OK');
    expect(tracker.rows('EVENT#')).toHaveLength(3);
  });

  test('P7 fifty items confirmed at once, then fifty webhooks within a second: one GET each time', async () => {
    const tracker = new Tracker();
    const uuids = Array.from({ length: 50 }, (_, index) => `${`${index}`.padStart(8, '0')}${ITEM.slice(8)}`);
    const all = (status: string) => uuids.map((itemUuid) => seen(status, { itemUuid }));
    tracker.show(...all('PENDING'));
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(5);
    expect(tracker.gets).toHaveLength(1);
    tracker.show(...all('OK'));
    await Promise.all(uuids.map((itemUuid) => tracker.webhook('OK', '2', itemUuid)));
    await tracker.run(5);
    expect(tracker.gets).toHaveLength(2);
    expect(tracker.types().filter((type) => type === 'order_item.ok')).toHaveLength(50);
    expect(tracker.types().filter((type) => type === 'order.settled')).toHaveLength(1);
  });

  test('P7 fifty deadlines at one instant: one GET', async () => {
    const tracker = new Tracker({ settings: { smallestGapInSeconds: 7200 } });
    const items = Array.from({ length: 50 }, (_, index) =>
      seen('PENDING', {
        itemUuid: `${`${index}`.padStart(8, '0')}${ITEM.slice(8)}`,
        product: { maxConfirmationTime: 'PT1H' },
      }),
    );
    tracker.show(...items);
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(3599);
    const before = tracker.gets.length;
    await tracker.run(5);
    expect(tracker.gets.length - before).toBe(1);
    expect(tracker.types().filter((type) => type === 'order_item.overdue')).toHaveLength(50);
    expect([...tracker.watches.values()].every(({ ended }) => ended === 'done')).toBe(true);
  });

  test('P7 fifty items of one order share each planned check, though they wake at different times', async () => {
    const tracker = new Tracker();
    const product = { maxConfirmationTime: 'PT4H' };
    const uuids = Array.from(
      { length: 50 },
      (_, index) => `${ITEM.slice(0, -8)}${(index * 0x05000000).toString(16).padStart(8, '0')}`,
    );
    tracker.show(...uuids.map((itemUuid) => seen('PENDING', { itemUuid, product })));
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(4 * 3600 + 5);
    expect(tracker.types()).toEqual(uuids.map(() => 'order_item.overdue'));
    // The first look, and at most 24 planned checks.
    expect(tracker.gets.length).toBeGreaterThan(15);
    expect(tracker.gets.length).toBeLessThanOrEqual(25);
  });

  test('P7 an order of many items is written in parts; a crash between leaves work, never half an order', async () => {
    let transactions = 0;
    let killed = false;
    const tracker = new Tracker({
      through: (table) =>
        tableWith(table, {
          transact: async (writes) => {
            if (++transactions === 2 && !killed) {
              killed = true;
              throw new Error('killed');
            }
            return await table.transact(writes);
          },
        }),
    });
    const items = Array.from({ length: 120 }, (_, index) =>
      seen('OK', { itemUuid: `${`${index}`.padStart(8, '0')}${ITEM.slice(8)}` }),
    );
    tracker.show(...items);
    await tracker.webhook('OK', '1', items[0]?.itemUuid);
    await tracker.deliverStream();
    tracker.passSeconds(1);
    await expect(tracker.refresh()).rejects.toThrow('Messages failed');
    expect(tracker.order()).toMatchObject({ rev: 1 });
    expect(tracker.order()).not.toHaveProperty('fetchedAt');
    expect(tracker.rows('EVENT#order')).toHaveLength(0);
    await tracker.run(3600, { reconcileEverySeconds: 300 });
    expect(tracker.types().filter((type) => type === 'order_item.ok')).toHaveLength(120);
    expect(tracker.types().filter((type) => type === 'order.settled')).toHaveLength(1);
    expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(121);
  });
});

describe('an order that is not readable', () => {
  test('P1 tracked before it exists: never KO, never overdue, found when it is there', async () => {
    const tracker = new Tracker();
    await tracker.stories.track(ORDER, { paidAt: at(0) }, tracker.now);
    await tracker.run(6 * 3600, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual([]);
    tracker.show(seen('OK'));
    await tracker.run(86_400, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P1 the next hint need not wait for the end of a lease', async () => {
    const tracker = new Tracker();
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(2);
    expect(tracker.gets).toHaveLength(1);
    await tracker.webhook('OK');
    await tracker.run(2);
    const [first, second] = tracker.gets.map((get) => Date.parse(get) / 1000) as [number, number];
    expect(second - first).toBeLessThan(5);
  });

  test('P1 after a week the hint is given up, and counted', async () => {
    const tracker = new Tracker();
    await tracker.webhook('OK');
    await tracker.run(9 * 86_400, { reconcileEverySeconds: 3600 });
    expect(tracker.counts.get('GivenUp')).toBe(1);
    expect(tracker.rows('WEBHOOK#')).toEqual([expect.objectContaining({ outcome: 'given_up' })]);
    expect(tracker.gets.length).toBeLessThan(20);
    expect(await tracker.table.queryDue('RESCUE#0', at(10 ** 9), 10)).toEqual([]);
  });

  test('F2 an item that one answer garbles is followed all the same', async () => {
    const tracker = new Tracker();
    tracker.provider = () => ({
      kind: 'order',
      snapshot: { status: 'PENDING', items: [seen('OK')], unreadable: 1 },
    });
    await tracker.stories.track(ORDER, {}, tracker.now);
    await tracker.run(5);
    expect(tracker.types()).toEqual(['order_item.ok']);
    tracker.show(seen('OK'), seen('KO', { itemUuid: OTHER_ITEM }));
    await tracker.run(3600, { reconcileEverySeconds: 300 });
    expect(tracker.types()).toEqual(['order_item.ok', 'order_item.ko', 'order.settled']);
  });
});

test('I5 a hint that only changes brings no further message: its look has sent one of its own', async () => {
  const tracker = new Tracker();
  tracker.show(seen('PENDING'));
  await tracker.webhook('OK', '2');
  await tracker.deliverStream();
  tracker.passSeconds(1);
  await tracker.refresh();
  // The try is written to the hint, and a delayed message brings the next.
  expect(tracker.stream.some(({ after }) => after?.['tries'] === 1)).toBe(true);
  expect(tracker.queue).toHaveLength(1);
  await tracker.deliverStream();
  expect(tracker.queue).toHaveLength(1);
});

test('E16 what the stream reports as deleted starts, asks and publishes nothing', async () => {
  const tracker = new Tracker();
  tracker.show(seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM }));
  await tracker.webhook('PENDING');
  await tracker.run(5);
  const before = {
    watches: tracker.watches.size,
    queue: tracker.queue.length,
    published: tracker.published.length,
  };
  for (const row of tracker.table.rows()) tracker.table.expire(row as never);
  expect(tracker.table.rows().filter(({ pk }) => pk === orderPartition(ORDER))).toEqual([]);
  await tracker.deliverStream();
  expect({
    watches: tracker.watches.size,
    queue: tracker.queue.length,
    published: tracker.published.length,
  }).toEqual(before);
});
