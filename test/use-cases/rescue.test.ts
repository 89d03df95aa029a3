import { describe, expect, test } from 'vitest';
import { at, DAY, HOUR, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';
import { dueRecords, pending, RECONCILED, tracked, trackOn } from './tracked-order.ts';

describe('what did not happen by itself is done by the reconciler', () => {
  test('E10 all of a day in which both consumers are off: nothing is lost, nothing has a second id', async () => {
    const tracker = new TestTracker();
    tracker.switchOff('dispatch');
    tracker.switchOff('publish');
    tracker.show(pending('PT1H'));
    await tracker.webhook('PENDING');
    await tracker.run(59, { reconcileEverySeconds: 30 });
    expect(tracker.gets).toHaveLength(0);
    await tracker.run(6 * 60, RECONCILED);
    expect(tracker.item().status).toBe('PENDING');
    await tracker.run(2 * HOUR, RECONCILED);
    expect(tracker.executions).toEqual([]);
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(tracker.published[0]?.data).toMatchObject({ foundBy: 'rescue' });
    expect(dueRecords(tracker).map(({ sk }) => sk)).toEqual(['ORDER']);
    tracker.show(seen('OK'));
    await tracker.run(DAY, RECONCILED);
    tracker.switchOn('dispatch');
    tracker.switchOn('publish');
    await tracker.run(DAY, RECONCILED);
    expect(new Set(tracker.types)).toEqual(new Set(['order_item.overdue', 'order_item.ok', 'order.settled']));
    expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(3);
  });

  test('a healthy order is never rescued', async () => {
    const tracker = await tracked(pending('PT1H'));
    await tracker.run(20 * 60, RECONCILED);
    tracker.show(seen('OK'));
    await tracker.webhook('OK', '2');
    await tracker.run(10 * DAY, RECONCILED);
    const claimed = tracker.logs.filter(({ message }) => message === 'Claimed due records');
    expect(claimed.every(({ fields }) => fields['lane'] === 'FOLLOW_UP')).toBe(true);
    expect(tracker.order()?.rescueCount).toBeUndefined();
  });
});

test('E13 a record that fails every time goes to the back of the queue, is parked after 20 claims, and holds back no other', async () => {
  const tracker = await tracked(seen('OK'), seen('PENDING', { itemUuid: OTHER_ITEM }));
  tracker.topicRejects = ({ key }) => key.sk.includes(ITEM);
  tracker.show(seen('REFUNDED'), seen('PENDING', { itemUuid: OTHER_ITEM }));
  await tracker.webhook('REFUNDED', '2');
  await tracker.run(5 * DAY, RECONCILED);
  const [rejected] = tracker.rows('EVENT#').filter(({ dueAt }) => dueAt);
  expect(rejected?.['rescueCount']).toBeGreaterThanOrEqual(20);
  expect(tracker.counts.get('RecordParked')).toBeGreaterThanOrEqual(1);
  expect(tracker.counts.get('EventRejected')).toBeGreaterThan(20);
  tracker.show(seen('REFUNDED'), seen('OK', { itemUuid: OTHER_ITEM }));
  await tracker.webhook('OK', '3', OTHER_ITEM);
  await tracker.run(HOUR, RECONCILED);
  expect(tracker.types).toContain('order_item.ok');
});

test('E13 an order whose every refresh fails is parked, and checked in time again when it recovers', async () => {
  let fails = false;
  const tracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        put: async (put) => {
          if (fails) throw new Error('throttled');
          return await table.put(put);
        },
      }),
  });
  await trackOn(tracker, pending('P30D'));
  fails = true;
  await tracker.run(6 * DAY, RECONCILED);
  expect(tracker.order()?.rescueCount).toBeGreaterThanOrEqual(20);
  fails = false;
  await tracker.run(DAY, RECONCILED);
  expect(tracker.order()?.rescueCount).toBeUndefined();
  await tracker.run(25 * DAY, RECONCILED);
  expect(tracker.published[0]).toMatchObject({ type: 'order_item.overdue', time: at(30 * DAY) });
});

