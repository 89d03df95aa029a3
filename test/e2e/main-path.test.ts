import { describe, expect, inject, test } from 'vitest';
import type { ItemEventData, OrderEventData } from '../../events/index.ts';
import { EventQueue } from '../../local/event-queue.ts';
import { delivered, itemUuidOf, lost, needsConfirmation, orderOf } from './order-fixture.ts';
import { eventually, expectConsistent, useStack } from './stack-fixture.ts';
import { storedRecord } from './stored-records.ts';

const stack = useStack();

/** Asserts the types of an item's events so far, and returns the last event. */
const expectItemEvents = (orderUuid: string, itemUuid: string, ...types: string[]) => {
  expect(stack.typesOf(orderUuid, itemUuid)).toEqual(types);
  const received = stack.eventsOf(orderUuid).findLast(({ event }) => event.subject.endsWith(itemUuid));
  if (!received) throw new Error('Nothing was published about the item.');
  return { ...received, data: received.event.data as ItemEventData };
};

/** An order of one item that needs confirmation, once the item is stored as open. */
const openOrder = async () => {
  const order = await orderOf(stack.simulator, needsConfirmation(600, delivered(0, 'PENDING')));
  await untilStored(order.orderUuid, order.itemUuid, 'PENDING');
  return order;
};

const untilStored = (orderUuid: string, itemUuid: string, status: string) =>
  storedRecord(orderUuid, `ITEM#${itemUuid}`, (row) => row['status'] === status);

const settledOnce = (orderUuid: string) =>
  expect(stack.typesOf(orderUuid).filter((type) => type === 'order.settled')).toHaveLength(1);

