import type { Settings } from '../contracts/settings.ts';
import { addDuration, parseDuration } from './calendar.ts';
import { hasConfirmationDeadline } from './status.ts';
import { DAY_IN_SECONDS, type Instant, plusSeconds } from './time.ts';

/**
 * Longest confirmation time that is believed: an execution of Step Functions lives for a year at most.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const LONGEST_CONFIRMATION_IN_SECONDS = 365 * DAY_IN_SECONDS;

export interface Deadline {
  readonly confirmBy: Instant;
  /** The product's `max_confirmation_time` could not be used, so the default stands in for it. */
  readonly unusable: boolean;
}

/**
 * Until when an item that entered an open status should have left it.
 *
 * @param maxConfirmationTime ISO 8601 duration; zero, however it is written, is an instant confirmation
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
  if (!confirmBy || confirmBy > plusSeconds(openedAt, LONGEST_CONFIRMATION_IN_SECONDS)) {
    return { confirmBy: plusSeconds(openedAt, settings.defaultConfirmationInSeconds), unusable: true };
  }
  return { confirmBy, unusable: false };
};
