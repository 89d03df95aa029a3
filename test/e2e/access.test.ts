import { describe, expect, inject, test } from 'vitest';
import { orderOf } from './order-fixture.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack();
const { outputs, webhookCredentials } = inject('localStack');

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const post = (headers: Record<string, string>, body: string): Promise<Response> =>
  fetch(outputs.WebhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });

describe('who may call', () => {
  test.for([
    ['no credentials', {}],
    ['a wrong password', { Authorization: basic(webhookCredentials.username, 'guess') }],
    ['a wrong user', { Authorization: basic('somebody', webhookCredentials.password) }],
    ['another scheme', { Authorization: 'Bearer something' }],
  ] as const)('I1 a webhook with %s is refused, and nothing is stored', async ([, headers]) => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      timeline: [{ afterSeconds: 0, status: 'OK', webhook: 'lost' }],
    });
    const body = await stack.simulator.webhookBody(orderUuid, itemUuid);
    const response = await post(headers, JSON.stringify(body));
    expect(response.status).toBe(401);
    expect(response.headers.get('WWW-Authenticate')).toContain('Basic');
    expect((await stack.orders.read(orderUuid)).status).toBe(404);
  });

  test('I6 an authenticated webhook that lacks a field gets a clear reason', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      timeline: [{ afterSeconds: 0, status: 'OK', webhook: 'lost' }],
    });
    const { order_item_version: _, ...body } = await stack.simulator.webhookBody(orderUuid, itemUuid);
    const authorization = basic(webhookCredentials.username, webhookCredentials.password);
    const response = await post({ Authorization: authorization }, JSON.stringify(body));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      message: expect.stringContaining('order_item_version'),
    });
    expect((await stack.orders.read(orderUuid)).status).toBe(404);
  });

  test('the order routes refuse a call that is not signed', async () => {
    const { orderUuid } = await orderOf(stack.simulator, {
      timeline: [{ afterSeconds: 0, status: 'OK', webhook: 'lost' }],
    });
    const url = `${outputs.OrdersUrl}/${orderUuid}`;
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { method: 'PUT' })).status).toBe(403);
  });

  test.for([
    ['a path that is no UUID', 'something', undefined, 'UUID'],
    ['a paidAt without an offset', undefined, { paidAt: '2026-11-24T10:00:00' }, 'paidAt'],
    ['a paidAt in the future', undefined, { paidAt: '2126-11-24T10:00:00Z' }, 'future'],
    ['a reference that is too long', undefined, { reference: 'x'.repeat(129) }, 'reference'],
  ] as const)('a track request with %s gets a clear reason', async ([, path, request, reason]) => {
    const response = await stack.orders.track(path ?? crypto.randomUUID(), request);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: expect.stringContaining(reason) });
  });
});
