import { Temporal } from 'temporal-polyfill/implementation';
import { type Instant, toInstant, toMilliseconds } from './time.ts';

/** Reads a timestamp with any offset (`+0000`, `+02:00`, `Z`), with or without fractions of a second. */
export const parseTimestamp = (text: unknown): Instant | undefined => {
  if (typeof text !== 'string') return undefined;
  return readInstant(() => Temporal.Instant.from(text).epochMilliseconds);
};

/**
 * Reads the date of an activity. The provider does not document whether it has a time or an offset. Without an offset it
 * is read as UTC, which is precise enough for follow-ups that are days apart.
 */
export const parseActivityDate = (text: unknown): Instant | undefined => {
  if (typeof text !== 'string') return undefined;
  return (
    (MAY_HAVE_OFFSET.test(text) ? parseTimestamp(text) : undefined) ??
    readInstant(() => Temporal.PlainDateTime.from(text).toZonedDateTime('UTC').epochMilliseconds)
  );
};

/**
 * Whether a date may have an offset. Most dates of activities have none: for each of them Temporal would throw an error,
 * which takes longer than reading it.
 */
const MAY_HAVE_OFFSET = /[T ].*[Z+-]/i;

/** Reads an ISO 8601 duration, with or without white space around it; `undefined` when it is negative or none. */
export const parseDuration = (text: unknown): Temporal.Duration | undefined => {
  if (typeof text !== 'string') return undefined;
  const duration = unlessOutOfRange(() => Temporal.Duration.from(text.trim()));
  return duration && duration.sign >= 0 ? duration : undefined;
};

/** Adds a duration in UTC; a day of the month that does not exist becomes the month's last. */
export const addDuration = (instant: Instant, duration: Temporal.Duration): Instant | undefined =>
  unlessOutOfRange(() =>
    toInstant(
      Temporal.Instant.fromEpochMilliseconds(toMilliseconds(instant)).toZonedDateTimeISO('UTC').add(duration)
        .epochMilliseconds,
    ),
  );

/** Years of four digits keep instants comparable as text. */
const EARLIEST = '1970-01-01T00:00:00.000Z';
const LATEST = '9000-01-01T00:00:00.000Z';

/** Temporal throws a RangeError for text that it cannot read and for dates beyond its limits. */
const unlessOutOfRange = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** The instant, unless it is out of range. */
const readInstant = (epochMilliseconds: () => number): Instant | undefined => {
  const instant = unlessOutOfRange(() => toInstant(epochMilliseconds()));
  return instant && instant >= EARLIEST && instant < LATEST ? instant : undefined;
};
