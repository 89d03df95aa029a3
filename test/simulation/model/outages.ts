import type { Random } from '../engine/random.ts';

/** A time in which something does not work, in epoch milliseconds. The end is not included. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

const HOUR = 3_600_000;

/** A few outages in a span of time, from minutes to days. */
export const outages = (random: Random, from: number, until: number, longestInHours: number): Outage[] =>
  Array.from({ length: random.integer(1, 2) }, () => {
    const begins = random.between(from, until);
    const lasts = Math.min(random.logNormal(2 * HOUR, longestInHours * HOUR), longestInHours * HOUR);
    return { from: Math.floor(begins), until: Math.floor(begins + lasts) };
  });

/** How much of a span of time outages take, in milliseconds. */
export const overlap = (list: readonly Outage[], from: number, until: number): number =>
  list.reduce(
    (sum, outage) => sum + Math.max(Math.min(outage.until, until) - Math.max(outage.from, from), 0),
    0,
  );
