import type { SecretReader } from './secrets.ts';

/** How the provider is reached. */
export interface MusementOptions {
  /** Such as `https://api.musement.com/api/v3`, without a trailing slash. */
  readonly baseUrl: string;
  /** Value of the `X-Musement-Application` header. */
  readonly application: string;
  readonly secret: SecretReader;
  /** Timeout of one request. */
  readonly timeoutInSeconds: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Called after each login with whether it was rejected, by the provider or because the secret is unusable. */
  readonly onLogin: (isRejected: boolean) => void;
}

/** Thrown when a request to the provider gets no usable answer, or cannot be sent without a login. It may succeed later. */
export class ProviderFailureError extends Error {
  override readonly name = 'ProviderFailureError';
  /** A word or two, such as `timeout`. */
  readonly reason: string;
  readonly retryAfterInSeconds: number | undefined;

  constructor(
    reason: string,
    more: { readonly message?: string; readonly retryAfterInSeconds?: number | undefined } = {},
  ) {
    super(more.message ?? `The provider gave no usable answer: ${reason}.`);
    this.reason = reason;
    this.retryAfterInSeconds = more.retryAfterInSeconds;
  }
}

/** An answer of the provider. */
export interface JsonResponse {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterInSeconds: number | undefined;
}

/** An order of fifty items has a few hundred kilobytes. */
const MAX_BODY_BYTES = 5 * 1024 * 1024;

/**
 * Sends a request to the provider and reads the answer. Redirects are not followed: they would carry our
 * credentials elsewhere.
 *
 * @param signal ends request and reading
 * @param now epoch milliseconds, for a `Retry-After` that is a date
 * @throws {ProviderFailureError} for a failed connection, a timeout, a body that is too long, and a 200 whose
 * body is not JSON
 */
export const requestJson = async (
  url: string,
  init: Pick<RequestInit, 'method' | 'headers' | 'body'>,
  signal: AbortSignal,
  now: number,
): Promise<JsonResponse> => {
  try {
    const response = await fetch(url, { ...init, signal, redirect: 'error' });
    const text = await readText(response);
    return {
      status: response.status,
      body: response.status === 200 ? sanitized(JSON.parse(text)) : undefined,
      retryAfterInSeconds: parseRetryAfter(response.headers.get('Retry-After'), now),
    };
  } catch (error) {
    const reason = reasonOf(error);
    // Without the cause: a JSON parser's message quotes the body, which may hold personal data.
    if (reason) throw new ProviderFailureError(reason);
    throw error;
  }
};

/** No field that is used lies deeper. Following deeper values could exhaust the stack. */
const MAX_JSON_DEPTH = 32;
/** A signed URL has two kilobytes. A much longer text would not fit into a record or a message. */
const MAX_TEXT_CHARACTERS = 8192;

/**
 * A parsed answer without values that could do harm. Texts that are too long and values that are nested too deep become
 * `null`, as if the provider had left them out. Unpaired surrogates, which DynamoDB rejects, are replaced.
 */
const sanitized = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return value.length > MAX_TEXT_CHARACTERS ? null : value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_JSON_DEPTH) return null;
  if (Array.isArray(value)) return value.map((entry) => sanitized(entry, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, sanitized(entry, depth + 1)]));
};

const readText = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new ProviderFailureError('body_too_long');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
};

/** `fetch` reports a failed connection, a broken body and a redirect as a TypeError. */
const reasonOf = (error: unknown): string | undefined => {
  if (error instanceof ProviderFailureError) return error.reason;
  if (error instanceof DOMException) return error.name === 'TimeoutError' ? 'timeout' : 'aborted';
  if (error instanceof SyntaxError) return 'not_json';
  return error instanceof TypeError ? 'connection' : undefined;
};

/** `Retry-After` is a number of seconds or an HTTP date; anything else is ignored. */
export const parseRetryAfter = (value: string | null, now: number): number | undefined => {
  if (!value) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value);
  // An HTTP date begins with the day's name; Date.parse alone would read almost anything.
  const date = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max((date - now) / 1000, 0);
};
