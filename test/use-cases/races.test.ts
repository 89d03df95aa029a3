import { expect, test } from 'vitest';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { answer, at, HOUR, ORDER, seen } from '../domain/fixtures.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';
import { hinted, pending, RECONCILED, tracked } from './tracked-order.ts';

/** Lets refresh-order receive these messages from the queue. */
const refresh = async (tracker: TestTracker, ...messages: readonly unknown[]) =>
  await tracker.functions['refresh-order']({
    Records: messages.map((message, index) => ({
      messageId: `${index}`,
      body: typeof message === 'string' ? message : JSON.stringify(message),
    })),
  });

test('O5 the slower of two checks writes nothing, starts again and asks nothing', async () => {
  const tracker = new TestTracker();
  await tracker.webhook('OK', '2');
  const statuses = ['PENDING', 'OK', 'KO'];
  tracker.provider = async () => {
    const shown = answer(seen(statuses.shift() as string));
    if (statuses.length === 2) {
      // While this slow answer is on its way, another check is made from its start to its end.
      await refresh(tracker, { orderUuid: ORDER });
    }
    return shown;
  };
  await tracker.run(5);
  expect(tracker.item()).toMatchObject({ status: 'OK', sequence: 1 });
  expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  expect(tracker.gets).toHaveLength(2);
});

test('O6 a webhook and a scheduled check at the same time publish once', async () => {
  const tracker = await tracked(pending('PT1H'));
  await tracker.run(HOUR - 6);
  tracker.provider = async () => {
    await tracker.sleep(2);
    return answer(seen('OK'));
  };
  await tracker.webhook('OK', '2');
  await tracker.run(30);
  expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
  expect(tracker.order()?.nextCheckAt).toBeDefined();
});

test('E10 a check by a host with a slow clock that the reconciler asks for is made at once', async () => {
  const tracker = await tracked(pending('PT1H'));
  await tracker.run(2 * HOUR);
  expect(tracker.order()?.clock).toBe('reconciler');
  tracker.show(seen('OK'));
  tracker.skewInSeconds['refresh-order'] = -4;
  const before = tracker.gets.length;
  await tracker.run(23 * HOUR + 300, RECONCILED);
  expect(tracker.gets.length - before).toBe(1);
});

test('E15 the latest time counts that a check was planned for, though the clock of this host is slow', async () => {
  const tracker = await tracked(pending('PT1H'));
  const { nextCheckAt: plannedAt = '' } = tracker.order() ?? {};
  await tracker.run(secondsBetween(tracker.now, plannedAt) - 0.4);
  await refresh(tracker, { orderUuid: ORDER });
  expect(tracker.gets).toHaveLength(1);
  await refresh(
    tracker,
    { orderUuid: ORDER },
    { orderUuid: ORDER, plannedAt },
    { orderUuid: ORDER, plannedAt: at(0) },
  );
  expect(tracker.gets).toHaveLength(2);
  expect(tracker.order()?.checkedAt).toBe(plannedAt);
});

test('an unreadable message in the queue fails alone', async () => {
  const tracker = await hinted(['OK'], seen('OK'));
  const { batchItemFailures } = await refresh(
    tracker,
    '{"orderUuid":',
    { plannedAt: 'now' },
    { orderUuid: ORDER },
  );
  expect(batchItemFailures).toEqual([{ itemIdentifier: '0' }, { itemIdentifier: '1' }]);
  expect(tracker.logs).toContainEqual(
    expect.objectContaining({
      message: 'Unreadable messages in the refresh queue',
      fields: { messageIds: ['0', '1'] },
    }),
  );
  expect(tracker.item().status).toBe('OK');
});

test('E13 messages of an order whose check fails come again, and hold back no other order', async () => {
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
  const messages = [ORDER, ORDER.replace('8e9e', '9e9e'), ORDER].map((orderUuid) => ({ orderUuid }));
  const { batchItemFailures } = await refresh(tracker, ...messages);
  expect(batchItemFailures).toEqual([{ itemIdentifier: '0' }, { itemIdentifier: '2' }]);
  expect(tracker.logs[1]).toMatchObject({
    message: 'Could not check the order; its messages are delivered again',
    fields: { orderUuid: ORDER },
  });
  fails = false;
  await tracker.run(10);
  expect(tracker.item().status).toBe('OK');
});

test('a check that takes longer than its function may is made again', async () => {
  const tracker = new TestTracker();
  tracker.provider = async () => {
    if (tracker.gets.length === 1) await tracker.sleep(HOUR);
    return { kind: 'order', snapshot: { items: [seen('OK')], unreadable: 0 } };
  };
  await tracker.webhook('OK');
  await tracker.run(HOUR);
  expect(tracker.gets).toHaveLength(2);
  expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
});
