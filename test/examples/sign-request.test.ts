import { expect, it } from 'vitest';
import { createOrdersFetch, trackOrder } from '../../examples/sign-request.ts';
import { parseAuthorization, startServer } from '../clients/signed-requests.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

it('the example that signs requests sends a signed track request with the reference', async () => {
  const { host, origin, received } = await startServer(202);
  await trackOrder(createOrdersFetch('eu-west-1', { credentials }), `${origin}/orders/1`, 'B-4711');
  expect(received).toMatchObject([
    { method: 'PUT', path: '/orders/1', headers: { host }, body: '{"reference":"B-4711"}' },
  ]);
  expect(parseAuthorization(received[0]?.headers['authorization'])).toMatchObject({
    accessKeyId: 'AKIDEXAMPLE',
    region: 'eu-west-1',
    service: 'execute-api',
  });
});

it('the example that signs requests throws when the API does not accept the request', async () => {
  const { origin } = await startServer(403);
  const ordersFetch = createOrdersFetch('eu-west-1', { credentials });
  await expect(trackOrder(ordersFetch, `${origin}/orders/1`, 'B-4711')).rejects.toThrow('HTTP 403: {}');
});
