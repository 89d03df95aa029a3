import * as z from 'zod/mini';
import { type MusementOptions, ProviderFailureError, requestJson } from './provider-request.ts';

/** A rejected login is not repeated for a minute. */
const REJECTION_IN_SECONDS = 60;
/**
 * Lifetime of a token if the login does not say it. Most live for an hour; one that expires earlier is renewed when the
 * provider rejects it.
 */
const ASSUMED_LIFETIME_IN_SECONDS = 5 * 60;
/** A token is renewed this long before it expires. */
const RENEWAL_MARGIN_IN_SECONDS = 60;
/** A token that lives for less than twice the margin is renewed after this share of its life. */
const SHORT_LIFE_SHARE = 0.5;

const REJECTIONS: ReadonlySet<number> = new Set([400, 401, 403]);

const credentialsSchema = z.object({
  client_id: z.string().check(z.minLength(1)),
  client_secret: z.string().check(z.minLength(1)),
});

const loginSchema = z.object({
  // Other characters cannot be sent in a header.
  access_token: z.string().check(z.regex(/^[!-~]+$/)),
  expires_in: z.optional(z.unknown()),
});

/** Access tokens of the provider, cached as long as they are valid. */
export const accessTokens = (options: MusementOptions, headers: Readonly<Record<string, string>>) => {
  const { baseUrl, secret, timeoutInSeconds, now = Date.now, onLogin } = options;
  let held: { readonly token: string; readonly until: number } | undefined;
  let login: Promise<string> | undefined;
  let rejectedUntil = 0;

  const rejection = (message: string, wasSent: boolean) => {
    const retryAfterInSeconds = (rejectedUntil - now()) / 1000;
    return new ProviderFailureError('login_rejected', { message, wasSent, retryAfterInSeconds });
  };

  const reject = (message: string, wasSent = false): never => {
    rejectedUntil = now() + REJECTION_IN_SECONDS * 1000;
    onLogin(true);
    throw rejection(message, wasSent);
  };

  /** A secret that cannot be read counts as a rejected login: the same alarm, and no further login for a minute. */
  const readSecret = async (): Promise<unknown> => {
    try {
      return (await secret.read('AWSCURRENT'))?.value;
    } catch (error) {
      return reject(
        `The provider secret cannot be read: ${error instanceof Error ? error.name : 'unknown'}.`,
      );
    }
  };

  const logIn = async (): Promise<string> => {
    if (now() < rejectedUntil) {
      throw rejection('The login was rejected less than a minute ago; it is not repeated yet.', false);
    }
    const credentials = credentialsSchema.safeParse(await readSecret());
    if (!credentials.success) {
      return reject('The provider secret is not JSON with client_id and client_secret; fill it in.');
    }
    const { status, body, retryAfterInSeconds } = await requestJson(
      `${baseUrl}/login`,
      {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...credentials.data, grant_type: 'client_credentials' }),
        isRepeatable: true,
      },
      AbortSignal.timeout(timeoutInSeconds * 1000),
      now(),
    );
    if (REJECTIONS.has(status)) return reject(`The provider rejected the login with HTTP ${status}.`, true);
    const answer = loginSchema.safeParse(body);
    if (status !== 200 || !answer.success) {
      const reason = status === 200 ? 'login_unreadable' : `login_http_${status}`;
      throw new ProviderFailureError(reason, { retryAfterInSeconds });
    }
    const { access_token: token, expires_in: lifetime } = answer.data;
    held = { token, until: now() + usableSeconds(lifetimeOf(lifetime)) * 1000 };
    onLogin(false);
    return token;
  };

  return {
    /**
     * A token that is still valid. Callers that ask at the same time share one login.
     * @throws {ProviderFailureError} when the login gets no usable answer or is rejected; for a minute after a rejection
     * without another login
     */
    async get(deadline: AbortSignal): Promise<string> {
      if (held && now() < held.until) return held.token;
      login ??= logIn().finally(() => {
        login = undefined;
      });
      const token = await login;
      if (deadline.aborted) throw new ProviderFailureError('timeout');
      return token;
    },
    /** Drops a token that the provider did not accept. */
    forget(token: string): void {
      if (held?.token === token) held = undefined;
    },
  };
};

/** The lifetime in seconds: a number, or digits in a string. */
const lifetimeOf = (given: unknown): number => {
  const seconds = typeof given === 'string' && /^\s*\d+\s*$/.test(given) ? Number(given) : given;
  return typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds)
    ? seconds
    : ASSUMED_LIFETIME_IN_SECONDS;
};

const usableSeconds = (seconds: number): number =>
  Math.max(seconds - RENEWAL_MARGIN_IN_SECONDS, seconds * SHORT_LIFE_SHARE);
