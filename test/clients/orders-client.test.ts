import { expect, it } from 'vitest';
import { OrdersClient } from '../../clients/orders-client.ts';
import { parseAuthorization, startServer } from './signed-requests.ts';

const orderUuid = crypto.randomUUID();
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

it('the orders client signs a track request, its host with the port included, and sends the body', async () => {
  const { host, origin, received } = await startServer(202);
  const client = new OrdersClient(`${origin}/orders`, credentials, 'eu-west-1');
  const response = await client.track(orderUuid, { reference: 'Größe' });
  expect(response.status).toBe(202);
  const headers = { host, 'content-type': 'application/json' };
  expect(received).toMatchObject([
    { method: 'PUT', path: `/orders/${orderUuid}`, headers, body: '{"reference":"Größe"}' },
  ]);
  expect(parseAuthorization(received[0]?.headers['authorization'])).toMatchObject({
    accessKeyId: 'AKIDEXAMPLE',
    region: 'eu-west-1',
    service: 'execute-api',
    signedHeaders: expect.arrayContaining(['host', 'x-amz-date', 'content-type']),
  });
});

it('the orders client sends a track request without a body when there is nothing to say', async () => {
  const { origin, received } = await startServer(202);
  await new OrdersClient(`${origin}/orders`, credentials, 'eu-west-1').track(orderUuid);
  expect(received).toMatchObject([{ method: 'PUT', body: '' }]);
  expect(received[0]?.headers).not.toHaveProperty('content-type');
});

it('the orders client signs a read, and the session token of temporary credentials', async () => {
  const { origin, received } = await startServer(200);
  const temporary = async () => ({ ...credentials, sessionToken: 'token' });
  const response = await new OrdersClient(`${origin}/orders`, temporary, 'eu-west-1').read(orderUuid);
  expect(await response.json()).toEqual({});
  expect(received).toMatchObject([
    { method: 'GET', path: `/orders/${orderUuid}`, headers: { 'x-amz-security-token': 'token' } },
  ]);
  expect(parseAuthorization(received[0]?.headers['authorization']).signedHeaders).toEqual(
    expect.arrayContaining(['host', 'x-amz-security-token']),
  );
});
