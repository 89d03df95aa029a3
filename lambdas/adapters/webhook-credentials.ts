import { hash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import type { WebhookCredentials } from '../application/ports.ts';
import type { SecretReader, SecretVersion } from './secrets.ts';

export interface WebhookCredentialsOptions {
  readonly secret: SecretReader;
  /** How long the previous version stays valid, counted from the creation of the current one. */
  readonly overlapInSeconds: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Called after each read that failed. @default - failed reads are not reported */
  readonly onFailedRead?: (error: unknown) => void;
}

/** Longest time after which what was read is read again; half the overlap where that is shorter. */
const MAX_AGE_IN_MILLISECONDS = 5 * 60_000;
/** Smallest gap between a read and the next one, where credentials are known: unknown callers cannot cause more reads. */
const MIN_GAP_IN_MILLISECONDS = 15_000;
/** Gap after the first failed read where no credentials are known; it doubles up to {@link MIN_GAP_IN_MILLISECONDS}. */
const FIRST_RETRY_IN_MILLISECONDS = 1000;

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
 *
 * What was read as the current version stays valid for the overlap after it was read, whether or not later reads fail: a
 * rotation that came after the read ends it no earlier.
 */
export const webhookCredentials = (options: WebhookCredentialsOptions): WebhookCredentials => {
  const { secret, now = Date.now, onFailedRead = () => {} } = options;
  const overlap = options.overlapInSeconds * 1000;
  const trustedFor = Math.max(overlap, MIN_GAP_IN_MILLISECONDS);
  const staleAfter = Math.min(Math.max(overlap / 2, MIN_GAP_IN_MILLISECONDS), MAX_AGE_IN_MILLISECONDS);

  let known: readonly KnownCredentials[] = [];
  /** When the last read that succeeded began. */
  let readAt = Number.NEGATIVE_INFINITY;
  /** When the last read began, whether or not it succeeded. */
  let attemptedAt = Number.NEGATIVE_INFINITY;
  /** When the last read failed. */
  let failedAt = Number.NEGATIVE_INFINITY;
  /** Number of reads that failed since the last one that succeeded. */
  let failures = 0;

  const read = async (): Promise<void> => {
    attemptedAt = now();
    try {
      const [current, previous] = await Promise.all([secret.read('AWSCURRENT'), secret.read('AWSPREVIOUS')]);
      if (!current) throw new Error('The webhook secret does not exist, or has no current version.');
      known = [
        ...toKnown(current, Number.POSITIVE_INFINITY),
        ...toKnown(previous, current.createdAt.getTime() + overlap),
      ];
      readAt = attemptedAt;
      failures = 0;
    } catch (error) {
      failedAt = now();
      failures += 1;
      onFailedRead(error);
      throw error;
    }
  };

  /** Whether the current version that was read is still valid for certain. */
  const isTrusted = (): boolean => now() < readAt + trustedFor;

  /** Whether the last read failed so recently that the next one has to wait. */
  const mustWait = (): boolean => {
    const doubled = FIRST_RETRY_IN_MILLISECONDS * 2 ** (failures - 1);
    const gap = isTrusted() ? MIN_GAP_IN_MILLISECONDS : Math.min(doubled, MIN_GAP_IN_MILLISECONDS);
    return failures > 0 && now() < failedAt + gap;
  };

  /**
   * Reads the secret again if what is known is old. Afterwards what is known can be trusted.
   * @returns the error of a read that failed just now: then unknown credentials may be the new ones
   * @throws {Error} when what is known cannot be trusted
   */
  const refresh = async (): Promise<unknown> => {
    if (now() < readAt + staleAfter) return undefined;
    if (mustWait()) {
      if (isTrusted()) return undefined;
      throw new Error('The webhook secret could not be read a moment ago.');
    }
    try {
      await read();
      return undefined;
    } catch (error) {
      if (!isTrusted()) throw error;
      return error;
    }
  };

  const isKnown = (digest: Buffer): boolean =>
    known
      .filter((candidate) => timingSafeEqual(digest, candidate.digest))
      .some(({ validUntil }) => now() < validUntil);

  return {
    async accept(header) {
      const presented = parseBasic(header);
      if (!presented) return false;
      const failure = await refresh();
      const digest = digestOf(presented);
      if (isKnown(digest)) return true;
      if (failure) throw failure;
      if (now() < attemptedAt + MIN_GAP_IN_MILLISECONDS) return false;
      await read();
      return isKnown(digest);
    },
  };
};

const digestOf = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');

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
