import { expect, test } from 'vitest';
import { answer, ORDER, seen } from '../domain/fixtures.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';
import { count, pending, trackOn } from './tracked-order.ts';

/**
 * A tracker whose queries return one record after the other, as those of many pages do. Once it is armed, something
 * else happens before the record with this number is read.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
 */
const interruptible = () => {
  let remaining = Number.POSITIVE_INFINITY;
  let interrupt = async (): Promise<void> => {};
  const tracker: TestTracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        query: async (pk, from, to) => {
          const rows = [];
          for (const { sk } of await table.query(pk, from, to)) {
            if (remaining-- === 0) await interrupt();
            rows.push(...(await table.query(pk, sk, sk)));
          }
          if (remaining-- === 0) await interrupt();
          return rows;
        },
      }),
  });
  const arm = (reads: number, action: () => Promise<unknown>): void => {
    remaining = reads;
    interrupt = async () => void (await action());
  };
  return { tracker, arm, wasInterrupted: () => remaining < 0 };
};

const refresh = async (tracker: TestTracker) =>
  await tracker.functions['refresh-order']({
    Records: [{ messageId: '0', body: JSON.stringify({ orderUuid: ORDER }) }],
  });

/** Reads of a check, and more. */
const READS = Array.from({ length: 8 }, (_, index) => index);

test.for(READS)('DELETE after %i reads of a check wins', async (reads) => {
  const { tracker, arm, wasInterrupted } = interruptible();
  await trackOn(tracker, pending('P2D'));
  await tracker.webhook('OK', '2');
  arm(reads, () => tracker.untrack());
  await refresh(tracker);
  if (!wasInterrupted()) await tracker.untrack();
  await tracker.run(60);
  expect(tracker.order()).not.toHaveProperty('nextCheckAt');
  expect(tracker.item().trackingEndedAt).toBeDefined();
  expect(count(tracker, 'order_item.tracking_ended')).toBe(1);
});

test.for(READS)('a check after %i reads of another one is not overwritten by it', async (reads) => {
  const { tracker, arm } = interruptible();
  await trackOn(tracker, pending('P2D'));
  await tracker.webhook('OK', '2');
  // The answer of the check that reads first is stale, and has something to write all the same.
  const stale = seen('PENDING', { product: { maxConfirmationTime: 'P2D', title: 'Another title' } });
  tracker.provider = () => answer(stale);
  arm(reads, async () => {
    tracker.provider = () => answer(seen('OK'));
    await refresh(tracker);
    tracker.provider = () => answer(stale);
  });
  await refresh(tracker);
  arm(Number.POSITIVE_INFINITY, async () => {});
  tracker.show(seen('OK'));
  await tracker.run(600);
  expect(tracker.item()).toMatchObject({ status: 'OK', sequence: 2 });
  expect(tracker.types).toEqual(['order_item.ok', 'order.settled']);
});

test.for(READS)('DELETE that a check overtakes after %i of its reads stops that order too', async (reads) => {
  const { tracker, arm } = interruptible();
  tracker.show(seen('OK'));
  await tracker.webhook('OK', '1');
  arm(reads, () => refresh(tracker));
  expect((await tracker.untrack()).statusCode).toBe(204);
  arm(Number.POSITIVE_INFINITY, async () => {});
  expect(tracker.order()).not.toHaveProperty('nextCheckAt');
});

test('a check that sees the order after DELETE and its hints before it does not undo DELETE', async () => {
  let isTorn = false;
  const tracker: TestTracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        query: async (pk, from, to) => {
          const before = await table.query(pk, from, to);
          if (!isTorn) return before;
          isTorn = false;
          await tracker.untrack();
          const after = await table.query(pk, from, to);
          return [...after.filter(({ sk }) => sk === 'ORDER'), ...before.filter(({ sk }) => sk !== 'ORDER')];
        },
      }),
  });
  await trackOn(tracker, pending('P2D'));
  await tracker.webhook('OK', '2');
  isTorn = true;
  await refresh(tracker);
  await tracker.run(60);
  expect(tracker.order()).not.toHaveProperty('nextCheckAt');
  expect(tracker.item().trackingEndedAt).toBeDefined();
});
