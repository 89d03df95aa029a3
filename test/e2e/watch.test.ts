import { describe, expect, test } from 'vitest';
import { type Execution, executionsOf, statesOf } from './executions.ts';
import { delivered, itemUuidOf, lost, needsConfirmation, orderOf } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';

const stack = useStack();

/** A time as the state of a watch holds it: ISO 8601 in UTC. */
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

describe.concurrent('the watch of an order', () => {
  test('is one execution, which shows every open item with its deadline and next check', async () => {
    const order = await stack.simulator.createOrder({
      items: [
        needsConfirmation(300, delivered(0, 'PENDING')),
        needsConfirmation(600, delivered(0, 'PENDING')),
      ],
    });
    const first = { itemUuid: itemUuidOf(order, 0), status: 'PENDING', confirmBy: TIME, nextCheckAt: TIME };
    const second = { ...first, itemUuid: itemUuidOf(order, 1) };

    const { input } = await eventually(async () => {
      const [execution, ...others] = await executionsOf(order.uuid);
      expect(execution?.name).toBe(`watch-${order.uuid}-1`);
      expect(others).toEqual([]);
      return execution as Execution;
    });
    expect(input).toEqual({
      version: 1,
      orderUuid: order.uuid,
      generation: 1,
      nextCheckAt: TIME,
      startedAt: TIME,
      checks: 0,
      openItems: expect.toSatisfy((items) => items.length === 2, 'two items'),
    });
    expect(input.openItems).toEqual(expect.arrayContaining([first, second]));
    const deadlines = Object.fromEntries(
      input.openItems.map(({ itemUuid, confirmBy }) => [itemUuid, Date.parse(confirmBy)]),
    );
    expect(deadlines[second.itemUuid]).toBe(Number(deadlines[first.itemUuid]) + 300_000);

    // Each check replaces the state. An item that is confirmed later is no longer in it.
    await eventually(async () => expect(await statesOf(order.uuid, 1)).not.toEqual([]));
    await stack.simulator.addStep(order.uuid, first.itemUuid, lost(0, 'OK'));
    const states = await eventually(async () => {
      const found = await statesOf(order.uuid, 1);
      expect(found.at(-1)?.openItems).toHaveLength(1);
      return found;
    });
    expect(states.map(({ checks }) => checks)).toEqual(states.map((_, index) => index + 1));
    const [state] = states;
    expect(state).toMatchObject({
      orderUuid: order.uuid,
      generation: 1,
      nextCheckAt: TIME,
      decision: 'wait',
    });
    expect(state?.openItems).toEqual(expect.arrayContaining([first, second]));
    expect(states.at(-1)?.openItems).toEqual([second]);
    await eventually(() => expect(stack.typesOf(order.uuid)).toEqual(['order_item.ok']));
    expect(await executionsOf(order.uuid)).toHaveLength(1);
  });

  test('E5 ends as superseded when a newer generation exists, without another request to the provider', async () => {
    const { orderUuid, itemUuid } = await orderOf(
      stack.simulator,
      needsConfirmation(1800, delivered(0, 'PENDING')),
    );
    await eventually(async () => expect(await executionsOf(orderUuid)).toHaveLength(1));
    // A webhook that the provider's answers do not confirm yet is a reason to check earlier than planned.
    await stack.simulator.sendWebhook(orderUuid, itemUuid, { changes: { order_item_status: 'OK' } });

    const [older, newer] = await eventually(async () => {
      const executions = await executionsOf(orderUuid);
      expect(executions[0]?.status).toBe('SUCCEEDED');
      return executions;
    });
    expect(older?.output).toMatchObject({ generation: 1, checks: 1, decision: 'superseded' });
    expect(newer).toMatchObject({ name: `watch-${orderUuid}-2`, status: 'RUNNING' });
    // One request for each of the two webhooks, and one for each check of the newer watch.
    await eventually(async () => {
      const checks = (await statesOf(orderUuid, 2)).length;
      expect((await stack.simulator.order(orderUuid)).gets).toHaveLength(2 + checks);
    });
  });
});
