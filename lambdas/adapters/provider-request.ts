import type { SecretReader } from './secrets.ts';

/** How the provider is reached. */
export interface MusementOptions {
  /** Such as `https://api.musement.com/api/v3`, without a trailing slash. */
  readonly baseUrl: string;
  /** Value of the `X-Musement-Application` header. */
  readonly application: string;
  /** Value of the `Accept-Language` header. @default 'en-US' */
  readonly acceptLanguage?: string;
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
  /** Whether a request was sent. Otherwise it says nothing of the provider. */
  readonly wasSent: boolean;

  constructor(
    reason: string,
    more: {
      readonly message?: string;
      readonly retryAfterInSeconds?: number | undefined;
      readonly wasSent?: boolean;
    } = {},
  ) {
    super(more.message ?? `The provider gave no usable answer: ${reason}.`);
    this.reason = reason;
    this.retryAfterInSeconds = more.retryAfterInSeconds;
    this.wasSent = more.wasSent ?? true;
  }
}

/** A request to the provider. */
export interface ProviderRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether it may be sent twice. It is, at once, if its connection breaks before an answer comes. */
  readonly isRepeatable?: boolean;
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
 * @throws {Error} for a fault of our own, which says nothing of the provider
 */
export const requestJson = async (
  url: string,
  request: ProviderRequest,
  signal: AbortSignal,
  now: number,
): Promise<JsonResponse> => {
  try {
    const response = await send(url, request, signal);
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

/**
 * A connection is used for one request. While a function is frozen, nobody notices that a kept one was closed or forgotten
 * by the other side, and the first request after that would fail, or wait for its timeout. Checks are so far apart that a
 * kept connection would hardly ever be used again.
 */
const CONNECTION = { Connection: 'close' };

/**
 * Codes of a connection that broke before an answer came, and of a network that was not there for a moment, as right after
 * a function was frozen. A refused connection is not among them: to repeat that at once would only add to an outage.
 */
const REPEATED: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'EAI_AGAIN',
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);

const send = async (
  url: string,
  { isRepeatable = false, headers, ...request }: ProviderRequest,
  signal: AbortSignal,
): Promise<Response> => {
  const sendOnce = () =>
    fetch(url, { ...request, headers: { ...headers, ...CONNECTION }, signal, redirect: 'error' });
  try {
    return await sendOnce();
  } catch (error) {
    if (!isRepeatable || !REPEATED.has(codeOf(error))) throw error;
    return await sendOnce();
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

const reasonOf = (error: unknown): string | undefined => {
  if (error instanceof ProviderFailureError) return error.reason;
  if (error instanceof DOMException) return error.name === 'TimeoutError' ? 'timeout' : 'aborted';
  if (error instanceof SyntaxError) return 'not_json';
  return isConnectionFailure(error) ? 'connection' : undefined;
};

/** Codes of a function that has no file descriptors or memory left, or got a URL that is none. */
const OWN_FAULTS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ERR_INVALID_URL']);

/**
 * `fetch` reports a failed connection, a broken body and a redirect as a TypeError with a cause. A TypeError without one is
 * a mistake in our own code.
 */
const isConnectionFailure = (error: unknown): boolean =>
  error instanceof TypeError && error.cause instanceof Error && !OWN_FAULTS.has(codeOf(error));

/** The system's code of the cause of an error; empty when it has none. */
const codeOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
};

/** `Retry-After` is a number of seconds or an HTTP date; anything else is ignored. */
export const parseRetryAfter = (value: string | null, now: number): number | undefined => {
  if (!value) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value);
  // An HTTP date begins with the day's name; Date.parse alone would read almost anything.
  const date = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max((date - now) / 1000, 0);
};
