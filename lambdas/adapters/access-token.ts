import * as z from 'zod/mini';
import { ProviderTroubleError, requestJson } from './provider-request.ts';
import type { SecretReader } from './secrets.ts';

/** Thrown when the provider refuses our login, or when there is no secret to log in with. */
export class LoginRefusedError extends Error {
  override readonly name = 'LoginRefusedError';
}

export interface AccessTokenOptions {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: SecretReader;
  readonly timeoutInSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Called after each login: whether the provider refused it, or the secret cannot be used. */
  readonly onLogin: (isRefused: boolean) => void;
}

export interface AccessTokens {
  /**
   * A token that is valid for a while yet; callers that ask together share one login.
   * @throws {LoginRefusedError} also for a minute after a refusal, without asking again
   * @throws {ProviderTroubleError} when the login gets no usable answer
   */
  get(deadline: AbortSignal): Promise<string>;
  /** Drops a token that the provider did not accept. */
  forget(token: string): void;
}

/** A refusal is remembered for a minute: wrong credentials do not get better by being repeated. */
const REFUSAL_IN_MILLISECONDS = 60_000;
/** A token is renewed so long before it expires, */
const SPARE_IN_SECONDS = 60;
/** and one that lives hardly longer after this share of its life. */
const SHORT_LIFE_SHARE = 0.5;

const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);

const credentialsSchema = z.object({
  client_id: z.string().check(z.minLength(1)),
  client_secret: z.string().check(z.minLength(1)),
});

const loginSchema = z.object({
  // Anything else cannot be sent in a header, and would be held in vain until it expires.
  access_token: z.string().check(z.regex(/^[!-~]+$/)),
  expires_in: z.number().check(z.positive()),
});

/** Tokens of the provider's API, kept as long as they are valid. */
export const accessTokens = (options: AccessTokenOptions): AccessTokens => {
  const { baseUrl, headers, secret, timeoutInSeconds, now, onLogin } = options;
  let held: { readonly token: string; readonly until: number } | undefined;
  let login: Promise<string> | undefined;
  let refusedUntil = 0;

  const refuse = (message: string): never => {
    refusedUntil = now() + REFUSAL_IN_MILLISECONDS;
    onLogin(true);
    throw new LoginRefusedError(message);
  };

  /** A secret that cannot be read lets nobody in, whatever the reason: the same alarm, and the same minute's rest. */
  const readSecret = async (): Promise<unknown> => {
    try {
      return (await secret.read('AWSCURRENT'))?.value;
    } catch (error) {
      return refuse(
        `The provider secret cannot be read: ${error instanceof Error ? error.name : 'unknown'}.`,
      );
    }
  };

  const logIn = async (): Promise<string> => {
    if (now() < refusedUntil) throw new LoginRefusedError('The provider refused our login a moment ago.');
    const credentials = credentialsSchema.safeParse(await readSecret());
    if (!credentials.success) {
      return refuse('The provider secret is not JSON with client_id and client_secret; fill it in.');
    }
    const { status, body, retryAfterInSeconds } = await requestJson(
      `${baseUrl}/login`,
      {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...credentials.data, grant_type: 'client_credentials' }),
      },
      AbortSignal.timeout(timeoutInSeconds * 1000),
      now(),
    );
    if (REFUSALS.has(status)) return refuse(`The provider refused our login with HTTP ${status}.`);
    const answer = loginSchema.safeParse(body);
    if (status !== 200 || !answer.success) {
      throw new ProviderTroubleError(
        status === 200 ? 'login_unreadable' : `login_http_${status}`,
        retryAfterInSeconds,
      );
    }
    const { access_token: token, expires_in: seconds } = answer.data;
    held = { token, until: now() + usableSeconds(seconds) * 1000 };
    onLogin(false);
    return token;
  };

  return {
    async get(deadline) {
      if (held && now() < held.until) return held.token;
      login ??= logIn().finally(() => {
        login = undefined;
      });
      const token = await login;
      if (deadline.aborted) throw new ProviderTroubleError('timeout');
      return token;
    },
    forget(token) {
      if (held?.token === token) held = undefined;
    },
  };
};

const usableSeconds = (seconds: number): number =>
  Math.max(seconds - SPARE_IN_SECONDS, seconds * SHORT_LIFE_SHARE);
