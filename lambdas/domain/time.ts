/**
 * A moment in UTC with milliseconds, always written the same way (`2026-11-24T10:00:00.000Z`), so that comparing two of
 * them as text compares them in time: in code, in a sort key and in a condition.
 */
export type Instant = string;

export const MILLISECONDS_PER_SECOND = 1000;
export const MINUTE_IN_SECONDS = 60;
export const HOUR_IN_SECONDS = 60 * MINUTE_IN_SECONDS;
export const DAY_IN_SECONDS = 24 * HOUR_IN_SECONDS;

export const toInstant = (epochMilliseconds: number): Instant => new Date(epochMilliseconds).toISOString();

export const toMilliseconds = (instant: Instant): number => Date.parse(instant);

export const plusSeconds = (instant: Instant, seconds: number): Instant =>
  toInstant(toMilliseconds(instant) + seconds * MILLISECONDS_PER_SECOND);

export const secondsBetween = (from: Instant, to: Instant): number =>
  (toMilliseconds(to) - toMilliseconds(from)) / MILLISECONDS_PER_SECOND;

/** Instants are texts, which sort as their times do. */
const isBefore = (one: Instant, other: Instant): boolean => one < other;

export const latest = (...instants: readonly [Instant, ...Instant[]]): Instant =>
  instants.reduce((one, other) => (isBefore(one, other) ? other : one));

export const earliest = (...instants: readonly [Instant, ...Instant[]]): Instant =>
  instants.reduce((one, other) => (isBefore(one, other) ? one : other));

/** The first whole second that is not before an instant. */
export const roundUpToSecond = (instant: Instant): Instant =>
  toInstant(Math.ceil(toMilliseconds(instant) / MILLISECONDS_PER_SECOND) * MILLISECONDS_PER_SECOND);