describe.concurrent('from a webhook or a planned check to a subscriber’s queue', () => {
  test('an instant item is published with its voucher when its webhook arrives', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
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

  test('an item that needs confirmation is published when its webhook arrives', async () => {
    const { orderUuid, itemUuid } = await openOrder();
    await stack.simulator.addStep(orderUuid, itemUuid, { status: 'OK' });
    const { data } = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    expect(data).toMatchObject({ previousStatus: 'PENDING', foundBy: 'webhook' });
  });

  test('E8 planned checks find the status when every webhook is lost', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, needsConfirmation(60));
    expect((await stack.orders.track(orderUuid, { paidAt: new Date().toISOString() })).status).toBe(202);
    await untilStored(orderUuid, itemUuid, 'PENDING');
    await stack.simulator.addStep(orderUuid, itemUuid, lost(0, 'OK'));
    const { data } = await eventually(() => {
      settledOnce(orderUuid);
      return expectItemEvents(orderUuid, itemUuid, 'order_item.ok');
    });
    expect(data.foundBy).toBe('schedule');
  });

  test('a rejected item is published as KO with the reason code', async () => {
    const { orderUuid, itemUuid } = await openOrder();
    const cancellationReason = 'REJECTED-ORDER';
    await stack.simulator.addStep(orderUuid, itemUuid, { status: 'KO', cancellationReason });
    const { data } = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ko'));
    expect(data).toMatchObject({ status: 'KO', cancellationReason, vouchers: [] });
  });

  test('an order settles once, when its last item becomes final', async () => {
    const order = await stack.simulator.createOrder({
      items: [{ timeline: [delivered(0, 'OK')] }, needsConfirmation(600, delivered(0, 'PENDING'))],
    });
    const last = itemUuidOf(order, 1);
    await eventually(() => expectItemEvents(order.uuid, itemUuidOf(order, 0), 'order_item.ok'));
    await untilStored(order.uuid, last, 'PENDING');
    expect(stack.typesOf(order.uuid)).not.toContain('order.settled');
    await stack.simulator.addStep(order.uuid, last, { status: 'OK' });
    const { event } = await eventually(() => {
      settledOnce(order.uuid);
      return expectItemEvents(order.uuid, last, 'order_item.ok');
    });
    expect(stack.typesOf(order.uuid)).toHaveLength(3);
    const settled = stack.eventsOf(order.uuid).find(({ event: { type } }) => type === 'order.settled');
    const data = settled?.event.data as OrderEventData;
    expect(data.items.map(({ status }) => status)).toEqual(['OK', 'OK']);
    expect(settled?.event.time).toBe(event.time);
  });

  test('I4 a webhook that arrives twice is published once', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      timeline: [delivered(0, 'OK', { webhook: 'duplicated' })],
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

  test('an order that is tracked is published without any webhook', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const paidAt = new Date().toISOString();
    await stack.orders.track(orderUuid, { paidAt, reference: 'B-4711' });
    const { data } = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    expect(data).toMatchObject({ foundBy: 'track', reference: 'B-4711' });
    const order = await (await stack.orders.read(orderUuid)).json();
    expect(order).toMatchObject({ orderUuid, reference: 'B-4711', paidAt, settled: true });
  });

  test('T7 an item that is confirmed after its deadline is published as overdue first, then as OK', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, needsConfirmation(2));
    await stack.orders.track(orderUuid, { paidAt: new Date().toISOString() });
    const overdue = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.overdue'));
    expect(overdue.attributes['final']).toBe('false');
    expect(overdue.event.time >= (overdue.data.confirmBy ?? '~')).toBe(true);
    await stack.simulator.addStep(orderUuid, itemUuid, { status: 'OK' });
    await eventually(() => {
      settledOnce(orderUuid);
      expectItemEvents(orderUuid, itemUuid, 'order_item.overdue', 'order_item.ok');
    });
  });

  test('E1 OK is published at once, and its voucher when the provider shows it', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      timeline: [delivered(0, 'OK', { vouchers: [] })],
    });
    const ok = await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    expect(ok.data.vouchers).toEqual([]);
    const vouchers = ['https://vouchers.example.com/late.pdf'];
    await stack.simulator.addStep(orderUuid, itemUuid, lost(0, 'OK', { vouchers }));
    const available = await eventually(() =>
      expectItemEvents(orderUuid, itemUuid, 'order_item.ok', 'order_item.vouchers_available'),
    );
    expect(available.data.vouchers).toEqual(vouchers);
    expect(available.data.sequence).toBeGreaterThan(ok.data.sequence);
  });

  test('O4 a cancelled item is followed until it is refunded, and each final status is published once', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
    await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    await stack.simulator.addStep(orderUuid, itemUuid, { status: 'REFUND_STARTED' });
    await untilStored(orderUuid, itemUuid, 'REFUND_STARTED');
    const cancellationReason = 'CANCELLED-BY-CUSTOMER';
    await stack.simulator.addStep(orderUuid, itemUuid, { status: 'REFUNDED', cancellationReason });
    const { data } = await eventually(() =>
      expectItemEvents(orderUuid, itemUuid, 'order_item.ok', 'order_item.refunded'),
    );
    expect(data.cancellationReason).toBe(cancellationReason);
    await eventually(() =>
      expect(stack.typesOf(orderUuid).filter((type) => type === 'order.settled')).toHaveLength(2),
    );
    expectConsistent(stack.eventsOf(orderUuid));
  });

  test('O3 a final item that two answers show open is followed again, without any webhook', async () => {
    const order = await stack.simulator.createOrder({
      items: [
        needsConfirmation(300, delivered(0, 'OK')),
        // The planned checks of this item also show the other one.
        needsConfirmation(60, delivered(0, 'PENDING')),
      ],
    });
    const reopened = itemUuidOf(order, 0);
    await eventually(() => expectItemEvents(order.uuid, reopened, 'order_item.ok'));
    await stack.simulator.addStep(order.uuid, reopened, lost(0, 'PENDING'));
    await untilStored(order.uuid, reopened, 'PENDING');
    await stack.simulator.addStep(order.uuid, reopened, lost(0, 'KO'));
    const { data } = await eventually(() =>
      expectItemEvents(order.uuid, reopened, 'order_item.ok', 'order_item.ko'),
    );
    expect(data.previousStatus).toBe('PENDING');
  });

  test('E4 a subscriber whose queue was deleted does not hold back the others', async () => {
    const { endpoint, outputs } = inject('localStack');
    const gone = await EventQueue.subscribe(endpoint, outputs.TopicArn);
    await gone.remove();
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
    await eventually(() => expectItemEvents(orderUuid, itemUuid, 'order_item.ok'));
    await gone.unsubscribe();
  });
});
