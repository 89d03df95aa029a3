import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import type { SecretReader, SecretVersion } from './secrets.ts';

export interface WebhookCredentials {
  /**
   * Whether an `Authorization` header carries valid Basic credentials.
   * @throws {Error} when that cannot be told, because the secret cannot be read
   */
  accept(header: string | undefined): Promise<boolean>;
}

export interface WebhookCredentialsOptions {
  readonly secret: SecretReader;
  /** How long the previous version stays valid, counted from the creation of the current one. */
  readonly overlapInSeconds: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** The secret is read again after this or a shorter overlap: no environment knows less than what ended. */
const LONGEST_KEPT_IN_MILLISECONDS = 5 * 60_000;
/** It is read for credentials that are not known, and in trouble, at most this often, whoever sends them. */
const REREAD_IN_MILLISECONDS = 15_000;

const credentialsSchema = z.object({
  username: z.string().check(z.minLength(1)),
  password: z.string().check(z.minLength(1)),
});

/** Credentials as a digest, so that comparing takes the same time whatever their length. */
interface Known {
  readonly digest: Buffer;
  /** Epoch milliseconds. */
  readonly validUntil: number;
}

/**
 * The Basic credentials of the webhook: the current ones, and the previous ones until the overlap after a
 * rotation ends. Secrets Manager keeps the previous version until the next rotation, so the end is our own.
 */
export const webhookCredentials = (options: WebhookCredentialsOptions): WebhookCredentials => {
  const { secret, overlapInSeconds, now = Date.now } = options;
  let known: readonly Known[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  /** Also of a read that failed: callers that are not known do not make us hammer a service in trouble. */
  let triedAt = Number.NEGATIVE_INFINITY;
  const keptInMilliseconds = Math.min(
    Math.max(overlapInSeconds * 1000, REREAD_IN_MILLISECONDS),
    LONGEST_KEPT_IN_MILLISECONDS,
  );

  const readSecret = async (): Promise<void> => {
    triedAt = now();
    const [current, previous] = await Promise.all([secret.read('AWSCURRENT'), secret.read('AWSPREVIOUS')]);
    const overlapEnds = (current?.createdAt.getTime() ?? 0) + overlapInSeconds * 1000;
    known = [...toKnown(current, Number.POSITIVE_INFINITY), ...toKnown(previous, overlapEnds)];
    readAt = now();
  };

  const mayRead = (): boolean => now() - triedAt > REREAD_IN_MILLISECONDS;

  const isKnown = (digest: Buffer): boolean => {
    let found = false;
    for (const { digest: candidate, validUntil } of known) {
      const equal = timingSafeEqual(digest, candidate);
      found ||= equal && now() < validUntil;
    }
    return found;
  };

  return {
    async accept(header) {
      const presented = parseBasic(header);
      if (!presented) return false;
      if (now() - readAt > keptInMilliseconds) {
        // What was known may have ended meanwhile: better no answer, which is repeated, than a wrong one.
        if (!mayRead()) throw new Error('The webhook secret could not be read a moment ago.');
        await readSecret();
      }
      const digest = digestOf(presented);
      if (isKnown(digest)) return true;
      if (!mayRead()) return false;
      await readSecret();
      return isKnown(digest);
    },
  };
};

const digestOf = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

const toKnown = (version: SecretVersion | undefined, validUntil: number): Known[] => {
  const credentials = credentialsSchema.safeParse(version?.value);
  if (!credentials.success) return [];
  const { username, password } = credentials.data;
  return [{ digest: digestOf(Buffer.from(`${username}:${password}`, 'utf8')), validUntil }];
};

/** The bytes of `user:password`, compared as they are: a password may hold `:` and any character. */
const parseBasic = (header: string | undefined): Buffer | undefined => {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '') ?? [];
  return encoded ? Buffer.from(encoded, 'base64') : undefined;
};
