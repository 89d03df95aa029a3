import { describe, expect, it } from 'vitest';
import { createOrdersFetch, TrackError, trackOrder } from '../../examples/checkout/track-order.ts';
import { parseAuthorization, startServer } from '../clients/signed-requests.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const REQUEST = { paidAt: '2026-11-24T10:00:00Z', reference: 'B-4711' };

/** Tracks an order with a server that answers with these statuses. @returns the requests and what was thrown */
const track = async (...statuses: readonly number[]) => {
  const { host, origin, received } = await startServer(...statuses);
  const error = await trackOrder(
    createOrdersFetch('eu-west-1', { credentials }),
    `${origin}/orders/1`,
    REQUEST,
    [0, 0, 0],
  ).catch((error: unknown) => error);
  return { host, received, error };
};

describe('the checkout of the examples', () => {
  it('sends a signed track request with the time of the payment and the reference', async () => {
    const { host, received, error } = await track(202);
    expect(error).toBeUndefined();
    expect(received).toMatchObject([
      { method: 'PUT', path: '/orders/1', headers: { host }, body: JSON.stringify(REQUEST) },
    ]);
    expect(parseAuthorization(received[0]?.headers['authorization'])).toMatchObject({
      accessKeyId: 'AKIDEXAMPLE',
      region: 'eu-west-1',
      service: 'execute-api',
    });
  });

  it.for([429, 500, 503])('repeats the same request after %i, with a new signature', async (status) => {
    const { received, error } = await track(status, status, 202);
    expect(error).toBeUndefined();
    expect(received.map(({ body }) => body)).toEqual(Array(3).fill(JSON.stringify(REQUEST)));
    for (const { headers } of received) {
      expect(parseAuthorization(headers['authorization'])).toMatchObject({ accessKeyId: 'AKIDEXAMPLE' });
    }
  });

  it('gives up after four attempts', async () => {
    const { received, error } = await track(503);
    expect(received).toHaveLength(4);
    expect(error).toEqual(new TrackError('HTTP 503: {}', true));
  });

  it.for([400, 403, 413])('does not repeat a request that is rejected with %i', async (status) => {
    const { received, error } = await track(status);
    expect(received).toHaveLength(1);
    expect(error).toEqual(new TrackError(`HTTP ${status}: {}`, false));
  });

  it('repeats a request that got no answer', async () => {
    let attempts = 0;
    const ordersFetch: typeof fetch = async () => {
      attempts += 1;
      if (attempts < 3) throw new TypeError('fetch failed');
      return new Response('{}', { status: 202 });
    };
    await trackOrder(ordersFetch, 'https://example.com/orders/1', REQUEST, [0, 0]);
    expect(attempts).toBe(3);
  });
});
