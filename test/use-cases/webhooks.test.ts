import { describe, expect, test } from 'vitest';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { answer, at, DAY, HOUR, ITEM, itemUuids, OTHER_ITEM, START, seen } from '../domain/fixtures.ts';
import { TestTracker } from '../platform/test-tracker.ts';
import { count, dueRecords, hinted, RECONCILED, SELDOM_RECONCILED, tracked } from './tracked-order.ts';

const outcomes = (tracker: TestTracker): unknown[] => tracker.rows('WEBHOOK#').map(({ outcome }) => outcome);

/** Seconds from the start of the test to each request to the provider. */
const getsOf = (tracker: TestTracker): number[] => tracker.gets.map((get) => secondsBetween(START, get));

describe('a webhook', () => {
  test('I4 that comes ten times at once is one record, one check and one publication', async () => {
    const tracker = new TestTracker();
    tracker.show(seen('OK'));
    const first = await tracker.webhook('OK');
    const others = await Promise.all(Array.from({ length: 9 }, () => tracker.webhook('OK')));
    expect([first, ...others].map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200));
    expect(tracker.rows('WEBHOOK#')).toEqual([expect.objectContaining({ deliveries: 10 })]);
    expect(tracker.counts.get('WebhookRepeated')).toBe(9);
    expect(tracker.logs.map(({ fields }) => fields['repeated'])).toEqual([false, ...Array(9).fill(true)]);
    await tracker.run(10);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.gets).toHaveLength(1);
  });

  test.for([
    ['within a minute is counted, and causes nothing else', 60, 1],
    ['after a minute causes one more check and no publication', 61, 2],
    ['an hour later causes one more check and no publication', HOUR, 2],
  ] as const)('I4 that comes again %s', async ([, seconds, checks]) => {
    const tracker = await hinted(['OK'], seen('OK'));
    await tracker.run(seconds);
    await tracker.webhook('OK');
    await tracker.run(10);
    expect(tracker.rows('WEBHOOK#')).toEqual([expect.objectContaining({ deliveries: 2 })]);
    expect([tracker.queue.sent, tracker.gets.length]).toEqual([checks, checks]);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('I5 is carried on by the stream, however often that delivers it', async () => {
    const tracker = new TestTracker();
    tracker.strikes = (fault) => fault === 'stream record twice';
    tracker.show(seen('PENDING'));
    await tracker.webhook('PENDING');
    await tracker.run(5);
    expect(tracker.gets).toHaveLength(1);
    expect(tracker.executions).toHaveLength(1);
  });

  test.for(['ok', 'On hold', 'в обработке'])(
    'I7 with the status %j is satisfied by an answer that shows just that, and the item is open',
    async (status) => {
      const tracker = new TestTracker();
      tracker.show(seen(status));
      await tracker.webhook(status);
      await tracker.run(5);
      expect(outcomes(tracker)).toEqual(['satisfied']);
      expect(tracker.types).toEqual([]);
      expect(tracker.item()).toMatchObject({ status, confirmBy: at(2 * DAY + 1) });
      tracker.show(seen('OK'));
      await tracker.webhook('OK', '2');
      await tracker.run(5);
      expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    },
  );

  test('I7 with an unknown status is stored, checked, and its item is followed as open', async () => {
    const tracker = await hinted(['ON_HOLD'], seen('ON_HOLD'));
    await tracker.run(5);
    expect(tracker.item().status).toBe('ON_HOLD');
    expect(tracker.order()).toMatchObject({ clock: 'watch', nextCheckAt: expect.any(String) });
    expect(tracker.types).toEqual([]);
  });

  test('O1 that is older than another one is kept and changes nothing', async () => {
    const tracker = await hinted(['OK', '10'], seen('OK'));
    await tracker.run(5);
    await tracker.webhook('PENDING', '9');
    await tracker.run(5);
    expect(tracker.item()).toMatchObject({ status: 'OK', sequence: 1 });
    expect(outcomes(tracker)).toEqual(['satisfied', 'superseded']);
  });

  test('O2 with another status of the same version is contradicted: the provider is right', async () => {
    const tracker = await hinted(['OK', '10'], seen('OK'));
    await tracker.webhook('KO', '10');
    await tracker.run(DAY, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(tracker.counts.get('HintContradicted')).toBe(1);
  });

  test('O7 that the provider does not show yet is checked again within seconds, then slower', async () => {
    const tracker = new TestTracker({ settings: { minCheckGapInSeconds: DAY } });
    tracker.show(seen('PENDING'));
    await tracker.webhook('OK', '2');
    await tracker.run(120);
    expect(getsOf(tracker)).toEqual([1, 6, 21, 81]);
    tracker.show(seen('OK'));
    await tracker.run(900);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('O6 that comes while the provider answers is not judged by that answer, and not missed', async () => {
    const tracker = new TestTracker();
    await tracker.webhook('PENDING', '1');
    let status = 'PENDING';
    tracker.provider = async () => {
      const shown = status;
      if (status === 'PENDING') {
        status = 'OK';
        await tracker.webhook('OK', '2');
      }
      return answer(seen(shown));
    };
    await tracker.run(1);
    expect(tracker.item().status).toBe('PENDING');
    expect(tracker.rows('WEBHOOK#').map(({ dueAt }) => dueAt !== undefined)).toEqual([false, true]);
    await tracker.run(10);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
    expect(outcomes(tracker)).toEqual(['satisfied', 'satisfied']);
  });

  test('O3 about a published item that reopens is confirmed by a second check within two minutes', async () => {
    const tracker = await tracked(seen('OK'));
    tracker.show(seen('REFUNDED'));
    await tracker.webhook('REFUNDED', '9');
    await tracker.run(120);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled', 'order_item.refunded']);
  });

  test('O1 REFUNDED that was contradicted is followed again when it comes again', async () => {
    const tracker = await hinted(['REFUNDED', '3'], seen('OK'));
    await tracker.run(DAY / 2, RECONCILED);
    expect(outcomes(tracker)).toEqual(['contradicted']);
    await tracker.webhook('REFUNDED', '3');
    await tracker.run(4);
    tracker.show(seen('REFUNDED'));
    await tracker.run(120);
    expect(tracker.types).toContain('order_item.refunded');
    expect(outcomes(tracker)).toEqual(['satisfied']);
  });
});

describe('an order that the provider does not show', () => {
  test('P1 is never KO and never overdue, and found when it is there', async () => {
    const tracker = new TestTracker();
    await tracker.track({ paidAt: at(0) });
    await tracker.run(6 * HOUR, RECONCILED);
    expect(tracker.types).toEqual([]);
    tracker.show(seen('OK'));
    await tracker.run(DAY, RECONCILED);
    expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  });

  test('P1 is asked for again as soon as the next hint comes', async () => {
    const tracker = new TestTracker();
    await tracker.track();
    await tracker.run(2);
    await tracker.webhook('OK');
    await tracker.run(2);
    expect(getsOf(tracker)).toEqual([1, 3]);
  });

  test('P1 is given up after a week, with an alarm, and nothing of it stays due', async () => {
    const tracker = new TestTracker();
    await tracker.webhook('OK');
    await tracker.run(9 * DAY, SELDOM_RECONCILED);
    expect(tracker.counts.get('GivenUp')).toBe(1);
    expect(outcomes(tracker)).toEqual(['given_up']);
    expect(tracker.gets.length).toBeLessThan(20);
    expect(dueRecords(tracker)).toEqual([]);
  });
});

test('P7 fifty items confirmed at once, then fifty webhooks within a second, cause one GET each time', async () => {
  const uuids = itemUuids(50);
  const all = (status: string) => uuids.map((itemUuid) => seen(status, { itemUuid }));
  const tracker = await tracked(...all('PENDING'));
  expect(tracker.gets).toHaveLength(1);
  tracker.show(...all('OK'));
  await Promise.all(uuids.map((itemUuid) => tracker.webhook('OK', '2', itemUuid)));
  await tracker.run(5);
  expect(tracker.gets).toHaveLength(2);
  expect(count(tracker, 'order_item.ok')).toBe(50);
  expect(count(tracker, 'order.settled')).toBe(1);
});

test('O7 a webhook is not contradicted by the first answer after an outage alone: it may be stale', async () => {
  const product = { date: '2026-06-01' };
  const tracker = await tracked(seen('OK', { product }));
  await tracker.run(2 * DAY, RECONCILED);
  await tracker.webhook('REFUNDED', '9');
  await tracker.run(2);
  tracker.fail();
  await tracker.run(6 * HOUR, RECONCILED);
  const statuses = ['OK'];
  tracker.provider = () => answer(seen(statuses.shift() ?? 'REFUNDED', { product }));
  await tracker.run(3 * HOUR, RECONCILED);
  expect(tracker.types).toContain('order_item.refunded');
});

test('E16 expired records start no execution, send no message and publish nothing', async () => {
  const tracker = await hinted(['PENDING', '1', ITEM], seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM }));
  await tracker.run(5);
  const work = () => [tracker.executions.length, tracker.queue.sent, tracker.published.length];
  const before = work();
  for (const { pk, sk } of tracker.table.rows()) tracker.table.expire({ pk, sk });
  expect(tracker.table.rows()).toEqual([]);
  await tracker.run(5);
  expect(work()).toEqual(before);
});
