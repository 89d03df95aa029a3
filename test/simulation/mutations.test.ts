import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDeployment } from '../platform/deployment.ts';
import { type KnownMutation, MUTATIONS } from './mutations.ts';
import { WorkerPool } from './runner/workers.ts';
import type { WorldOptions } from './world.ts';

/** Orders of a world, if a mutation does not say otherwise. */
const ORDERS = 20;

/** When a change of the product has made a known world useless, this number of others is searched. */
const WORLDS_TO_SEARCH = 60;

/** The stack may have to be synthesized first, on a busy machine. */
const SYNTHESIS_TIMEOUT = 120_000;

let pool: WorkerPool;
beforeAll(async () => {
  const mutable = MUTATIONS.flatMap(({ replacements }) =>
    replacements.map(({ module, name }) => ({ module, name })),
  );
  const distinct = new Map(mutable.map((fn) => [`${fn.module} ${fn.name}`, fn]));
  pool = new WorkerPool(2, { deployment: await readDeployment(), mutable: [...distinct.values()] });
}, SYNTHESIS_TIMEOUT);
afterAll(() => pool.stop());

const knownWorld = ({ world, only, worlds }: KnownMutation): WorldOptions => ({
  orders: ORDERS,
  ...worlds,
  seed: `${world}`,
  only,
});

const isNoticed = async (mutation: KnownMutation): Promise<boolean> => {
  const { name, worlds } = mutation;
  const breaksPromise = async (world: WorldOptions): Promise<boolean> =>
    (await pool.run(world, name)).violations.length > 0;
  if (await breaksPromise(knownWorld(mutation))) return true;
  for (let number = 0; number < WORLDS_TO_SEARCH; number++) {
    if (!(await breaksPromise({ orders: ORDERS, ...worlds, seed: `${number}` }))) continue;
    console.warn(`"${name}" breaks no promise in its known world any more, but in world ${number}.`);
    return true;
  }
  return false;
};

describe.concurrent('the simulation notices that', () => {
  test.each(MUTATIONS)('$name', { timeout: 120_000 }, async (mutation) => {
    expect(await isNoticed(mutation), 'no promise was broken').toBe(true);
  });
});

test('the product as it is breaks no promise in the same worlds', { timeout: 120_000 }, async () => {
  const results = await Promise.all(MUTATIONS.map((mutation) => pool.run(knownWorld(mutation))));
  expect(results.flatMap(({ violations }) => violations)).toEqual([]);
});
