import { enableCompileCache, type LoadFnOutput, registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Deployment } from '../../platform/deployment.ts';
import type { WorldOptions } from '../world.ts';
import { activate } from './mutable.ts';
import { keyOf, type Replacement } from './mutation.ts';

/** What a worker is started with. */
export interface WorkerInput {
  readonly deployment: Deployment;
  /** Functions of the product that mutations replace in this worker. Without any, the product is loaded as it is. */
  readonly mutable?: readonly Pick<Replacement, 'module' | 'name'>[];
}

/** A world to run, and the name of the mutation to run it with. */
export interface WorkerRequest {
  readonly options: WorldOptions;
  readonly mutation?: string | undefined;
}

const { deployment, mutable = [] } = workerData as WorkerInput;

// Every worker loads the same modules. Without this each would strip their types and compile them again.
enableCompileCache();

const MUTABLE_URL = new URL('./mutable.ts', import.meta.url).href;
const ORIGINAL = '?original';

/** A module with the same exports as the module at a URL, some of which can be replaced. */
const replaceable = (url: string, functions: WorkerInput['mutable'] = []): LoadFnOutput => ({
  format: 'module',
  shortCircuit: true,
  source: [
    `import { mutable } from ${JSON.stringify(MUTABLE_URL)};`,
    `import * as original from ${JSON.stringify(url + ORIGINAL)};`,
    `export * from ${JSON.stringify(url + ORIGINAL)};`,
    ...functions.map(
      (fn) => `export const ${fn.name} = mutable(${JSON.stringify(keyOf(fn))}, original.${fn.name});`,
    ),
  ].join('\n'),
});

if (mutable.length > 0) {
  registerHooks({
    load(url, context, nextLoad) {
      const functions = mutable.filter(({ module }) => url.endsWith(`/lambdas/${module}`));
      return functions.length > 0 ? replaceable(url, functions) : nextLoad(url, context);
    },
  });
}

// Loaded here, so that the hook sees the modules of the product.
const { runWorld } = await import('../world.ts');
const { MUTATIONS } = mutable.length > 0 ? await import('../mutations.ts') : { MUTATIONS: [] };

const run = async ({ options, mutation }: WorkerRequest) => {
  const replacements = MUTATIONS.find(({ name }) => name === mutation)?.replacements ?? [];
  activate(new Map(replacements.map((replacement) => [keyOf(replacement), replacement.mistake])));
  return await runWorld(deployment, options);
};

parentPort?.on('message', async (request: WorkerRequest) => {
  try {
    parentPort?.postMessage({ result: await run(request) });
  } catch (error) {
    // The simulation itself failed: this is no broken promise of the product.
    parentPort?.postMessage({ error: error instanceof Error ? error.stack : `${error}` });
  }
});
