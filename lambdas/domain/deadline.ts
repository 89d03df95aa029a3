import type { Settings } from '../contracts/settings.ts';
import { addDuration, parseDuration } from './calendar.ts';
import { hasConfirmationDeadline } from './status.ts';
import { DAY_IN_SECONDS, type Instant, plusSeconds } from './time.ts';

/** A longer confirmation time counts as unusable: no activity provider takes more than a year. */
const MAX_CONFIRMATION_TIME_IN_SECONDS = 365 * DAY_IN_SECONDS;

/** The time by which an open item should be confirmed. */
export interface Deadline {
  readonly confirmBy: Instant;
  /** Whether the product's `max_confirmation_time` is unusable, so that the default was used. */
  readonly unusable: boolean;
}

/**
 * The deadline of an item that entered an open status.
 *
 * @param maxConfirmationTime ISO 8601 duration; zero in any spelling is an instant confirmation
 * @see https://partner-api.musement.com/api/catalog/activities/instant-vs-need-confirmation
 */
export const confirmationDeadline = (
  status: string,
  openedAt: Instant,
  maxConfirmationTime: unknown,
  settings: Settings,
): Deadline => {
  if (!hasConfirmationDeadline(status)) {
    return { confirmBy: plusSeconds(openedAt, settings.resolutionWindowInSeconds), unusable: false };
  }
  const duration = parseDuration(maxConfirmationTime);
  if (duration?.blank) {
    return { confirmBy: plusSeconds(openedAt, settings.instantGraceInSeconds), unusable: false };
  }
  const confirmBy = duration && addDuration(openedAt, duration);
  if (!confirmBy || confirmBy > plusSeconds(openedAt, MAX_CONFIRMATION_TIME_IN_SECONDS)) {
    return { confirmBy: plusSeconds(openedAt, settings.defaultConfirmationTimeInSeconds), unusable: true };
  }
  return { confirmBy, unusable: false };
};
