import { describe, expect, it } from 'vitest';
import type { DeliveryMode, SimulatorSettings } from '../../local/provider-simulator/script.ts';
import { serve } from './serve.ts';
import { startReceiver, startSimulator } from './simulator-fixture.ts';

/** Starts a receiver, and a simulator that sends webhooks to it. */
const start = async (answers: number[] = [], settings: Partial<SimulatorSettings> = {}) => {
  const receiver = await startReceiver(...answers);
  const simulator = await startSimulator({ webhook: receiver.target, ...settings });
  const orderWith = (webhook: DeliveryMode, type = 'musement') =>
    simulator.client.createOrder({
      items: [{ product: { type }, timeline: [{ afterSeconds: 0, status: 'PENDING', webhook }] }],
    });
  return { ...simulator, receiver, orderWith };
};

describe('a webhook', () => {
  it('has the ten string fields and Basic credentials in UTF-8', async () => {
    const { receiver, orderWith } = await start();
    const order = await orderWith('sent');
    await expect.poll(() => receiver.received.length).toBe(1);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
    const digits = expect.stringMatching(/^[0-9]+$/);
    const authorization = `Basic ${Buffer.from('musement:pä:ss').toString('base64')}`;
    const body = {
      order_id: digits,
      order_uuid: order.uuid,
      order_created: time,
      order_updated: time,
      order_version: digits,
      order_item_uuid: order.items[0]?.uuid,
      order_item_created: time,
      order_item_updated: time,
      order_item_version: digits,
      order_item_status: 'PENDING',
    };
    expect(receiver.received).toEqual([{ authorization, body }]);
  });

  it.each([
    ['until it is answered with 200', [500, 204], [0.05, 0.05], 'delivered', [500, 204, 200]],
    ['until the last attempt has failed', [500, 500, 500], [0.05], 'given up', [500, 500]],
  ] as const)('is sent again %s', async (_, answers, resendAfterSeconds, state, attempts) => {
    const { client, receiver, orderWith } = await start([...answers], { resendAfterSeconds });
    const { uuid } = await orderWith('sent');
    await expect.poll(async () => (await client.order(uuid)).deliveries[0]?.state).toBe(state);
    const [delivery] = (await client.order(uuid)).deliveries;
    expect(delivery?.attempts.map(({ answer }) => answer)).toEqual(attempts);
    expect(receiver.received).toEqual(attempts.map(() => receiver.received[0]));
  });

  it.each<[string, DeliveryMode, string, number]>([
    ['lost', 'lost', 'musement', 0],
    ['missing for a gift product', 'sent', 'gift', 0],
    ['sent twice', 'duplicated', 'musement', 2],
  ])('can be %s', async (_case, mode, type, expected) => {
    const { client, receiver, orderWith } = await start();
    const { uuid } = await orderWith(mode, type);
    const states = async () => (await client.order(uuid)).deliveries.map(({ state }) => state);
    await expect.poll(states).not.toContain('waiting');
    expect(receiver.received).toHaveLength(expected);
  });

  it('that is delayed keeps the status that it had when it was created', async () => {
    const { client, receiver, orderWith } = await start();
    const order = await orderWith({ delayedSeconds: 0.2 });
    await client.addStep(order.uuid, order.items[0]?.uuid ?? '', { status: 'OK' });
    await expect.poll(() => receiver.received.length).toBe(2);
    expect(receiver.received.map(({ body }) => body['order_item_status'])).toEqual(['OK', 'PENDING']);
  });

  it('waits while ten others are sent', async () => {
    const open = { now: 0, most: 0, answered: 0 };
    const url = await serve((_, response) => {
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      setTimeout(() => {
        open.now -= 1;
        open.answered += 1;
        response.end();
      }, 20);
    });
    const { client } = await startSimulator({ webhook: { url, username: 'musement', password: 'secret' } });
    const timeline = [{ afterSeconds: 0, status: 'OK' }];
    await client.createOrder({ items: Array.from({ length: 25 }, () => ({ timeline })) });
    await expect.poll(() => open.answered).toBe(25);
    expect(open.most).toBe(10);
  });

  it('is not sent for a voucher', async () => {
    const { client, receiver, orderWith } = await start();
    const order = await orderWith('sent');
    const itemUuid = order.items[0]?.uuid ?? '';
    await client.addStep(order.uuid, itemUuid, { status: 'PENDING', vouchers: ['https://v/1'] });
    await client.addStep(order.uuid, itemUuid, { status: 'OK' });
    await expect.poll(() => receiver.received.length).toBe(2);
    expect(receiver.received.map(({ body }) => body['order_item_status'])).toEqual(['PENDING', 'OK']);
  });
});

it('a notification request sends the webhook again', async () => {
  const { receiver, orderWith, notify } = await start();
  const order = await orderWith('lost');
  expect((await notify(order.uuid, order.items[0]?.uuid ?? '')).status).toBe(204);
  await expect.poll(() => receiver.received.length).toBe(1);
});

it('a notification request sends no webhook when it is answered with an error', async () => {
  const { client, receiver, orderWith, notify } = await start();
  const order = await orderWith('lost');
  await client.planFault({ endpoint: 'notification', fault: { kind: 'status', status: 404 } });
  expect((await notify(order.uuid, order.items[0]?.uuid ?? '')).status).toBe(404);
  expect((await client.order(order.uuid)).deliveries.filter(({ state }) => state !== 'lost')).toEqual([]);
  expect(receiver.received).toEqual([]);
});
