import type { Settings } from '../contracts/settings.ts';
import { type Instant, plusSeconds } from './time.ts';

/** Longest wait that provider trouble causes, and the longest `Retry-After` that is honoured. */
const LONGEST_TROUBLE_GAP_IN_SECONDS = 15 * 60;

/** How much longer an order may wait, so that many do not come back in one second. */
const JITTER = 0.2;

/**
 * When to ask again after provider trouble: gaps double up to 15 minutes; a longer `Retry-After` wins up to
 * the same limit.
 *
 * @param troubles how many looks in a row got no answer, this one included
 * @param random in [0, 1)
 */
export const askAgainAfter = (
  now: Instant,
  troubles: number,
  retryAfterInSeconds: number | undefined,
  random: number,
  settings: Pick<Settings, 'troubleGapInSeconds'>,
): Instant => {
  const gap = settings.troubleGapInSeconds * 2 ** Math.min(troubles - 1, 10) * (1 + JITTER * random);
  const asked = (retryAfterInSeconds ?? 0) * (1 + (JITTER / 4) * random);
  return plusSeconds(now, Math.min(Math.max(gap, asked), LONGEST_TROUBLE_GAP_IN_SECONDS));
};
