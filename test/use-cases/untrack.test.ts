import { describe, expect, test } from 'vitest';
import type { ItemEvent } from '../../events/index.ts';
import { RECORD } from '../../lambdas/contracts/table.ts';
import { at, DAY, HOUR, ITEM, itemUuids, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';
import {
  count,
  dueRecords,
  hinted,
  pending,
  RECONCILED,
  SELDOM_RECONCILED,
  tracked,
  trackOn,
} from './tracked-order.ts';

const ENDED = 'order_item.tracking_ended';

const timelineOf = async (tracker: TestTracker) =>
  (JSON.parse((await tracker.get()).body ?? '') as { timeline: { kind: string; outcome?: string }[] })
    .timeline;

const outcomesOf = async (tracker: TestTracker) =>
  (await timelineOf(tracker)).flatMap(({ kind, outcome }) =>
    kind === 'track' || kind === 'webhook' ? [`${kind} ${outcome}`] : [],
  );

/** Time enough for every check that could still be planned. */
const afterwards = async (tracker: TestTracker): Promise<number> => {
  const before = tracker.gets.length;
  await tracker.run(200 * DAY, SELDOM_RECONCILED);
  return tracker.gets.length - before;
};

describe('DELETE stops tracking', () => {
  test('every open item ends with an event, nothing is due, and Musement is not asked again', async () => {
    const tracker = await tracked(pending('P2D'), seen('OK', { itemUuid: OTHER_ITEM }));
    expect(await tracker.untrack()).toEqual({ statusCode: 204 });
    await tracker.run(120);
    expect(count(tracker, ENDED)).toBe(1);
    const event = tracker.published.at(-1) as ItemEvent;
    expect(event).toMatchObject({
      type: ENDED,
      id: expect.stringMatching(new RegExp(`/${ITEM}/2$`)),
      data: { itemUuid: ITEM, status: 'PENDING', sequence: 2, foundBy: 'untrack' },
    });
    expect(tracker.item().trackingEndedAt).toBe(event.time);
    expect(tracker.item(OTHER_ITEM)).toMatchObject({ status: 'OK', sequence: 1 });
    expect(tracker.order()).not.toHaveProperty('nextCheckAt');
    expect(tracker.order()).not.toHaveProperty('clock');
    expect(dueRecords(tracker)).toEqual([]);
    expect(await afterwards(tracker)).toBe(0);
    expect(tracker.executions.map(({ status }) => status)).toEqual(['succeeded']);
  });

  test('the timeline shows who stopped it', async () => {
    const tracker = await tracked(pending('P2D'));
    await tracker.run(60);
    await tracker.untrack();
    expect(await timelineOf(tracker)).toContainEqual({ at: at(65), kind: 'untrack' });
  });

  test('a track request that no check has read yet is withdrawn', async () => {
    const tracker = new TestTracker();
    await tracker.track({ reference: 'B-4711' });
    expect((await tracker.untrack()).statusCode).toBe(204);
    expect(await outcomesOf(tracker)).toEqual(['track withdrawn']);
    expect(await afterwards(tracker)).toBe(0);
    expect(tracker.published).toEqual([]);
  });

  test('an order that Musement does not know is not asked for any more', async () => {
    const tracker = new TestTracker();
    await tracker.track();
    await tracker.run(HOUR, RECONCILED);
    await tracker.untrack();
    expect(await outcomesOf(tracker)).toEqual(['track withdrawn']);
    expect(await afterwards(tracker)).toBe(0);
  });

  test('repeated, also after a lost answer, it publishes and writes nothing new', async () => {
    let isAnswerLost = true;
    const tracker = new TestTracker({
      through: (table) =>
        tableWith(table, {
          transact: async (writes) => {
            const done = table.transactNow(writes);
            if (
              isAnswerLost &&
              writes.some((write) => 'put' in write && write.put.sk.startsWith(RECORD.untrack))
            ) {
              isAnswerLost = false;
              throw new Error('No answer of TransactWriteItems.');
            }
            return done;
          },
        }),
    });
    await trackOn(tracker, pending('P2D'));
    expect((await tracker.untrack()).statusCode).toBe(500);
    const rows = tracker.table.rows();
    expect((await tracker.untrack()).statusCode).toBe(204);
    expect((await tracker.untrack()).statusCode).toBe(204);
    expect(tracker.table.rows()).toEqual(rows);
    await tracker.run(120);
    expect(count(tracker, ENDED)).toBe(1);
  });

  test('an order whose items are all final has no follow-ups any more, and no event', async () => {
    const tracker = await tracked(seen('OK'));
    const { types } = tracker;
    expect((await tracker.untrack()).statusCode).toBe(204);
    expect(tracker.order()).toMatchObject({ settled: true, settledCount: 1 });
    expect(await afterwards(tracker)).toBe(0);
    expect(tracker.types).toEqual(types);
  });

  test('answers 404 for an order of which nothing is stored, and stores nothing', async () => {
    const tracker = new TestTracker();
    const { statusCode, body } = await tracker.untrack();
    expect([statusCode, body]).toEqual([404, expect.stringContaining('check the UUID')]);
    expect(tracker.table.rows()).toEqual([]);
  });

  test('while the provider fails, the failure ends too', async () => {
    const tracker = await tracked(pending('P2D'));
    tracker.fail();
    await tracker.run(3 * HOUR, RECONCILED);
    expect(tracker.order()).toHaveProperty('failure');
    await tracker.untrack();
    expect(tracker.order()).not.toHaveProperty('failure');
    await tracker.run(60);
    expect(count(tracker, ENDED)).toBe(1);
    expect(await afterwards(tracker)).toBe(0);
  });

  test('while an answer is unconfirmed, the item stays as it is stored', async () => {
    const tracker = await hinted(['OK'], seen('OK'));
    await tracker.run(600);
    tracker.show(seen('REFUND_STARTED'));
    await tracker.webhook('REFUND_STARTED', '2');
    await tracker.run(5);
    expect(tracker.item().unconfirmed).toMatchObject({ status: 'REFUND_STARTED' });
    await tracker.untrack();
    expect(tracker.item()).toMatchObject({ status: 'OK', sequence: 1 });
    expect(tracker.item()).not.toHaveProperty('unconfirmed');
    expect(await afterwards(tracker)).toBe(0);
  });
});

describe('DELETE against a check in flight', () => {
  test.for([
    ['the first check', 0],
    ['a later check', HOUR],
  ] as const)('%s loses, and does not bring the order back', async ([, seconds]) => {
    const tracker = new TestTracker();
    tracker.show(pending('P2D'));
    await tracker.track();
    if (seconds > 0) await tracker.run(seconds, RECONCILED);
    tracker.provider = async () => {
      await tracker.sleep(3);
      const items = [seen('OK')];
      return { kind: 'order', snapshot: { status: 'OK', items, unreadable: 0 } };
    };
    if (seconds > 0) await tracker.webhook('OK', '2');
    await tracker.run(2);
    const asked = tracker.gets.length;
    expect(await tracker.untrack()).toEqual({ statusCode: 204 });
    await tracker.run(60);
    expect(tracker.gets).toHaveLength(asked);
    expect(count(tracker, 'order_item.ok')).toBe(0);
    expect(count(tracker, ENDED)).toBe(seconds > 0 ? 1 : 0);
    expect(tracker.order()).not.toHaveProperty('nextCheckAt');
    expect(await afterwards(tracker)).toBe(0);
  });

  test('a webhook that is stored between its read and its write starts the order again', async () => {
    let isStored = false;
    const tracker: TestTracker = new TestTracker({
      through: (table) =>
        tableWith(table, {
          transact: async (writes) => {
            if (
              !isStored &&
              writes.some((write) => 'put' in write && write.put.sk.startsWith(RECORD.untrack))
            ) {
              isStored = true;
              await tracker.webhook('PENDING');
            }
            return table.transactNow(writes);
          },
        }),
    });
    await trackOn(tracker, pending('P2D'));
    expect((await tracker.untrack()).statusCode).toBe(204);
    expect(tracker.order()).not.toHaveProperty('nextCheckAt');
    await tracker.run(10);
    expect(tracker.order()).toHaveProperty('nextCheckAt');
    expect(tracker.item()).not.toHaveProperty('trackingEndedAt');
  });

  test('a large order is stopped in parts, and a check between them does not keep it', async () => {
    const uuids = itemUuids(150);
    let parts = 0;
    const tracker: TestTracker = new TestTracker({
      through: (table) =>
        tableWith(table, {
          transact: async (writes) => {
            const isEnd = writes.some(
              (write) => 'put' in write && write.put['trackingEndedAt'] !== undefined,
            );
            const done = table.transactNow(writes);
            if (isEnd && ++parts === 1) {
              tracker.queue.send({ orderUuid: ORDER });
              await tracker.sleep(10);
            }
            return done;
          },
        }),
    });
    await trackOn(tracker, ...uuids.map((itemUuid) => pending('P2D', itemUuid)));
    const stopping = tracker.untrack();
    await tracker.run(60);
    expect((await stopping).statusCode).toBe(204);
    expect(parts).toBeGreaterThan(2);
    for (const itemUuid of uuids) expect(tracker.item(itemUuid).trackingEndedAt).toBeDefined();
    await tracker.run(600, RECONCILED);
    expect(tracker.order()).not.toHaveProperty('nextCheckAt');
    expect(new Set(tracker.published.map(({ id }) => id)).size).toBe(tracker.published.length);
    expect(count(tracker, ENDED)).toBeGreaterThanOrEqual(150);
    expect(await afterwards(tracker)).toBe(0);
  });
});

describe('after DELETE', () => {
  test('a webhook starts a new watch, and the old one ends as superseded', async () => {
    const tracker = await tracked(pending('P2D'));
    await tracker.untrack();
    await tracker.run(60);
    await tracker.webhook('PENDING');
    await tracker.run(5);
    expect(tracker.item()).not.toHaveProperty('trackingEndedAt');
    expect(tracker.order()).toMatchObject({ generation: 2, clock: 'watch' });
    tracker.show(seen('OK'));
    await tracker.run(2 * DAY, RECONCILED);
    expect(tracker.executions.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(tracker.types).toEqual([ENDED, 'order_item.ok', 'order.settled']);
    expect(await outcomesOf(tracker)).toEqual(['track satisfied', 'webhook satisfied']);
  });

  test('the same webhook again starts it, also within a minute', async () => {
    const tracker = await hinted(['PENDING'], pending('P2D'));
    await tracker.run(5);
    await tracker.track();
    await tracker.webhook('OK', '2');
    await tracker.untrack();
    await tracker.run(5);
    expect(tracker.order()).not.toHaveProperty('nextCheckAt');
    await tracker.webhook('OK', '2');
    await tracker.run(5);
    expect(tracker.order()).toHaveProperty('nextCheckAt');
    expect(tracker.item()).not.toHaveProperty('trackingEndedAt');
  });

  test('a track request starts it, also if the host that stores it has a clock that is behind', async () => {
    const tracker = await tracked(pending('P2D'));
    await tracker.run(60);
    await tracker.untrack();
    tracker.skewInSeconds['orders-api'] = -10;
    await tracker.track();
    await tracker.run(5);
    expect(tracker.item()).not.toHaveProperty('trackingEndedAt');
    expect(tracker.order()).toMatchObject({ clock: 'watch' });
  });

  test('it is tracked again even if the first answer does not show the item', async () => {
    const tracker = await tracked(pending('P2D'), seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.untrack();
    tracker.show(seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.track();
    await tracker.run(5);
    expect(tracker.item()).not.toHaveProperty('trackingEndedAt');
    tracker.show(seen('KO'), seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.run(600, RECONCILED);
    expect(tracker.item().status).toBe('KO');
  });

  test('an item that the last answer before it lacked has a new day to come back', async () => {
    const other = seen('OK', { itemUuid: OTHER_ITEM });
    const tracker = await tracked(pending('P30D'), other);
    tracker.show(other);
    await tracker.track();
    await tracker.run(5);
    expect(tracker.item().missingSince).toBeDefined();
    await tracker.untrack();
    await tracker.run(10 * DAY, RECONCILED);
    await tracker.track();
    await tracker.run(DAY - HOUR, RECONCILED);
    expect(count(tracker, 'order.settled')).toBe(0);
    expect(count(tracker, 'order_item.missing')).toBe(0);
    await tracker.run(2 * HOUR, RECONCILED);
    expect(count(tracker, 'order_item.missing')).toBe(1);
  });

  test('a track request half a year later finds a status that a second answer must confirm', async () => {
    const tracker = await tracked(seen('OK'));
    tracker.show(seen('CANCELLATION_ERROR'));
    await tracker.webhook('CANCELLATION_ERROR', '2');
    await tracker.run(600);
    expect(tracker.item().status).toBe('CANCELLATION_ERROR');
    await tracker.untrack();
    tracker.show(seen('OK'));
    await tracker.run(200 * DAY, SELDOM_RECONCILED);
    const { types, gets } = tracker;
    const asked = gets.length;
    await tracker.track();
    await tracker.run(600, RECONCILED);
    expect(tracker.types.slice(types.length)).toEqual(['order_item.ok', 'order.settled']);
    expect(gets.length - asked).toBeLessThan(5);
  });

  test('a status that changed while nothing was tracked is published once it is tracked again', async () => {
    const tracker = await tracked(pending('P2D'));
    await tracker.untrack();
    tracker.show(seen('KO'));
    await tracker.run(10 * DAY, RECONCILED);
    expect(tracker.types).toEqual([ENDED]);
    await tracker.webhook('KO', '2');
    await tracker.run(5);
    expect(tracker.types).toEqual([ENDED, 'order_item.ko', 'order.settled']);
  });
});
