/** When an item is confirmed: the share of items that are confirmed until a time in seconds. */
export type Distribution = (seconds: number) => number;

/** Delay and number of checks of a list of check times, for items that are confirmed before the last check. */
export interface Worth {
  /** Mean time from the confirmation to the next check, in seconds. */
  readonly meanDelay: number;
  /** Mean number of checks of all items: until the one that finds the confirmation, or all of them. */
  readonly meanChecks: number;
}

/** Steps in which a distribution is integrated between two checks. */
const STEPS = 200;

/** Judges check times by a distribution. */
export const worthOf = (checksAt: readonly number[], distribution: Distribution): Worth => {
  const until = checksAt.at(-1) ?? 0;
  const confirmed = distribution(until);
  let [delay, checks, from] = [0, 0, 0];
  for (const check of checksAt) {
    delay += delayBetween(from, check, distribution);
    checks += 1 - distribution(from);
    from = check;
  }
  return { meanDelay: delay / confirmed, meanChecks: checks };
};

/** The integral of `check - x` over the confirmations between two checks: that of the distribution's rise since `from`. */
const delayBetween = (from: number, check: number, distribution: Distribution): number => {
  const [start, step] = [distribution(from), (check - from) / STEPS];
  let sum = 0;
  for (let index = 0; index < STEPS; index++) sum += distribution(from + (index + 0.5) * step) - start;
  return sum * step;
};

/** Candidate times of checks, this many until the deadline: dense where checks are frequent. */
const GRID = 900;

/**
 * The check times that minimize the mean delay for a mean number of checks, found by dynamic programming: the last check
 * is at the deadline. A price per check is weighed against the delay, and raised until the mean number of checks is met.
 */
export const optimalChecks = (
  distribution: Distribution,
  until: number,
  meanChecks: number,
): readonly number[] => {
  const grid = Array.from({ length: GRID + 1 }, (_, index) => until * (index / GRID) ** 2);
  const share = grid.map(distribution);
  // The integral of the distribution up to each time, so that the delay between two times is a difference.
  const integral = [0];
  for (let index = 1; index <= GRID; index++) {
    const [from = 0, to = 0] = [grid[index - 1], grid[index]];
    const middle = distribution((from + to) / 2);
    const area = ((to - from) * ((share[index - 1] ?? 0) + 4 * middle + (share[index] ?? 0))) / 6;
    integral.push((integral[index - 1] ?? 0) + area);
  }
  let [low, high] = [0, until];
  let best: readonly number[] = [until];
  for (let round = 0; round < 40; round++) {
    const price = (low + high) / 2;
    best = cheapest(grid, share, integral, price);
    if (worthOf(best, distribution).meanChecks > meanChecks) low = price;
    else high = price;
  }
  return best;
};

const cheapest = (
  grid: readonly number[],
  share: readonly number[],
  integral: readonly number[],
  price: number,
): readonly number[] => {
  const cost = new Float64Array(GRID + 1);
  const next = new Int32Array(GRID + 1);
  for (let from = GRID - 1; from >= 0; from--) {
    cost[from] = Number.POSITIVE_INFINITY;
    const confirmed = share[from] ?? 0;
    for (let to = from + 1; to <= GRID; to++) {
      const length = (grid[to] ?? 0) - (grid[from] ?? 0);
      const delay = (integral[to] ?? 0) - (integral[from] ?? 0) - confirmed * length;
      const candidate = delay + price * (1 - confirmed) + (cost[to] ?? 0);
      if (candidate < (cost[from] ?? 0)) {
        cost[from] = candidate;
        next[from] = to;
      }
    }
  }
  const checks: number[] = [];
  for (let at = next[0] ?? GRID; ; at = next[at] ?? GRID) {
    checks.push(grid[at] ?? 0);
    if (at === GRID) return checks;
  }
};
