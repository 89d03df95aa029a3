import { billedSeconds, PRICES, temporalCost } from '../prices.ts';

/** An alternative to the product: when it checks an item, and what these checks cost. */
export interface Alternative {
  readonly name: string;
  /** The assumptions behind the figures. */
  readonly assumes: string;
  /** Seconds after the payment, ascending, until the deadline. */
  readonly checksAt: readonly number[];
  /** Whether a webhook ends the checks; a plain loop finds out only when it asks. */
  readonly webhookEndsChecks: boolean;
  /** Cost in dollars of a number of items with this number of checks in total. */
  readonly cost: (items: number, checks: number) => number;
}

/** Costs that are the same for every alternative, in dollars. */
export interface OwnCosts {
  /** Everything but the checks: the webhook, the first check, the events, the storage. */
  readonly perItem: number;
  /** A check without Step Functions: the function, its reads and writes, its logs. */
  readonly perCheck: number;
}

/** Checks at equal intervals in seconds, until the deadline. */
const everySeconds = (gap: number, until: number): number[] =>
  Array.from({ length: Math.floor(until / gap) }, (_, index) => (index + 1) * gap);

/**
 * What the product does, with n checks instead of 24: evenly spaced roots from the first check, after a hundredth of the
 * time or half an hour, to the deadline.
 */
export const productLaw = (count: number, until: number): number[] => {
  const first = Math.sqrt(Math.min(until / 100, 1800));
  const step = (Math.sqrt(until) - first) / (count - 1);
  return Array.from({ length: count }, (_, index) => (first + index * step) ** 2);
};

/** The k-th of n checks at `T · (k/n)²`. */
export const squareSchedule = (count: number, until: number): number[] =>
  Array.from({ length: count }, (_, index) => until * ((index + 1) / count) ** 2);

/** The first check after `first` seconds, each gap longer than the one before by the same factor, n checks in all. */
export const geometric = (first: number, count: number, until: number): number[] => {
  const lengthWith = (factor: number): number =>
    factor === 1 ? first * count : (first * (factor ** count - 1)) / (factor - 1);
  let [low, high] = [1, 10];
  for (let round = 0; round < 100; round++) {
    const middle = (low + high) / 2;
    if (lengthWith(middle) > until) high = middle;
    else low = middle;
  }
  return Array.from({ length: count }, (_, index) =>
    Math.min((first * (low ** (index + 1) - 1)) / (low - 1), until),
  );
};

/** How many checks were made until the item was found, and how late that was. */
export const findBy = (
  checksAt: readonly number[],
  confirmedAfter: number,
  endsWithWebhook: boolean,
): { readonly checks: number; readonly delay: number | undefined } => {
  const before = countBelow(checksAt, confirmedAfter);
  if (endsWithWebhook) return { checks: before, delay: 0 };
  const found = checksAt[before];
  return {
    checks: Math.min(before + 1, checksAt.length),
    delay: found === undefined ? undefined : found - confirmedAfter,
  };
};

/** How many of some ascending numbers are below a limit. */
const countBelow = (numbers: readonly number[], limit: number): number => {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** History events that an execution may have, and those of one turn of a loop: 2 of Wait, 5 of the task, 2 of Choice. */
const MAX_HISTORY_EVENTS = 25_000;
const EVENTS_PER_TURN = 9;

/** How long a loop in Step Functions can live. */
export const lifeOfLoop = (gap: number): number => Math.floor(MAX_HISTORY_EVENTS / EVENTS_PER_TURN) * gap;

/** A loop of Wait, Lambda and Choice, which stores its result once. */
export const loop = (name: string, gap: number, until: number): Alternative => ({
  name,
  assumes: `Wait, Lambda, Choice: three transitions a check, a check of 0.47 s at 256 MB and 500 bytes of logs; nothing is stored but the result`,
  checksAt: everySeconds(gap, Math.min(until, lifeOfLoop(gap))),
  webhookEndsChecks: false,
  cost: (items, checks) =>
    (2 * items + 3 * checks) * PRICES.stateTransition + checks * BARE_CHECK + items * 2 * PRICES.writeUnit,
});

/** A check by a bare function, in dollars. */
const BARE_CHECK =
  PRICES.lambdaRequest +
  billedSeconds(256, true) * 0.25 * PRICES.lambdaGigabyteSecond +
  500e-9 * PRICES.logGigabyte;

/** The same checks and the same storage as the product's, with another clock than Step Functions. */
export const otherClocks = (checksAt: readonly number[], own: OwnCosts): readonly Alternative[] => [
  {
    name: 'EventBridge Scheduler, one-shots',
    assumes:
      'the same checks and storage; each check is a schedule that invokes the function and creates the next one',
    checksAt,
    webhookEndsChecks: true,
    cost: (items, checks) => items * own.perItem + checks * (own.perCheck + PRICES.scheduledInvocation),
  },
  {
    name: 'Lambda durable functions',
    assumes:
      'the same checks and storage; a wait and a step for each check, one more operation for the start, 1 KB written by each, kept for the 14 days that are the default',
    checksAt,
    webhookEndsChecks: true,
    cost: (items, checks) => {
      const operations = items + 2 * checks;
      const gigabytes = (operations * 1024) / 1e9;
      return (
        items * own.perItem +
        checks * own.perCheck +
        operations * PRICES.durableOperation +
        gigabytes * (PRICES.durableGigabyteWritten + PRICES.durableGigabyteMonth / 2)
      );
    },
  },
  {
    name: 'Temporal Cloud',
    assumes:
      'the same checks and storage; a start, a signal of the webhook, and a timer and an activity for each check, all in one month; workers run on Lambda for the price of the checks; with the cheaper of the plans Developer and Business; storage is left out',
    checksAt,
    webhookEndsChecks: true,
    cost: (items, checks) =>
      items * own.perItem + checks * own.perCheck + temporalCost(2 * items + 2 * checks),
  },
];
