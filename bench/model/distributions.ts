import { DAY_IN_SECONDS, HOUR_IN_SECONDS } from '../../lambdas/domain/time.ts';
import type { Distribution } from './optimal-checks.ts';

/** Distribution function of the normal distribution, to seven digits. @see Abramowitz and Stegun, 26.2.17 */
const normal = (x: number): number => {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return x < 0 ? tail : 1 - tail;
};

/** Log-normal by its median and its 95th percentile. */
export const logNormal =
  (median: number, percentile95: number): Distribution =>
  (seconds) =>
    seconds <= 0 ? 0 : normal(Math.log(seconds / median) / (Math.log(percentile95 / median) / 1.6449));

/** Hours of the day in which activity providers answer. */
const OFFICE = { from: 9 * HOUR_IN_SECONDS, to: 18 * HOUR_IN_SECONDS };

/**
 * The same work as another distribution, done in office hours only: the clock of the work stands still at night. The
 * payment may be at any hour of the day.
 */
export const inOfficeHours = (work: Distribution): Distribution => {
  const hours = Array.from({ length: 24 }, (_, hour) => (hour + 0.5) * HOUR_IN_SECONDS);
  return (seconds) =>
    hours.reduce((sum, paidAt) => sum + work(worked(paidAt + seconds) - worked(paidAt)), 0) / hours.length;
};

/** Seconds of office hours since the midnight of the first day. */
const worked = (seconds: number): number => {
  const day = OFFICE.to - OFFICE.from;
  const today = Math.min(Math.max((seconds % DAY_IN_SECONDS) - OFFICE.from, 0), day);
  return Math.floor(seconds / DAY_IN_SECONDS) * day + today;
};

/** The distributions by which the schedule is judged. */
export const DISTRIBUTIONS: readonly { readonly name: string; readonly distribution: Distribution }[] = [
  { name: 'median 2 h, 95 % in 24 h', distribution: logNormal(2 * HOUR_IN_SECONDS, 24 * HOUR_IN_SECONDS) },
  {
    name: 'early: median 20 min, 95 % in 6 h',
    distribution: logNormal(HOUR_IN_SECONDS / 3, 6 * HOUR_IN_SECONDS),
  },
  {
    name: 'office hours: median 2 working hours, 95 % in 12',
    distribution: inOfficeHours(logNormal(2 * HOUR_IN_SECONDS, 12 * HOUR_IN_SECONDS)),
  },
];
