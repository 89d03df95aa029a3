import { setTimeout } from 'node:timers/promises';
import { createSignedFetcher, type SignedFetcherOptions } from 'aws-sigv4-fetch';

/** Body of a track request. */
export interface TrackRequest {
  /** When the order was paid: ISO 8601 with an offset. */
  readonly paidAt?: string;
  /** The order's name in your own system. */
  readonly reference?: string;
}

/**
 * A `fetch` that signs every request to the order routes with Signature Version 4. Without `credentials` it uses those
 * of its environment: variables, profile or role.
 */
export const createOrdersFetch = (
  region: string,
  options: Pick<SignedFetcherOptions, 'credentials' | 'fetch'> = {},
): typeof fetch => createSignedFetcher({ service: 'execute-api', region, ...options });

/** Thrown when the order tracker has not accepted a request. */
export class TrackError extends Error {
  override readonly name = 'TrackError';
  /** Whether the same request can succeed later. */
  readonly isTemporary: boolean;

  constructor(message: string, isTemporary: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isTemporary = isTemporary;
  }
}

/** How long to wait after each failed attempt. */
const DELAYS_IN_MS = [200, 1_000, 5_000];

/**
 * Starts tracking an order. It can be repeated at any time: the order is tracked once, with the values given last.
 * @param orderUrl `<OrdersUrl>/<orderUuid>`
 * @throws {TrackError} when the request is rejected, or all attempts have failed
 */
export const trackOrder = async (
  ordersFetch: typeof fetch,
  orderUrl: string,
  request: TrackRequest,
  delaysInMs: readonly number[] = DELAYS_IN_MS,
): Promise<void> => {
  for (const delayInMs of [...delaysInMs, undefined]) {
    const error = await attempt(ordersFetch, orderUrl, request);
    if (!error) return;
    if (!error.isTemporary || delayInMs === undefined) throw error;
    // Half of it is random, so that requests that failed together are not repeated together.
    await setTimeout(delayInMs * (0.5 + Math.random() / 2));
  }
};

/** @returns why the request was not accepted, or `undefined` if it was */
const attempt = async (
  ordersFetch: typeof fetch,
  orderUrl: string,
  request: TrackRequest,
): Promise<TrackError | undefined> => {
  try {
    const response = await ordersFetch(orderUrl, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(5_000),
    });
    const { status } = response;
    const answer = await response.text();
    return status === 202
      ? undefined
      : new TrackError(`HTTP ${status}: ${answer}`, status === 429 || status >= 500);
  } catch (cause) {
    return new TrackError('Could not send the request, or got no answer', true, { cause });
  }
};
