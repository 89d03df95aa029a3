import * as z from 'zod/mini';
import type { Provider, ProviderAnswer } from '../domain/ports.ts';
import { parseSnapshot } from '../domain/snapshot.ts';
import { accessTokens, LoginRefusedError } from './access-token.ts';
import { ProviderTroubleError, requestJson } from './provider-request.ts';
import type { SecretReader } from './secrets.ts';

/** Version of the provider's API that we speak. */
const API_VERSION = '3.4.0';

export interface MusementOptions {
  /** Such as `https://api.musement.com/api/v3`, without a trailing slash. */
  readonly baseUrl: string;
  /** Value of the `X-Musement-Application` header. */
  readonly application: string;
  readonly secret: SecretReader;
  /** Longest wait for one answer. */
  readonly timeoutInSeconds: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Called after each login: whether the provider refused it, or the secret cannot be used. */
  readonly onLogin: (isRefused: boolean) => void;
}

/** What came of asking the provider to send an item's webhook again. */
export type NotifyAnswer =
  | { readonly kind: 'accepted' }
  /** The provider has no webhook configured for us (400): repeating it changes nothing. */
  | { readonly kind: 'no_webhook' }
  /** The provider does not know the item (404). */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'trouble'; readonly cause: string };

/** What only operators do at the provider. */
export interface ProviderOperations {
  /** Asks the provider to send the item's webhook again. */
  notify(orderUuid: string, itemUuid: string): Promise<NotifyAnswer>;
  /**
   * Logs in anew.
   * @returns `undefined`, or why not
   */
  logIn(): Promise<string | undefined>;
}

/**
 * The provider's API.
 * @see https://partner-api.musement.com/api/getting-started/authentication
 */
export const musementProvider = (options: MusementOptions): Provider & ProviderOperations => {
  const { baseUrl, application, timeoutInSeconds, now = Date.now } = options;
  const headers = { 'X-Musement-Application': application, 'X-Musement-Version': API_VERSION };
  const tokens = accessTokens({ ...options, headers, now });
  let askAgainAt = 0;

  const beSilent = (retryAfterInSeconds = 0): void => {
    const silence = Math.min(retryAfterInSeconds, LONGEST_SILENCE_IN_SECONDS) * 1000;
    askAgainAt = Math.max(askAgainAt, now() + silence);
  };

  const requestOnce = async (method: string, path: string, deadline: AbortSignal) => {
    const token = await tokens.get(deadline);
    const response = await requestJson(
      `${baseUrl}${path}`,
      { method, headers: { ...headers, Authorization: `Bearer ${token}` } },
      AbortSignal.any([deadline, AbortSignal.timeout(timeoutInSeconds * 1000)]),
      now(),
    );
    if (response.status === 401) tokens.forget(token);
    return response;
  };

  const request = async (method: string, path: string) => {
    const deadline = AbortSignal.timeout(timeoutInSeconds * 2 * 1000);
    const response = await requestOnce(method, path, deadline);
    // The token may have expired on the way: one new login, one repetition.
    return response.status === 401 ? await requestOnce(method, path, deadline) : response;
  };

  return {
    async getOrder(orderUuid) {
      if (now() < askAgainAt) {
        return { kind: 'trouble', cause: 'retry_after', retryAfterInSeconds: (askAgainAt - now()) / 1000 };
      }
      try {
        const response = await request('GET', `/orders/${encodeURIComponent(orderUuid)}`);
        const { status, retryAfterInSeconds } = response;
        if (status === 429) beSilent(retryAfterInSeconds);
        if (status === 404) return { kind: 'unknown' };
        const snapshot = status === 200 ? parseOrder(response.body, orderUuid) : undefined;
        if (snapshot) return { kind: 'order', snapshot };
        return trouble(status === 200 ? 'unreadable' : `http_${status}`, retryAfterInSeconds);
      } catch (error) {
        if (error instanceof LoginRefusedError) return trouble('login_refused');
        if (!(error instanceof ProviderTroubleError)) throw error;
        if (error.reason === 'login_http_429') beSilent(error.retryAfterInSeconds);
        return trouble(error.reason, error.retryAfterInSeconds);
      }
    },
    async notify(orderUuid, itemUuid) {
      const path = `/orders/${encodeURIComponent(orderUuid)}/items/${encodeURIComponent(itemUuid)}/notifications`;
      try {
        const { status } = await request('POST', path);
        if (status >= 200 && status < 300) return { kind: 'accepted' };
        if (status === 400) return { kind: 'no_webhook' };
        return status === 404 ? { kind: 'unknown' } : { kind: 'trouble', cause: `http_${status}` };
      } catch (error) {
        if (error instanceof LoginRefusedError) return { kind: 'trouble', cause: 'login_refused' };
        if (!(error instanceof ProviderTroubleError)) throw error;
        // Nobody reads the body of a 200, so it need not be JSON.
        return error.reason === 'not_json' ? { kind: 'accepted' } : { kind: 'trouble', cause: error.reason };
      }
    },
    async logIn() {
      try {
        await tokens.get(AbortSignal.timeout(timeoutInSeconds * 1000));
        return undefined;
      } catch (error) {
        if (error instanceof LoginRefusedError || error instanceof ProviderTroubleError) return error.message;
        throw error;
      }
    },
  };
};

/** A 429 stops this environment's requests for as long as it asks, up to the limit that a look honours. */
const LONGEST_SILENCE_IN_SECONDS = 15 * 60;

const trouble = (cause: string, retryAfterInSeconds?: number): ProviderAnswer => ({
  kind: 'trouble',
  cause,
  ...(retryAfterInSeconds !== undefined && { retryAfterInSeconds }),
});

const identitySchema = z.object({ uuid: z.string() });

/** An answer that names another order is no answer. */
const parseOrder = (body: unknown, orderUuid: string) => {
  const identity = identitySchema.safeParse(body);
  if (identity.success && identity.data.uuid.toLowerCase() !== orderUuid) return undefined;
  return parseSnapshot(body);
};
