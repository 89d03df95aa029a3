import * as z from 'zod/mini';
import manifest from '../../package.json' with { type: 'json' };
import type { Provider } from '../application/ports.ts';
import { DEFAULT_ACCEPT_LANGUAGE } from '../contracts/settings.ts';
import type { ProviderAnswer } from '../domain/provider-answer.ts';
import { parseSnapshot, type Snapshot } from '../domain/snapshot.ts';
import { accessTokens } from './access-token.ts';
import { type MusementOptions, ProviderFailureError, requestJson } from './provider-request.ts';

/** Version of the provider's API that requests ask for. */
const API_VERSION = '3.4.0';

/** Name and version of this product, for whoever reads the provider's logs. */
const USER_AGENT = `musement-order-tracker/${manifest.version}`;

/** The provider's answer to a request to send an item's webhook again. */
type NotifyAnswer =
  | { readonly kind: 'accepted' }
  /** No webhook is configured at the provider (400); do not retry. */
  | { readonly kind: 'no_webhook' }
  /** The provider does not know the item (404). */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failure'; readonly cause: string };

/** Requests that only operators make. */
export interface ProviderOperations {
  /** Asks the provider to send the item's webhook again. */
  notify(orderUuid: string, itemUuid: string): Promise<NotifyAnswer>;
  /**
   * Logs in.
   * @returns `undefined` on success, otherwise why it failed
   */
  logIn(): Promise<string | undefined>;
}

/**
 * Musement's API.
 * @see https://partner-api.musement.com/api/getting-started/authentication
 */
export const musementProvider = (options: MusementOptions): Provider & ProviderOperations => {
  const { baseUrl, application, timeoutInSeconds, now = Date.now } = options;
  const headers = {
    Accept: 'application/json',
    'Accept-Language': options.acceptLanguage ?? DEFAULT_ACCEPT_LANGUAGE,
    'User-Agent': USER_AGENT,
    'X-Musement-Application': application,
    'X-Musement-Version': API_VERSION,
  };
  const tokens = accessTokens(options, headers);
  /** Epoch milliseconds until which no request is sent. */
  let pausedUntil = 0;

  const pauseRequests = (retryAfterInSeconds = 0): void => {
    const pauseInSeconds = Math.min(retryAfterInSeconds, MAX_PAUSE_IN_SECONDS);
    pausedUntil = Math.max(pausedUntil, now() + pauseInSeconds * 1000);
  };

  const requestOnce = async (method: string, path: string, deadline: AbortSignal) => {
    const token = await tokens.get(deadline);
    const response = await requestJson(
      `${baseUrl}${path}`,
      {
        method,
        headers: { ...headers, Authorization: `Bearer ${token}` },
        // A POST asks for a webhook: sent twice, it could bring two.
        isRepeatable: method === 'GET',
      },
      AbortSignal.any([deadline, AbortSignal.timeout(timeoutInSeconds * 1000)]),
      now(),
    );
    if (response.status === 401) tokens.forget(token);
    return response;
  };

  const request = async (method: string, path: string) => {
    const deadline = AbortSignal.timeout(timeoutInSeconds * 2 * 1000);
    const response = await requestOnce(method, path, deadline);
    // The token may have expired meanwhile: one new login, one repetition.
    return response.status === 401 ? await requestOnce(method, path, deadline) : response;
  };

  return {
    async getOrder(orderUuid) {
      if (now() < pausedUntil) return paused('retry_after', (pausedUntil - now()) / 1000);
      try {
        const response = await request('GET', `/orders/${encodeURIComponent(orderUuid)}`);
        const { status, body, retryAfterInSeconds } = response;
        if (status === 429) pauseRequests(retryAfterInSeconds);
        if (status === 404) return { kind: 'unknown' };
        const snapshot = status === 200 ? parseOrder(body, orderUuid) : undefined;
        if (snapshot) return { kind: 'order', snapshot };
        return failure(status === 200 ? 'not_an_order' : `http_${status}`, retryAfterInSeconds);
      } catch (error) {
        if (!(error instanceof ProviderFailureError)) throw error;
        const { reason, wasSent, retryAfterInSeconds } = error;
        if (!wasSent) return paused(reason, retryAfterInSeconds ?? 0);
        if (reason === 'login_http_429') pauseRequests(retryAfterInSeconds);
        return failure(reason, retryAfterInSeconds);
      }
    },
    async notify(orderUuid, itemUuid) {
      const path = `/orders/${encodeURIComponent(orderUuid)}/items/${encodeURIComponent(itemUuid)}/notifications`;
      try {
        const { status } = await request('POST', path);
        if (status >= 200 && status < 300) return { kind: 'accepted' };
        if (status === 400) return { kind: 'no_webhook' };
        return status === 404 ? { kind: 'unknown' } : { kind: 'failure', cause: `http_${status}` };
      } catch (error) {
        if (!(error instanceof ProviderFailureError)) throw error;
        // The body of a 200 is not used, so it need not be JSON.
        return error.reason === 'not_json' ? { kind: 'accepted' } : { kind: 'failure', cause: error.reason };
      }
    },
    async logIn() {
      try {
        await tokens.get(AbortSignal.timeout(timeoutInSeconds * 1000));
        return undefined;
      } catch (error) {
        if (error instanceof ProviderFailureError) return error.message;
        throw error;
      }
    },
  };
};

/** Longest `Retry-After` of a 429 that is honoured. It pauses all requests of this execution environment. */
const MAX_PAUSE_IN_SECONDS = 15 * 60;

const failure = (cause: string, retryAfterInSeconds?: number): ProviderAnswer => ({
  kind: 'failure',
  cause,
  retryAfterInSeconds,
});

const paused = (cause: string, retryAfterInSeconds: number): ProviderAnswer => ({
  kind: 'paused',
  cause,
  retryAfterInSeconds,
});

const identitySchema = z.object({ uuid: z.catch(z.optional(z.string()), undefined) });

/**
 * Reads an order. The published description does not require its UUID, so an answer without one is read if it shows an
 * item; with the UUID of another order, or with neither, it is something else.
 *
 * @returns `undefined` when the answer is not this order
 */
const parseOrder = (body: unknown, orderUuid: string): Snapshot | undefined => {
  const uuid = identitySchema.safeParse(body).data?.uuid?.trim().toLowerCase();
  if (uuid && uuid !== orderUuid) return undefined;
  const snapshot = parseSnapshot(body);
  return uuid || snapshot?.items.length ? snapshot : undefined;
};
