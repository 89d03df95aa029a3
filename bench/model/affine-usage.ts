import type { FunctionName } from '../../test/platform/deployment.ts';
import type { Following } from './direct-model.ts';
import type { FollowedItem } from './scenario.ts';
import type { Usage } from './whole-product.ts';

/** Usage of sample items of each kind, from which the usage of any item is calculated. */
export interface MeasuredKind {
  readonly following: Following;
  readonly usage: Usage;
}

/** Items of one kind differ only in the number of their checks, each of which takes the same. */
export type Kind = 'lost' | 'arrived' | 'overdue lost' | 'overdue arrived';

export const kindOf = (
  { isWebhookLost, confirmedAfter }: FollowedItem,
  maxConfirmationTime: number,
): Kind => {
  const word = isWebhookLost ? 'lost' : 'arrived';
  return confirmedAfter > maxConfirmationTime ? `overdue ${word}` : word;
};

/**
 * The usage of items of one kind as a function of their number of checks.
 *
 * @param few an item with few checks
 * @param many an item with more checks by the same clock
 */
export const usageByChecks = (few: MeasuredKind, many: MeasuredKind): ((checks: number) => Usage) => {
  const [from, to] = [checksOf(few.following), checksOf(many.following)];
  if (to <= from) throw new Error(`Measure items with different numbers of checks, not ${from} and ${to}.`);
  return (checks) => combine(few.usage, many.usage, (checks - from) / (to - from));
};

/** The checks that differ between the items of a kind. */
export const checksOf = ({ watchChecks, reconcilerChecks }: Following): number =>
  watchChecks + reconcilerChecks;

/** What one more check takes. */
export const usageOfOneCheck = (byChecks: (checks: number) => Usage): Usage =>
  mapUsage(byChecks(2), byChecks(1), (two, one) => two - one);

const combine = (few: Usage, many: Usage, share: number): Usage =>
  mapUsage(few, many, (a, b) => a + share * (b - a));

/** Weighted sum of usages. */
export const addUsage = (sum: Usage, usage: Usage, weight = 1): Usage =>
  mapUsage(sum, usage, (a, b) => a + weight * b);

export const scaleUsage = (usage: Usage, factor: number): Usage => mapUsage(usage, usage, (a) => a * factor);

const mapUsage = (one: Usage, other: Usage, change: (a: number, b: number) => number): Usage => {
  const names = [
    ...new Set([...Object.keys(one.invocations), ...Object.keys(other.invocations)]),
  ] as FunctionName[];
  return {
    transitions: change(one.transitions, other.transitions),
    gets: change(one.gets, other.gets),
    writeUnits: change(one.writeUnits, other.writeUnits),
    readUnits: change(one.readUnits, other.readUnits),
    invocations: Object.fromEntries(
      names.map((name) => [name, change(one.invocations[name] ?? 0, other.invocations[name] ?? 0)]),
    ),
    logBytes: change(one.logBytes, other.logBytes),
    httpRequests: change(one.httpRequests, other.httpRequests),
    messages: change(one.messages, other.messages),
    publishes: change(one.publishes, other.publishes),
    delay: change(one.delay, other.delay),
  };
};

export const NO_USAGE: Usage = {
  transitions: 0,
  gets: 0,
  writeUnits: 0,
  readUnits: 0,
  invocations: {},
  logBytes: 0,
  httpRequests: 0,
  messages: 0,
  publishes: 0,
  delay: 0,
};
