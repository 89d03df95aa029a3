import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reconcile, switchConsumer } from './functions.ts';
import { lost, needsConfirmation, orderOf, told } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';

const stack = useStack();

describe('what the stream should have published and did not', () => {
  beforeAll(() => switchConsumer('PublishEvents', false));
  afterAll(() => switchConsumer('PublishEvents', true));

  test('E10 an event is published by reconcile', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
    await eventually(async () => {
      await reconcile();
      expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']);
    });
  });
});

describe('what the stream should have brought and did not', () => {
  beforeAll(() => switchConsumer('DispatchChanges', false));
  afterAll(() => switchConsumer('DispatchChanges', true));

  test('E10 a webhook that was never dispatched is taken up by reconcile', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
    await eventually(async () => {
      await reconcile();
      expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']);
    });
    expect(stack.eventsOf(orderUuid)[0]?.event.data).toMatchObject({ foundBy: 'rescue' });
  });

  test('E10 an item whose watch was never started is watched by reconcile', async () => {
    const { orderUuid, itemUuid } = await orderOf(
      stack.simulator,
      needsConfirmation(8, told(0, 'PENDING'), lost(6, 'OK')),
    );
    await eventually(async () => {
      await reconcile();
      expect(stack.typesOf(orderUuid, itemUuid)).toContain('order_item.ok');
    });
    expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']);
  });
});
