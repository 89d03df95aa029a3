import { expect, test } from 'vitest';
import { at, ITEM, ORDER, seen } from '../platform/sample-order.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

const answerOf = (status: string) => ({
  kind: 'order' as const,
  snapshot: { items: [seen(status)], unreadable: 0 },
});

/** A refresh message, as Lambda receives it from the queue. */
const refreshEvent = (...bodies: readonly string[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `${index}`, body })),
});

test('O5 the slower of two checks writes nothing, starts again and asks nothing', async () => {
  const tracker = new TestTracker();
  await tracker.webhook('OK', '2');
  const statuses = ['PENDING', 'OK', 'KO'];
  tracker.provider = async () => {
    const answer = answerOf(statuses.shift() as string);
    if (statuses.length === 2) {
      // While this slow answer is on its way, another check is made from its start to its end.
      const message = JSON.stringify({ orderUuid: ORDER });
      await tracker.functions['refresh-order'](refreshEvent(message));
    }
    return answer;
  };
  await tracker.run(5);
  expect(tracker.item()).toMatchObject({ status: 'OK', sequence: 1 });
  expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  expect(tracker.gets).toHaveLength(2);
});

test('O5 a failure that was overtaken by an answer does not bring the failure back', async () => {
  const tracker = new TestTracker();
  tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'P60D' } }));
  await tracker.track({ paidAt: at(0) });
  await tracker.run(5);
  tracker.fail();
  await tracker.run(DAY);
  const before = tracker.gets.length;
  tracker.provider = async () => {
    if (tracker.gets.length - before > 1) return answerOf('PENDING');
    await tracker.functions['refresh-order'](refreshEvent(JSON.stringify({ orderUuid: ORDER })));
    return { kind: 'failure', cause: 'timeout' };
  };
  await tracker.run(HOUR);
  expect(tracker.gets.length - before).toBe(2);
  expect(tracker.order()?.failure).toBeUndefined();
});

test('O6 a webhook and a scheduled check at the same time publish once', async () => {
  const tracker = new TestTracker();
  tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
  await tracker.track({ paidAt: at(0) });
  await tracker.run(HOUR - 1);
  tracker.provider = async () => {
    await tracker.sleep(2);
    return answerOf('OK');
  };
  await tracker.webhook('OK', '2');
  await tracker.run(30);
  expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  expect(tracker.order()?.nextCheckAt).toBeDefined();
});

test('O7 the repetition of a check is not dropped by a host whose clock is two seconds slow', async () => {
  const tracker = new TestTracker();
  tracker.show(seen('PENDING'));
  await tracker.webhook('OK', '2');
  await tracker.run(2);
  expect(tracker.gets).toHaveLength(1);
  tracker.show(seen('OK'));
  tracker.skewInSeconds['check-order'] = -2;
  await tracker.run(5);
  expect(tracker.types).toContain('order_item.ok');
});

test('E10 a check by a host with a slow clock that the reconciler asks for is made at once', async () => {
  const tracker = new TestTracker();
  tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
  await tracker.track({ paidAt: at(0) });
  await tracker.run(2 * HOUR);
  expect(tracker.order()?.clock).toBe('reconciler');
  tracker.show(seen('OK'));
  tracker.skewInSeconds['refresh-order'] = -4;
  const before = tracker.gets.length;
  await tracker.run(23 * HOUR + 300, { reconcileEverySeconds: 300 });
  expect(tracker.gets.length - before).toBe(1);
});

test('E14 an unreadable message in the queue fails alone', async () => {
  const tracker = new TestTracker();
  tracker.show(seen('OK'));
  await tracker.webhook('OK');
  const event = refreshEvent('{"orderUuid":', '{"plannedAt":"now"}', JSON.stringify({ orderUuid: ORDER }));
  expect(await tracker.functions['refresh-order'](event)).toEqual({
    batchItemFailures: [{ itemIdentifier: '0' }, { itemIdentifier: '1' }],
  });
  expect(tracker.item().status).toBe('OK');
});

test('E14 messages of an order whose check fails come again, and hold back no other order', async () => {
  let fails = true;
  const tracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        query: async (pk, from, to) => {
          if (fails && pk.includes(ORDER)) throw new Error('throttled');
          return await table.query(pk, from, to);
        },
      }),
  });
  tracker.show(seen('OK'));
  await tracker.webhook('OK');
  const other = ORDER.replace('8e9e', '9e9e');
  const bodies = [ORDER, other, ORDER].map((orderUuid) => JSON.stringify({ orderUuid }));
  const { batchItemFailures } = await tracker.functions['refresh-order'](refreshEvent(...bodies));
  expect(batchItemFailures).toEqual([{ itemIdentifier: '0' }, { itemIdentifier: '2' }]);
  fails = false;
  await tracker.run(10);
  expect(tracker.item(ITEM).status).toBe('OK');
});
