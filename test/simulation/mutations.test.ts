import { beforeAll, describe, expect, test } from 'vitest';
import { type Deployment, readDeployment } from '../platform/deployment.ts';
import { EFFORT, type KnownMutation, LEASE_OFF, MUTATIONS } from './mutations.ts';
import { WorldWorker } from './runner/workers.ts';
import type { WorldOptions, WorldResult } from './world.ts';

const ORDERS = 20;

/** Where a change of the product has moved a mistake out of its known world, it is looked for in so many. */
const WORLDS_TO_SEARCH = 60;

let deployment: Deployment;
beforeAll(async () => {
  deployment = await readDeployment();
});

const worldsOf = ({ world, only, worlds = {}, ignoring }: KnownMutation): WorldOptions[] => {
  const numbered = (number: number) => ({ orders: ORDERS, ...worlds, ignoring, seed: `${number}` });
  return [
    ...(only ? [{ ...numbered(world), only }] : []),
    numbered(world),
    ...Array.from({ length: WORLDS_TO_SEARCH }, (_, number) => numbered(number)),
  ];
};

const firstBroken = async (mutation: KnownMutation): Promise<WorldResult | undefined> => {
  const worker = new WorldWorker({ deployment, mutation });
  try {
    for (const options of worldsOf(mutation)) {
      const result = await worker.run(options);
      if (result.violations.length > 0) return result;
    }
    return undefined;
  } finally {
    await worker.stop();
  }
};

describe.concurrent('the simulation notices that', () => {
  test.each(MUTATIONS)('$name', { timeout: 120_000 }, async (mutation) => {
    const result = await firstBroken(mutation);
    expect(result?.violations.length ?? 0, 'no promise was broken').toBeGreaterThan(0);
  });
});

describe.concurrent('nothing is noticed in the same worlds', () => {
  test('with the product as it is', { timeout: 120_000 }, async () => {
    const worker = new WorldWorker({ deployment });
    try {
      for (const mutation of MUTATIONS) {
        const [first] = worldsOf(mutation) as [WorldOptions];
        expect((await worker.run(first)).violations, mutation.name).toEqual([]);
      }
    } finally {
      await worker.stop();
    }
  });

  test('without the lease, which guards nothing', { timeout: 120_000 }, async () => {
    const worker = new WorldWorker({ deployment, mutation: LEASE_OFF });
    try {
      for (const mutation of MUTATIONS.filter(({ ignoring }) => ignoring)) {
        for (const options of worldsOf(mutation).slice(0, 3)) {
          expect((await worker.run({ ...options, ignoring: EFFORT })).violations, mutation.name).toEqual([]);
        }
      }
    } finally {
      await worker.stop();
    }
  });
});
