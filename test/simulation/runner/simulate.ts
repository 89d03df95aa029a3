import type { Deployment } from '../../platform/deployment.ts';
import type { WorldOptions } from '../world.ts';
import { describeFailure, Totals } from './report.ts';
import { shrink } from './shrink.ts';
import { runWorlds, WorkerPool } from './workers.ts';

export interface SimulationOptions {
  readonly orders: number;
  readonly seed: string;
  readonly ordersPerWorld: number;
  readonly threads: number;
  readonly onProgress?: (totals: Totals) => void;
}

export interface SimulationResult {
  readonly totals: Totals;
  /** The first broken promise, shrunk, with its history and how to replay it. */
  readonly failure?: string;
}

/** Runs worlds until a number of orders is reached, or until a promise is broken. */
export const simulate = async (
  deployment: Deployment,
  { orders, seed, ordersPerWorld, threads, onProgress }: SimulationOptions,
): Promise<SimulationResult> => {
  const totals = new Totals();
  let failing: { options: WorldOptions; kinds: Parameters<typeof shrink>[1] } | undefined;
  await runWorlds(worlds(orders, seed, ordersPerWorld), threads, { deployment }, (result, options) => {
    totals.add(result);
    onProgress?.(totals);
    if (result.violations.length === 0) return 'go on';
    failing ??= { options, kinds: result.kinds };
    return 'stop';
  });
  return failing
    ? { totals, failure: await explain(deployment, failing.options, failing.kinds) }
    : { totals };
};

function* worlds(orders: number, seed: string, ordersPerWorld: number): Generator<WorldOptions> {
  for (let number = 0, left = orders; left > 0; number++, left -= ordersPerWorld) {
    yield { seed: `${seed}/${number}`, orders: Math.min(ordersPerWorld, left) };
  }
}

/** Shrinks a failing world and describes it, with its history. */
const explain = async (
  deployment: Deployment,
  options: WorldOptions,
  kinds: Parameters<typeof shrink>[1],
): Promise<string> => {
  const pool = new WorkerPool(1, { deployment });
  try {
    const smallest = await shrink(options, kinds, (smaller) => pool.run(smaller));
    return describeFailure(await pool.run({ ...smallest, history: true }), smallest);
  } finally {
    await pool.stop();
  }
};
