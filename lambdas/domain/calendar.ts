import { Temporal } from 'temporal-polyfill/implementation';
import { type Instant, toInstant } from './time.ts';

/** The instant that a timestamp with any offset names (`+0000`, `+02:00`, `Z`, with or without fractions). */
export const parseTimestamp = (text: unknown): Instant | undefined => {
  if (typeof text !== 'string') return undefined;
  return readInstant(() => Temporal.Instant.from(text).epochMilliseconds);
};

/**
 * The instant that an activity's date stands for. The provider does not document whether it has a time or an
 * offset; without an offset it is read as UTC, which is near enough for looks that are days apart.
 */
export const parseActivityDate = (text: unknown): Instant | undefined => {
  if (typeof text !== 'string') return undefined;
  return (
    parseTimestamp(text) ??
    readInstant(() => Temporal.PlainDateTime.from(text).toZonedDateTime('UTC').epochMilliseconds)
  );
};

/** An ISO 8601 duration that is not negative, or `undefined`. */
export const parseDuration = (text: unknown): Temporal.Duration | undefined => {
  if (typeof text !== 'string') return undefined;
  const duration = unlessOutOfRange(() => Temporal.Duration.from(text));
  return duration && duration.sign >= 0 ? duration : undefined;
};

/** Adds a duration in UTC; a day of the month that does not exist becomes the month's last. */
export const addDuration = (instant: Instant, duration: Temporal.Duration): Instant | undefined =>
  unlessOutOfRange(() =>
    toInstant(
      Temporal.Instant.from(instant).toZonedDateTimeISO('UTC').add(duration).toInstant().epochMilliseconds,
    ),
  );

/** Four digits for a year keep instants comparable as text; nothing that we follow is outside of these. */
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

/** The instant, if it is one that something we follow can have. */
const readInstant = (epochMilliseconds: () => number): Instant | undefined => {
  const instant = unlessOutOfRange(() => toInstant(epochMilliseconds()));
  return instant && instant >= EARLIEST && instant < LATEST ? instant : undefined;
};
