import type { Settings } from '../contracts/settings.ts';
import { DAY_IN_SECONDS } from './time.ts';

/** Longest wait of a record that was taken up in vain, */
const LONGEST_BACK_OFF_IN_SECONDS = 4 * 60 * 60;
/** until so many claims without success park it: from then on it is tried once a day. */
export const CLAIMS_UNTIL_PARKED = 20;

/**
 * How long a record waits for its next claim: the wait doubles up to 4 hours, and is a day for what is parked.
 *
 * @param claims how often it was taken up without success
 */
export const claimBackOff = (
  claims: number,
  { claimBackOffInSeconds }: Pick<Settings, 'claimBackOffInSeconds'>,
): number => {
  if (claims === 0) return 0;
  return claims >= CLAIMS_UNTIL_PARKED
    ? DAY_IN_SECONDS
    : Math.min(claimBackOffInSeconds * 2 ** (claims - 1), LONGEST_BACK_OFF_IN_SECONDS);
};