test('E13 a partition of the index that cannot be read holds back no record of another', async () => {
  const tracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        queryDue: async (due, until, limit) => {
          if (due === 'RESCUE#1') throw new Error('The partition is throttled.');
          return await table.queryDue(due, until, limit);
        },
      }),
  });
  tracker.switchOff('dispatch');
  tracker.show(seen('OK'));
  await tracker.webhook('OK');
  await tracker.run(2 * HOUR, RECONCILED);
  expect(tracker.types).toContain('order_item.ok');
});

describe('publishing', () => {
  test('E2 repeats the same id and body when the function dies before it has marked what the topic accepted', async () => {
    let deaths = 0;
    const tracker = new TestTracker({
      through: (table) =>
        tableWith(table, {
          update: async (update) => {
            if (update.set?.['publishedAt'] && deaths++ < 2) throw new Error('The function died.');
            return await table.update(update);
          },
        }),
    });
    tracker.show(seen('OK'));
    await tracker.webhook('OK');
    await tracker.run(HOUR, RECONCILED);
    expect(deaths).toBeGreaterThan(2);
    expect(tracker.published.length).toBeGreaterThan(2);
    expect(new Set(tracker.published.map((event) => JSON.stringify(event))).size).toBe(2);
    expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(2);
    expect(tracker.rows('EVENT#').filter(({ dueAt, publishedAt }) => dueAt || !publishedAt)).toEqual([]);
  });

  test('E2 repeats the same id and body when the stream delivers an event twice', async () => {
    const tracker = new TestTracker();
    tracker.strikes = (fault) => fault === 'stream record twice';
    tracker.show(seen('OK'));
    await tracker.webhook('OK');
    await tracker.run(5);
    expect(tracker.published.length).toBe(4);
    expect(new Set(tracker.published.map((event) => JSON.stringify(event))).size).toBe(2);
  });

  test.for([
    [1.8, 0],
    [0, -10],
  ] as const)(
    'E3 tries a rejected event again %f s after its webhook, by a clock %i s ahead',
    async ([seconds, skew]) => {
      const tracker = new TestTracker();
      tracker.skewInSeconds['publish-events'] = skew;
      let rejections = 0;
      tracker.topicRejects = ({ key }) => key.sk.includes(ITEM) && rejections++ < 1;
      tracker.show(seen('OK'), seen('KO', { itemUuid: OTHER_ITEM }));
      await tracker.webhook('OK');
      await tracker.run(5);
      expect(tracker.types).toEqual(['order_item.ko', 'order.settled', 'order_item.ok']);
      expect(tracker.counts.get('EventRejected')).toBe(0);
      expect(tracker.measured.get('WebhookToPublish')).toEqual([seconds]);
      const logged = tracker.logs.filter(({ message }) => message === 'Events published');
      expect(logged.at(-1)?.fields).toEqual({ events: [`ORDER#${ORDER} EVENT#${ITEM}#00000001`] });
      expect(tracker.rows('EVENT#').filter(({ dueAt, publishedAt }) => dueAt || !publishedAt)).toEqual([]);
    },
  );

  test('E3 publishes the others once when one event is rejected, and that one by the reconciler', async () => {
    const tracker = new TestTracker();
    let rejections = 0;
    tracker.topicRejects = ({ key }) => key.sk.includes(ITEM) && rejections++ < 3;
    tracker.show(seen('OK'), seen('KO', { itemUuid: OTHER_ITEM }));
    await tracker.webhook('OK');
    await tracker.run(5);
    expect(tracker.types.toSorted()).toEqual(['order.settled', 'order_item.ko']);
    expect(tracker.counts.get('EventRejected')).toBe(1);
    expect(tracker.logs.at(-1)).toMatchObject({
      message: 'The topic rejected events; they stay due and the reconciler publishes them',
      fields: { events: [expect.stringContaining(ITEM)] },
    });
    await tracker.run(600, RECONCILED);
    expect(tracker.types.toSorted()).toEqual(['order.settled', 'order_item.ko', 'order_item.ok']);
  });
});
