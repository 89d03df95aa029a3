import { createSignedFetcher, type SignedFetcherOptions } from 'aws-sigv4-fetch';

/**
 * A `fetch` that signs every request to the order routes with Signature Version 4. Without `credentials` it uses those
 * of its environment: variables, profile or role.
 */
export const createOrdersFetch = (
  region: string,
  options: Pick<SignedFetcherOptions, 'credentials' | 'fetch'> = {},
): typeof fetch => createSignedFetcher({ service: 'execute-api', region, ...options });

/**
 * Starts tracking an order.
 * @param orderUrl `<OrdersUrl>/<orderUuid>`
 * @param reference the order's name in your own system
 */
export const trackOrder = async (
  ordersFetch: typeof fetch,
  orderUrl: string,
  reference: string,
): Promise<void> => {
  const response = await ordersFetch(orderUrl, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reference }),
  });
  if (response.status !== 202) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
};
