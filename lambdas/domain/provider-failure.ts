import type { Settings } from '../contracts/settings.ts';
import type { ProviderFailure } from './model.ts';
import {
  DAY_IN_SECONDS,
  earliest,
  HOUR_IN_SECONDS,
  type Instant,
  MINUTE_IN_SECONDS,
  plusSeconds,
  secondsBetween,
} from './time.ts';

/** Largest gap between two checks in the first two hours, and the longest `Retry-After` that is honoured. */
const MAX_SHORT_GAP_IN_SECONDS = 15 * MINUTE_IN_SECONDS;
/** After so long without an answer the order is checked hourly. */
const HOURLY_AFTER_IN_SECONDS = 2 * HOUR_IN_SECONDS;
/** After so long without an answer the order is checked daily. */
const DAILY_AFTER_IN_SECONDS = 7 * DAY_IN_SECONDS;
/** After so long without an answer the order is given up. */
const ABANDONED_AFTER_IN_SECONDS = 180 * DAY_IN_SECONDS;
/** Largest share of a gap that is left to chance, so that orders that failed together do not return together. */
const JITTER = 0.2;

/** One check that got no usable answer, or was postponed. */
export interface FailedCheck {
  /** When its GET was sent, or would have been sent. */
  readonly sentAt: Instant;
  /** When it failed. */
  readonly failedAt: Instant;
  /** How long the provider wants no requests. */
  readonly retryAfterInSeconds?: number | undefined;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * The failure of an order after one more failed check.
 *
 * @param before the failure so far, if the check before failed too
 */
export const addFailure = (
  before: ProviderFailure | undefined,
  check: FailedCheck,
  { retryBaseInSeconds }: Settings,
): ProviderFailure => {
  const { sentAt, failedAt, retryAfterInSeconds = 0, random } = check;
  const count = (before?.count ?? 0) + 1;
  const firstAt = before?.firstAt ?? sentAt;
  const doubled = retryBaseInSeconds * 2 ** Math.min(count - 1, 10) * (1 + JITTER * random);
  // Never sooner than the provider asked for.
  const requested = retryAfterInSeconds * (1 + (JITTER / 4) * random);
  const longGap = longGapAfter(secondsBetween(firstAt, sentAt));
  const wait = longGap
    ? longGap * (1 - JITTER * random)
    : Math.min(Math.max(doubled, requested), MAX_SHORT_GAP_IN_SECONDS);
  return { count, firstAt, lastAt: sentAt, retryAt: plusSeconds(failedAt, wait) };
};

/**
 * The failure of an order after a postponed check: no request was sent, so it is not counted. The order waits for the rest
 * of the pause, and for a random moment more, so that the orders of one pause do not return together.
 *
 * Pauses may follow each other for hours. So that orders do not wake up every few seconds, an order waits for half as long
 * as it has been without an answer, which is as long as its gap was, up to the longest gap of an order that failed.
 *
 * @param before the failure so far, if the check before failed or was postponed
 */
export const postpone = (
  before: ProviderFailure | undefined,
  { sentAt, failedAt, retryAfterInSeconds = 0, random }: FailedCheck,
  { retryBaseInSeconds }: Settings,
): ProviderFailure => {
  const firstAt = before?.firstAt ?? sentAt;
  const waited = secondsBetween(firstAt, sentAt);
  const rest = Math.min(Math.max(retryAfterInSeconds, 1), MAX_SHORT_GAP_IN_SECONDS);
  const gap = longGapAfter(waited) ?? Math.min(waited / 2, MAX_SHORT_GAP_IN_SECONDS);
  const jitter = JITTER * Math.max(rest, retryBaseInSeconds) * random;
  const retryAt = plusSeconds(failedAt, Math.max(rest, gap) + jitter);
  return { count: before?.count ?? 0, firstAt, lastAt: sentAt, retryAt };
};

/** Gaps double from the base to 15 minutes, are an hour after two hours, and a day after a week. */
const longGapAfter = (seconds: number): number | undefined => {
  if (seconds >= DAILY_AFTER_IN_SECONDS) return DAY_IN_SECONDS;
  return seconds >= HOURLY_AFTER_IN_SECONDS ? HOUR_IN_SECONDS : undefined;
};

/** Whether the order is checked only once a day. */
export const isDaily = ({ firstAt, lastAt }: ProviderFailure): boolean =>
  secondsBetween(firstAt, lastAt) >= DAILY_AFTER_IN_SECONDS;

/** Whether the order has been without an answer for so long that it is given up. */
export const isAbandoned = ({ firstAt, lastAt }: ProviderFailure): boolean =>
  secondsBetween(firstAt, lastAt) >= ABANDONED_AFTER_IN_SECONDS;

/** When a fresh hint may cause a check while the provider fails: at the retry, or 15 minutes after the last failed check. */
export const freshHintsWaitUntil = ({ retryAt, lastAt }: ProviderFailure): Instant =>
  earliest(retryAt, plusSeconds(lastAt, MAX_SHORT_GAP_IN_SECONDS));
