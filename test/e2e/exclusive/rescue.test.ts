import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { counted, stateOf } from '../alarm-fixture.ts';
import { allExecutions, executionsOf, stopExecutionsOf } from '../executions.ts';
import { reconcile, switchConsumer, withEnvironment } from '../functions.ts';
import { NOWHERE } from '../nowhere.ts';
import { delivered, lost, needsConfirmation, orderOf } from '../order-fixture.ts';
import { eventually, useStack } from '../stack-fixture.ts';
import { makeDue, storedRecord } from '../stored-records.ts';

const stack = useStack();

const switchConsumers = async (isOn: boolean): Promise<void> => {
  await Promise.all(['DispatchChanges', 'PublishEvents'].map((part) => switchConsumer(part, isOn)));
};

/** Runs the reconciler until the only item of an order is published as OK, in whatever order. @returns its event */
const reconcileUntilPublished = (orderUuid: string) =>
  eventually(async () => {
    await makeDue(orderUuid);
    await reconcile();
    expect(stack.typesOf(orderUuid).toSorted()).toEqual(['order.settled', 'order_item.ok']);
    return stack.eventsOf(orderUuid).find(({ event }) => event.type === 'order_item.ok')?.event;
  });

describe.concurrent('while both consumers of the stream are switched off', () => {
  beforeAll(() => switchConsumers(false));
  afterAll(() => switchConsumers(true));

  test('E10 the reconciler has a webhook processed, and publishes its status', async () => {
    const { orderUuid } = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
    await storedRecord(orderUuid, 'WEBHOOK#');
    const event = await reconcileUntilPublished(orderUuid);
    // The webhook was stored before the check, so it counts as the source.
    expect(event?.data).toMatchObject({ foundBy: 'webhook' });
  });

  test('E10 the reconciler has an order checked whose watch was never started', async () => {
    const { orderUuid, itemUuid } = await orderOf(
      stack.simulator,
      needsConfirmation(60, delivered(0, 'PENDING')),
    );
    await storedRecord(orderUuid, 'WEBHOOK#');
    await makeDue(orderUuid);
    await reconcile();
    await storedRecord(orderUuid, 'ITEM#');
    await stack.simulator.addStep(orderUuid, itemUuid, lost(0, 'OK'));
    const event = await reconcileUntilPublished(orderUuid);
    expect(event?.data).toMatchObject({ foundBy: 'rescue' });
    expect(await executionsOf(orderUuid)).toEqual([]);
  });
});

test('E10 changes that waited in the stream are processed when its consumers are switched on again', async () => {
  await switchConsumers(false);
  const { orderUuid } = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
  await storedRecord(orderUuid, 'WEBHOOK#').finally(() => switchConsumers(true));
  await eventually(() => expect(stack.typesOf(orderUuid)).toEqual(['order_item.ok', 'order.settled']));
});

/** Counts the executions that end with a status from now on, as AWS counts them in a metric. */
const countingEnded = async (status: 'FAILED' | 'ABORTED', metric: string) => {
  const ended = async () => (await allExecutions()).filter((execution) => execution.status === status).length;
  const before = await ended();
  const { StateMachineArn } = inject('localStack').outputs;
  return async () => counted('AWS/States', metric, { StateMachineArn }, (await ended()) - before);
};

test('E6 an order whose execution was stopped or failed is watched by the next generation; WatchesAborted and WatchesFailed fire', async () => {
  const failures = await countingEnded('FAILED', 'ExecutionsFailed');
  const aborts = await countingEnded('ABORTED', 'ExecutionsAborted');
  const pending = () => orderOf(stack.simulator, needsConfirmation(60, delivered(0, 'PENDING')));
  const [stopped, failed] = await Promise.all([pending(), pending()]);
  await eventually(async () => expect(await executionsOf(stopped.orderUuid)).toHaveLength(1));
  expect(await stateOf('WatchesAborted', await aborts())).toBe('OK');
  await stopExecutionsOf(stopped.orderUuid);
  expect(await stateOf('WatchesAborted', await aborts())).toBe('ALARM');
  expect(await stateOf('WatchesFailed', await failures())).toBe('OK');

  await withEnvironment('CheckOrder', { TABLE_NAME: NOWHERE }, () =>
    eventually(async () => expect((await executionsOf(failed.orderUuid))[0]?.status).toBe('FAILED')),
  );
  expect(await stateOf('WatchesFailed', await failures())).toBe('ALARM');

  for (const { orderUuid, itemUuid } of [stopped, failed]) {
    await makeDue(orderUuid);
    await eventually(async () => {
      await reconcile();
      const names = (await executionsOf(orderUuid)).map(({ name }) => name);
      expect(names).toEqual([`watch-${orderUuid}-1`, `watch-${orderUuid}-2`]);
    });
    await stack.simulator.addStep(orderUuid, itemUuid, lost(0, 'OK'));
  }
  for (const { orderUuid } of [stopped, failed]) {
    await eventually(() => expect(stack.typesOf(orderUuid)).toEqual(['order_item.ok', 'order.settled']));
  }
});
