import { expect, test } from 'vitest';
import { type Changes, dispatchChanges } from '../../lambdas/application/dispatch-changes.ts';
import { answer, at, CheckedOrder, FAILURE, ITEM, ORDER, SETTINGS, seen } from '../domain/fixtures.ts';

/** Dispatches these changes of an order. @returns the messages that were sent, and the watches that were started */
const dispatch = async (changes: Partial<Changes>, { stored }: CheckedOrder = new CheckedOrder()) => {
  const sent: unknown[] = [];
  const started: unknown[] = [];
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

test('P7 the fresh hints of one order in one batch ask for one check', async () => {
  const { sent } = await dispatch({ hinted: [ORDER, ITEM, ORDER, ORDER] });
  expect(sent).toEqual([{ orderUuid: ORDER }, { orderUuid: ITEM }]);
});

test('no watch is started where the reconciler is the clock, nor where there is no next check', async () => {
  const checked = new CheckedOrder();
  for (const clock of [undefined, 'reconciler']) {
    expect(checked.order.clock).toBe(clock);
    expect(await dispatch({ regenerated: [checked.order] }, checked)).toEqual({ sent: [], started: [] });
    checked.check(0, answer(seen('OK')));
  }
});

test('P1 the watch of an order that has no items yet is started', async () => {
  const checked = new CheckedOrder();
  checked.check(0, FAILURE);
  const { started } = await dispatch({ regenerated: [checked.order] }, checked);
  expect(started).toMatchObject([{ nextCheckAt: checked.order.nextCheckAt, openItems: [] }]);
});
