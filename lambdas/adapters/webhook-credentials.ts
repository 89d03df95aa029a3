import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import type { WebhookCredentials } from '../application/ports.ts';
import type { SecretReader, SecretVersion } from './secrets.ts';

export interface WebhookCredentialsOptions {
  readonly secret: SecretReader;
  /** How long the previous version stays valid, counted from the creation of the current one. */
  readonly overlapInSeconds: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** Longest time for which the secret is cached; less where the overlap is shorter. */
const MAX_CACHE_MILLISECONDS = 5 * 60_000;
/** Smallest gap between two reads of the secret, whatever credentials are presented and whether or not reads fail. */
const MIN_REREAD_MILLISECONDS = 15_000;

const credentialsSchema = z.object({
  username: z.string().check(z.minLength(1)),
  password: z.string().check(z.minLength(1)),
});

/** Accepted credentials as a digest, so that a comparison takes the same time whatever their length. */
interface KnownCredentials {
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
  let known: readonly KnownCredentials[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  /** When a read last started, failed ones included: unknown callers must not make us overload a failing service. */
  let requestedAt = Number.NEGATIVE_INFINITY;
  const cachedForMilliseconds = Math.min(
    Math.max(overlapInSeconds * 1000, MIN_REREAD_MILLISECONDS),
    MAX_CACHE_MILLISECONDS,
  );

  const readSecret = async (): Promise<void> => {
    requestedAt = now();
    const [current, previous] = await Promise.all([secret.read('AWSCURRENT'), secret.read('AWSPREVIOUS')]);
    const overlapEnds = (current?.createdAt.getTime() ?? 0) + overlapInSeconds * 1000;
    known = [...toKnown(current, Number.POSITIVE_INFINITY), ...toKnown(previous, overlapEnds)];
    readAt = now();
  };

  const mayRead = (): boolean => now() - requestedAt > MIN_REREAD_MILLISECONDS;

  const isKnown = (digest: Buffer): boolean =>
    known
      .filter((candidate) => timingSafeEqual(digest, candidate.digest))
      .some(({ validUntil }) => now() < validUntil);

  return {
    async accept(header) {
      const presented = parseBasic(header);
      if (!presented) return false;
      if (now() - readAt > cachedForMilliseconds) {
        // The cached credentials may have expired: an error is repeated by the caller, a wrong answer is not.
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

const toKnown = (version: SecretVersion | undefined, validUntil: number): KnownCredentials[] => {
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
