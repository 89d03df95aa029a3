import { describe, expect, test } from 'vitest';
import { type Changes, dispatchChanges } from '../../lambdas/application/dispatch-changes.ts';
import { type WatchState, watchStateSchema } from '../../lambdas/contracts/watch.ts';
import {
  answer,
  at,
  CheckedOrder,
  FAILURE,
  ITEM,
  ORDER,
  OTHER_ITEM,
  SETTINGS,
  seen,
} from '../domain/fixtures.ts';

/** Dispatches these changes of an order. @returns the messages that were sent, and the watches that were started */
const dispatch = async (changes: Partial<Changes>, { stored }: CheckedOrder = new CheckedOrder()) => {
  const sent: unknown[] = [];
  const started: WatchState[] = [];
  await dispatchChanges(
    { hinted: [], regenerated: [], ...changes },
    {
      queue: { send: async (messages) => void sent.push(...messages) },
      watches: { start: async (state) => void started.push(state) },
      items: { readItems: async () => stored.items },
      clock: { now: () => at(10) },
      settings: SETTINGS,
    },
  );
  return { sent, started };
};

describe('fresh hints', () => {
  test('P7 of one order in one batch ask for one check', async () => {
    const { sent } = await dispatch({ hinted: [ORDER, ITEM, ORDER, ORDER] });
    expect(sent).toEqual([{ orderUuid: ORDER }, { orderUuid: ITEM }]);
  });
});

describe('a new generation', () => {
  test('starts a watch that waits for the next check, and lists the open items', async () => {
    const checked = new CheckedOrder();
    checked.check(0, answer(seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM })));
    const { started } = await dispatch({ regenerated: [checked.order] }, checked);
    const { nextCheckAt } = checked.order;
    expect(started).toEqual([
      {
        version: 1,
        orderUuid: ORDER,
        generation: 1,
        nextCheckAt,
        startedAt: at(10),
        checks: 0,
        openItems: [{ itemUuid: ITEM, status: 'PENDING', confirmBy: at(2 * 86_400), nextCheckAt }],
      },
    ]);
    expect(watchStateSchema.parse(started[0])).toEqual(started[0]);
  });

  test('P7 of an order with thousands of open items starts a watch whose state stays small', async () => {
    const checked = new CheckedOrder();
    const items = Array.from({ length: 3000 }, () => seen('PENDING', { itemUuid: crypto.randomUUID() }));
    checked.check(0, answer(...items));
    const { started } = await dispatch({ regenerated: [checked.order] }, checked);
    expect(started[0]?.openItems).toHaveLength(100);
    expect(JSON.stringify(started).length).toBeLessThan(32 * 1024);
  });

  test('starts no watch where the reconciler is the clock', async () => {
    const checked = new CheckedOrder();
    checked.check(0, answer(seen('OK')));
    expect(checked.order.clock).toBe('reconciler');
    expect(await dispatch({ regenerated: [checked.order] }, checked)).toEqual({ sent: [], started: [] });
  });

  test('starts no watch of an order that has no next check', async () => {
    const checked = new CheckedOrder();
    expect(await dispatch({ regenerated: [checked.order] }, checked)).toEqual({ sent: [], started: [] });
  });

  test('P1 starts the watch of an order that has no items yet', async () => {
    const checked = new CheckedOrder();
    checked.check(0, FAILURE);
    const { started } = await dispatch({ regenerated: [checked.order] }, checked);
    expect(started).toMatchObject([{ nextCheckAt: checked.order.nextCheckAt, openItems: [] }]);
  });
});
