import { enableCompileCache, registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Deployment } from '../../platform/deployment.ts';
import type { WorldOptions } from '../world.ts';
import { type Mutation, mutate } from './mutation.ts';

/** What a worker is started with. */
export interface WorkerInput {
  readonly deployment: Deployment;
  /** Changes the product's source on the way to this worker, and nowhere else. */
  readonly mutation?: Mutation | undefined;
}

const { deployment, mutation } = workerData as WorkerInput;

// Every worker loads the same modules; without this each would strip their types and compile them anew.
enableCompileCache();

if (mutation) {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      return mutate(mutation, url, loaded);
    },
  });
}

// Only now, so that the mutation is in place when the product's modules are loaded.
const { runWorld } = await import('../world.ts');

parentPort?.on('message', async (options: WorldOptions) => {
  try {
    parentPort?.postMessage({ result: await runWorld(deployment, options) });
  } catch (error) {
    // The simulation itself failed: its own promises are broken, not the product's.
    parentPort?.postMessage({ error: error instanceof Error ? error.stack : `${error}` });
  }
});
