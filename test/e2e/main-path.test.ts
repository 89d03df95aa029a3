import { describe, expect, inject, test } from 'vitest';
import type { ItemEventData, OrderEventData } from '../../lambdas/contracts/events.ts';
import { EventQueue } from '../../local/event-queue.ts';
import { itemUuidOf, lost, needsConfirmation, orderOf, told } from './order-fixture.ts';
import { eventually, expectConsistent, useStack } from './stack-fixture.ts';

const stack = useStack();

/** Asserts what was published about an item until now, and returns the last event. */
const expectItemEvents = (orderUuid: string, itemUuid: string, ...types: string[]) => {
  expect(stack.typesOf(orderUuid, itemUuid)).toEqual(types);
  const received = stack.eventsOf(orderUuid).findLast(({ event }) => event.subject.endsWith(itemUuid));
  if (!received) throw new Error('Nothing was published about the item.');
  return { ...received, data: received.event.data as ItemEventData };
};

const settledOnce = (orderUuid: string) =>
  expect(stack.typesOf(orderUuid).filter((type) => type === 'order.settled')).toHaveLength(1);

describe.concurrent('from webhook and re-check to a subscriber’s queue', () => {
  test('an instant item is published with its voucher soon after its webhook', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [told(1, 'OK')] });
    const { data, attributes, event } = await eventually(() => {
      settledOnce(orderUuid);
      return expectItemEvents(orderUuid, itemUuid, 'order_item.ok');
    });
    expect(data).toMatchObject({ orderUuid, itemUuid, status: 'OK', foundBy: 'webhook' });
    expect(data.vouchers).toHaveLength(1);
    expect(event.id).toBe(`${orderUuid}/${itemUuid}/${data.sequence}`);
    expect(attributes).toEqual({
      type: 'order_item.ok',
      status: 'OK',
      final: 'true',
      order_uuid: orderUuid,
      product_type: 'musement',
    });
  });

  test('an item that needs confirmation is published when its webhook comes', async () => {
    const { orderUuid, itemUuid } = await orderOf(
      stack.simulator,
      needsConfirmation(600, told(0, 'PENDING'), told(3, 'OK')),
    );
    const { data } = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    expect(data).toMatchObject({ previousStatus: 'PENDING', foundBy: 'webhook' });
  });

  test('E8 the schedule alone finds the status when every webhook is lost', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, needsConfirmation(20, lost(6, 'OK')));
    expect((await stack.orders.track(orderUuid, { paidAt: new Date().toISOString() })).status).toBe(202);
    const { data } = await eventually(() => {
      settledOnce(orderUuid);
      return expectItemEvents(orderUuid, itemUuid, 'order_item.ok');
    });
    expect(data.foundBy).toBe('schedule');
  });

  test('a rejected item is published as KO with the reason code', async () => {
    const { orderUuid, itemUuid } = await orderOf(
      stack.simulator,
      needsConfirmation(600, told(0, 'PENDING'), told(2, 'KO', { cancellationReason: 'REJECTED-ORDER' })),
    );
    const { data } = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ko'));
    expect(data).toMatchObject({ status: 'KO', cancellationReason: 'REJECTED-ORDER', vouchers: [] });
  });

  test('an order of two items of different pace settles once, last', async () => {
    const order = await stack.simulator.createOrder({
      items: [{ timeline: [told(1, 'OK')] }, needsConfirmation(600, told(0, 'PENDING'), told(5, 'OK'))],
    });
    await eventually(() => settledOnce(order.uuid));
    const types = stack.typesOf(order.uuid);
    expect(types).toHaveLength(3);
    const settled = stack.eventsOf(order.uuid).find(({ event }) => event.type === 'order.settled');
    const data = settled?.event.data as OrderEventData;
    expect(data.items.map(({ status }) => status)).toEqual(['OK', 'OK']);
    const slowest = stack
      .eventsOf(order.uuid)
      .find(({ event }) => event.subject === `${order.uuid}/${itemUuidOf(order, 1)}`);
    expect(settled?.event.time).toBe(slowest?.event.time);
  });

  test('I4 a webhook that comes twice is published once', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      timeline: [told(1, 'OK', { webhook: 'duplicated' })],
    });
    await eventually(() => settledOnce(orderUuid));
    await eventually(async () => {
      const { timeline } = (await (await stack.orders.read(orderUuid)).json()) as {
        timeline: { kind: string; deliveries?: number }[];
      };
      const webhooks = timeline.filter(({ kind }) => kind === 'webhook');
      expect(webhooks.map(({ deliveries }) => deliveries)).toEqual([2]);
    });
    expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']);
  });

  test('an order that is only tracked is published without any webhook', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const paidAt = new Date().toISOString();
    await stack.orders.track(orderUuid, { paidAt, reference: 'B-4711' });
    const { data } = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    expect(data).toMatchObject({ foundBy: 'track', reference: 'B-4711' });
    const order = await (await stack.orders.read(orderUuid)).json();
    expect(order).toMatchObject({ orderUuid, reference: 'B-4711', paidAt, settled: true });
  });

  test('T7 an item that is confirmed after its deadline is overdue first, then OK', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, needsConfirmation(4, told(9, 'OK')));
    await stack.orders.track(orderUuid, { paidAt: new Date().toISOString() });
    const overdue = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.overdue'));
    expect(overdue.attributes['final']).toBe('false');
    expect(overdue.event.time >= (overdue.data.confirmBy ?? '~')).toBe(true);
    await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.overdue', 'order_item.ok'));
    settledOnce(orderUuid);
  });

  test('E1 OK is published at once, and its voucher when it is there', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      timeline: [
        told(1, 'OK', { vouchers: [] }),
        lost(4, 'OK', { vouchers: ['https://vouchers.example.com/late.pdf'] }),
      ],
    });
    const ok = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    expect(ok.data.vouchers).toEqual([]);
    const vouchers = await eventually(() =>
      expectItemEvents(orderUuid, itemUuid, 'order_item.ok', 'order_item.vouchers_available'),
    );
    expect(vouchers.data.vouchers).toEqual(['https://vouchers.example.com/late.pdf']);
    expect(vouchers.data.sequence).toBeGreaterThan(ok.data.sequence);
  });

  test('O4 a cancelled item is followed to its refund', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      timeline: [
        told(1, 'OK'),
        told(4, 'REFUND_STARTED'),
        told(8, 'REFUNDED', { cancellationReason: 'CANCELLED-BY-CUSTOMER' }),
      ],
    });
    const { data } = await eventually(() =>
      expectItemEvents(orderUuid, itemUuid, 'order_item.ok', 'order_item.refunded'),
    );
    expect(data.cancellationReason).toBe('CANCELLED-BY-CUSTOMER');
    await eventually(() =>
      expect(stack.typesOf(orderUuid).filter((type) => type === 'order.settled')).toHaveLength(2),
    );
    expectConsistent(stack.eventsOf(orderUuid));
  });

  test('O3 a published item that reopens is believed at a second look, although nobody watches it', async () => {
    const order = await stack.simulator.createOrder({
      items: [
        needsConfirmation(300, told(0, 'OK'), lost(3, 'PENDING'), lost(12, 'KO')),
        needsConfirmation(20, told(0, 'PENDING'), lost(18, 'OK')),
      ],
    });
    const reopened = itemUuidOf(order, 0);
    const { data } = await eventually(() =>
      expectItemEvents(order.uuid, reopened, 'order_item.ok', 'order_item.ko'),
    );
    expect(data.previousStatus).toBe('PENDING');
  });

  test('E4 a subscriber that is gone holds nobody else back', async () => {
    const { endpoint, outputs } = inject('localStack');
    const gone = await EventQueue.subscribe(endpoint, outputs.TopicArn);
    await gone.remove();
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [told(1, 'OK')] });
    await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    await gone.unsubscribe();
  });
});
