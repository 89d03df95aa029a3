import { beforeEach, describe, expect, it } from 'vitest';
import { PERSONAL_DATA_MARKERS } from '../../local/provider-simulator/order-view.ts';
import { CREDENTIALS, HEADERS, startSimulator } from './simulator-fixture.ts';

/** The fields of an order that these tests read. */
interface Order {
  readonly status: string;
  readonly items: readonly { uuid: string; status: unknown; vouchers: { url: string }[] }[];
}

let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeEach(async () => {
  simulator = await startSimulator();
});

const readOrder = async (orderUuid: string): Promise<Order> =>
  (await (await simulator.get(orderUuid)).json()) as Order;

const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status;

/** An order whose items have these statuses from the beginning. */
const orderOf = (...statuses: string[]) =>
  simulator.client.createOrder({ items: statuses.map((status) => ({ timeline: [step(status)] })) });

const step = (status: string, afterSeconds = 0) => ({ afterSeconds, status });

it('login issues a token that is valid until it expires', async () => {
  const order = await orderOf();
  const answer = await simulator.login();
  expect(await answer.json()).toMatchObject({ expires_in: 3600, token_type: 'bearer', scope: null });
  const headers = await simulator.authorized();
  expect(await statusOf(simulator.get(order.uuid, headers))).toBe(200);
  await simulator.client.expireTokens();
  expect(await statusOf(simulator.get(order.uuid, headers))).toBe(401);
  await simulator.client.configure({ tokenLifetimeInSeconds: 0 });
  expect(await (await simulator.login()).json()).toMatchObject({ expires_in: 0 });
  expect(await statusOf(simulator.get(order.uuid))).toBe(401);
});

it.each([
  ['a wrong secret', { ...CREDENTIALS, client_secret: 'wrong' }, HEADERS, 401],
  ['another grant type', { ...CREDENTIALS, grant_type: 'password' }, HEADERS, 400],
  ['no application header', CREDENTIALS, { 'x-musement-version': '3.4.0' }, 400],
])('login rejects %s', async (_case, body, headers, status) => {
  expect(await statusOf(simulator.login(body, headers as Record<string, string>))).toBe(status);
});

describe('an order', () => {
  it.each([
    ['the application', { 'x-musement-version': '3.4.0' }],
    ['the version', { 'x-musement-application': HEADERS['x-musement-application'] }],
  ])('is rejected with code 2271 without %s header', async (_case, headers) => {
    const answer = await simulator.get('any', headers as Record<string, string>);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: '2271', message: expect.any(String) });
  });

  it('is answered with 404 in the documented format until it becomes readable', async () => {
    const order = await simulator.client.createOrder({ readableAfterSeconds: 0.2, items: [] });
    const answer = await simulator.get(order.uuid);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ code: '1400', message: expect.any(String) });
    expect(await statusOf(simulator.get(crypto.randomUUID()))).toBe(404);
    await expect.poll(() => statusOf(simulator.get(order.uuid))).toBe(200);
  });

  it('contains the personal data that must never leak', async () => {
    const timeline = [{ ...step('KO'), cancellationReason: 'REJECTED-ORDER' }] as const;
    const { uuid } = await simulator.client.createOrder({ items: [{ timeline }] });
    const text = await (await simulator.get(uuid)).text();
    for (const marker of PERSONAL_DATA_MARKERS) expect(text).toContain(marker);
  });

  it('follows its script and gets a voucher with its OK', async () => {
    const timeline = [step('PENDING'), step('OK', 0.2)] as const;
    const order = await simulator.client.createOrder({ items: [{ timeline }] });
    expect(await readOrder(order.uuid)).toMatchObject({ status: 'PENDING', items: [{ vouchers: [] }] });
    await expect.poll(async () => (await readOrder(order.uuid)).status).toBe('OK');
    expect((await readOrder(order.uuid)).items[0]?.vouchers[0]?.url).toMatch(/^https:/);
    const { items } = await simulator.client.order(order.uuid);
    expect(items[0]?.history.map(({ status }) => status)).toEqual(['PENDING', 'OK']);
  });

  it('gets its vouchers after its OK when the script says so', async () => {
    const timeline = [{ ...step('OK'), vouchers: [] }] as const;
    const order = await simulator.client.createOrder({ items: [{ timeline }] });
    const itemUuid = order.items[0]?.uuid ?? '';
    expect((await readOrder(order.uuid)).items[0]?.vouchers).toEqual([]);
    await simulator.client.addStep(order.uuid, itemUuid, { status: 'OK', vouchers: ['https://v/1'] });
    expect((await readOrder(order.uuid)).items[0]?.vouchers).toEqual([{ url: 'https://v/1' }]);
  });

  it.each([
    [['OK', 'OK'], 'OK'],
    [['OK', 'PENDING'], 'PENDING'],
    [['OK', 'REFUND_STARTED'], 'REFUND_STARTED'],
    [['OK', 'REFUNDED'], 'REFUNDED'],
    [['KO', 'OK'], 'KO'],
  ])('with items %j is %s', async (statuses, expected) => {
    const { uuid } = await orderOf(...statuses);
    expect((await readOrder(uuid)).status).toBe(expected);
  });

  it('can hide an item, replace fields, and contradict its items', async () => {
    const order = await orderOf('PENDING', 'PENDING');
    const [first, second] = order.items.map(({ uuid }) => uuid);
    await simulator.client.overrideItem(order.uuid, first ?? '', { hidden: true });
    await simulator.client.overrideItem(order.uuid, second ?? '', { fields: { status: 42 } });
    await simulator.client.overrideOrder(order.uuid, { fields: { status: 'OK' } });
    const items = [{ uuid: second, status: 42 }];
    expect(await readOrder(order.uuid)).toMatchObject({ status: 'OK', items });
  });
});

