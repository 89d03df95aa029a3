import type { Fault } from '../engine/faults.ts';
import type { WorldOptions, WorldResult } from '../world.ts';

/** Runs a world. */
type Run = (options: WorldOptions) => Promise<WorldResult>;

/** Each run takes a fraction of a second. */
const MAX_RUNS = 150;

/**
 * Finds a smaller world in which a promise is still broken: fewer orders, then fewer kinds of faults.
 * @returns the smallest world found
 */
export const shrink = async (
  failing: WorldOptions,
  kinds: readonly Fault[],
  run: Run,
): Promise<WorldOptions> => {
  let runs = 0;
  const fails = async (options: WorldOptions): Promise<boolean> =>
    runs++ < MAX_RUNS && (await run(options)).violations.length > 0;
  const all = failing.only ?? Array.from({ length: failing.orders }, (_, number) => number);
  const only = await fewer(all, (orders) => fails({ ...failing, only: orders }));
  const smaller = only.length < all.length ? { ...failing, only } : failing;
  const without = failing.without ?? [];
  const needed = await fewer(kinds, (some) => fails({ ...smaller, without: allBut(kinds, some, without) }));
  return { ...smaller, without: allBut(kinds, needed, without) };
};

const allBut = (kinds: readonly Fault[], kept: readonly Fault[], without: readonly Fault[]): Fault[] => [
  ...without,
  ...kinds.filter((kind) => !kept.includes(kind)),
];

/** Leaves out parts of a list, large ones first, while the rest still fails. */
const fewer = async <T>(
  list: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> => {
  let kept = list;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const without = [...kept.slice(0, start), ...kept.slice(start + size)];
      if (await fails(without)) kept = without;
      else start += size;
    }
  }
  return kept;
};
