import { expect, test } from 'vitest';
import type { Row } from '../../lambdas/adapters/table.ts';
import { answer, ORDER, seen } from '../domain/fixtures.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';
import { count, pending, trackOn } from './tracked-order.ts';

/**
 * A tracker whose reads return one record after the other, as queries of many pages do, and those that run at the same
 * time in turn. Once it is armed, something else happens before the record with this number is read.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
 */
const interruptible = () => {
  let remaining = Number.POSITIVE_INFINITY;
  let interrupt = async (): Promise<void> => {};
  let isInterrupted = false;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(read: () => Promise<T>): Promise<T> => {
    if (isInterrupted) return read();
    const result = turn.then(async () => {
      if (remaining-- === 0) {
        isInterrupted = true;
        await interrupt();
        isInterrupted = false;
      }
      return await read();
    });
    turn = result;
    return result;
  };
  const oneByOne = async (query: () => Promise<readonly Row[]>): Promise<readonly Row[]> => {
    const rows = [];
    for (const { sk } of await query()) {
      rows.push(...(await inTurn(async () => (await query()).filter((row) => row.sk === sk))));
    }
    await inTurn(async () => {});
    return rows;
  };
  const tracker: TestTracker = new TestTracker({
    through: (table) =>
      tableWith(table, {
        get: (key) => inTurn(() => table.get(key)),
        query: (pk, from, to) => oneByOne(() => table.query(pk, from, to)),
        queryUnresolved: (pk) => oneByOne(() => table.queryUnresolved(pk)),
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
    through: (table) => {
      let outdated: readonly Row[] | undefined;
      return tableWith(table, {
        get: async (key) => {
          if (isTorn) {
            isTorn = false;
            const before = await table.queryUnresolved(key.pk);
            await tracker.untrack();
            outdated = before;
          }
          return await table.get(key);
        },
        queryUnresolved: async (pk) => {
          const rows = outdated ?? (await table.queryUnresolved(pk));
          outdated = undefined;
          return rows;
        },
      });
    },
  });
  await trackOn(tracker, pending('P2D'));
  await tracker.webhook('OK', '2');
  isTorn = true;
  await refresh(tracker);
  await tracker.run(60);
  expect(tracker.order()).not.toHaveProperty('nextCheckAt');
  expect(tracker.item().trackingEndedAt).toBeDefined();
});