describe('a planned fault', () => {
  it('affects the planned number of answers', async () => {
    const { uuid } = await orderOf('PENDING');
    const fault = { kind: 'status', status: 429, retryAfter: '7' } as const;
    await simulator.client.planFault({ fault, orderUuid: uuid, times: 2 });
    const answers = [await simulator.get(uuid), await simulator.get(uuid), await simulator.get(uuid)];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(answers[0]?.headers.get('retry-after')).toBe('7');
    expect((await simulator.client.order(uuid)).gets).toHaveLength(3);
  });

  it('does not affect other orders or the login, and can be cleared', async () => {
    const [one, other] = [await orderOf('PENDING'), await orderOf('PENDING')];
    const fault = { kind: 'status', status: 503 } as const;
    await simulator.client.planFault({ fault, orderUuid: one.uuid, times: 'always' });
    expect(await statusOf(simulator.get(one.uuid))).toBe(503);
    expect(await statusOf(simulator.get(other.uuid))).toBe(200);
    await simulator.client.clearFaults();
    expect(await statusOf(simulator.get(one.uuid))).toBe(200);
  });

  it('can break the connection before it answers, and answers the next request', async () => {
    const { uuid } = await orderOf('PENDING');
    await simulator.client.planFault({ fault: { kind: 'reset' } });
    await expect(simulator.get(uuid)).rejects.toThrow('fetch failed');
    expect(await statusOf(simulator.get(uuid))).toBe(200);
  });

  it('shows in a delayed answer the order as it was at the time of the request', async () => {
    const order = await orderOf('PENDING');
    await simulator.client.planFault({ fault: { kind: 'slow', seconds: 0.3 } });
    const slow = readOrder(order.uuid);
    await simulator.client.addStep(order.uuid, order.items[0]?.uuid ?? '', step('OK', 0.15));
    expect((await slow).status).toBe('PENDING');
    expect((await readOrder(order.uuid)).status).toBe('OK');
  });

  it('can show an earlier state of the order', async () => {
    const order = await orderOf('PENDING');
    await simulator.client.addStep(order.uuid, order.items[0]?.uuid ?? '', { status: 'OK' });
    await simulator.client.planFault({ fault: { kind: 'stale', secondsBack: 60 } });
    expect((await readOrder(order.uuid)).status).toBe('PENDING');
    expect((await readOrder(order.uuid)).status).toBe('OK');
  });
});

const send = (method: string, path: string, body: string) =>
  fetch(`${simulator.server.controlUrl}${path}`, { method, body });

it.each([
  ['/orders', '{"items":[', 'cannot read this body'],
  ['/orders', '{}', 'items:'],
  ['/orders', '{"items":[{"timeline":[{"afterSeconds":5}]}]}', 'items.0.timeline.0.status:'],
  ['/faults', '{"kind":"status","status":503}', 'fault:'],
  ['/faults', '{"fault":{"kind":"sloow","seconds":3}}', 'fault.kind:'],
  ['/faults', '{"fault":{"kind":"html"},"endpoint":"orders"}', 'endpoint:'],
  ['/faults', '{"fault":{"kind":"html"},"times":"forever"}', 'times:'],
])('the control API rejects an invalid body with the reason: %s %s', async (path, body, reason) => {
  const answer = await send('POST', path, body);
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { message: string }).message).toContain(reason);
});

it('the control API accepts settings, and rejects a body that is not JSON', async () => {
  expect(await statusOf(send('PATCH', '/settings', '{"tokenLifetimeInSeconds":60}'))).toBe(200);
  expect(await statusOf(send('PATCH', '/settings', 'tokenLifetimeInSeconds=60'))).toBe(400);
});
