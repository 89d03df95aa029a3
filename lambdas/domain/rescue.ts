import type { Settings } from '../contracts/settings.ts';
import { DAY_IN_SECONDS, HOUR_IN_SECONDS } from './time.ts';

const MAX_BACKOFF_IN_SECONDS = 4 * HOUR_IN_SECONDS;

/** A record that the reconciler claimed this often without success is parked: it is claimed once a day. */
export const MAX_RESCUES_BEFORE_PARKING = 20;

/**
 * Seconds until the reconciler claims a record again, if nothing else handles it: the wait doubles up to 4 hours, and
 * is a day for a parked record.
 *
 * @param rescueCount how often it was claimed since the last success, at least 1
 */
export const rescueBackoff = (rescueCount: number, { rescueBackoffInSeconds }: Settings): number =>
  rescueCount >= MAX_RESCUES_BEFORE_PARKING
    ? DAY_IN_SECONDS
    : Math.min(rescueBackoffInSeconds * 2 ** (rescueCount - 1), MAX_BACKOFF_IN_SECONDS);
