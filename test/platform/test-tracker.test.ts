import { describe, expect, test } from 'vitest';
import { at, seen } from './sample-order.ts';
import { TestTracker } from './test-tracker.ts';

const HOUR = 3600;

const tracked = async (tracker = new TestTracker()): Promise<TestTracker> => {
  tracker.show(seen('PENDING', { product: { maxConfirmationTime: 'PT1H' } }));
  await tracker.track({ paidAt: at(0) });
  await tracker.run(5);
  return tracker;
};

test('an order is followed from its track request to its deadline by the real functions and state machine', async () => {
  const tracker = await tracked();
  expect(tracker.gets).toEqual([at(1)]);
  await tracker.run(HOUR);
  expect(tracker.published.map(({ type, time }) => [type, time])).toEqual([['order_item.overdue', at(HOUR)]]);
  expect(tracker.executions.map(({ status, state }) => [status, state.decision])).toEqual([
    ['succeeded', 'done'],
  ]);
});

test('the timeline of an order can be requested', async () => {
  const tracker = await tracked();
  const { statusCode, body } = await tracker.get();
  expect(statusCode).toBe(200);
  expect(JSON.parse(body ?? '')).toMatchObject({ checkedAt: at(1), items: [{ status: 'PENDING' }] });
});

describe('parts that are switched off', () => {
  test('records of the stream wait', async () => {
    const tracker = new TestTracker();
    tracker.switchOff('dispatch');
    await tracked(tracker);
    expect(tracker.gets).toEqual([]);
    tracker.switchOn('dispatch');
    await tracker.run(5);
    expect(tracker.gets).toEqual([at(6)]);
  });

  test('executions end, and the reconciler makes the checks happen', async () => {
    const tracker = await tracked();
    tracker.switchOff('watches');
    await tracker.run(2 * HOUR, { reconcileEverySeconds: 300 });
    expect(tracker.types).toEqual(['order_item.overdue']);
    expect(tracker.executions.map(({ status }) => status)).toContain('aborted');
  });
});

test('a host whose clock is behind still checks at the planned time', async () => {
  const tracker = new TestTracker();
  tracker.skewInSeconds['check-order'] = -2;
  await tracked(tracker);
  await tracker.run(HOUR);
  expect(tracker.types).toEqual(['order_item.overdue']);
});

test('a function that takes too long is killed, and its messages are received again', async () => {
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
