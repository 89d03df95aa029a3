import { Worker } from 'node:worker_threads';
import type { WorldOptions, WorldResult } from '../world.ts';
import type { WorkerInput } from './worker.ts';

type Reply = { readonly result: WorldResult } | { readonly error: string };

/** A thread that runs worlds, one after the other. */
export class WorldWorker {
  readonly #worker: Worker;
  #pending: { resolve: (result: WorldResult) => void; reject: (error: Error) => void } | undefined;

  constructor(input: WorkerInput) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: input,
      execArgv: [],
      // A world makes much that it soon forgets; most of it then never leaves the young generation.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    this.#worker.on('message', (reply: Reply) => {
      const pending = this.#pending;
      this.#pending = undefined;
      if ('result' in reply) pending?.resolve(reply.result);
      else pending?.reject(new Error(`The simulation itself failed: ${reply.error}`));
    });
    this.#worker.on('error', (error) => this.#pending?.reject(error));
  }

  run(options: WorldOptions): Promise<WorldResult> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.postMessage(options);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Runs worlds on several threads; the results come as they are ready. Ends early when told so. */
export const runWorlds = async (
  worlds: Iterable<WorldOptions>,
  threads: number,
  input: WorkerInput,
  onResult: (result: WorldResult, options: WorldOptions) => 'go on' | 'stop',
): Promise<void> => {
  const remaining = worlds[Symbol.iterator]();
  let stopped = false;
  await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new WorldWorker(input);
      try {
        for (let next = remaining.next(); !next.done && !stopped; next = remaining.next()) {
          if (onResult(await worker.run(next.value), next.value) === 'stop') stopped = true;
        }
      } finally {
        await worker.stop();
      }
    }),
  );
};
