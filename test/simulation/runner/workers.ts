import { Worker } from 'node:worker_threads';
import type { WorldOptions, WorldResult } from '../world.ts';
import type { WorkerInput, WorkerRequest } from './worker.ts';

type Reply = { readonly result: WorldResult } | { readonly error: string };

/** A thread that runs one world at a time. */
class WorldWorker {
  readonly #worker: Worker;
  #pending: { resolve: (result: WorldResult) => void; reject: (error: Error) => void } | undefined;

  constructor(input: WorkerInput) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: input,
      execArgv: [],
      // A world makes many objects that it soon drops; most of them then never leave the young generation.
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

  /** @param mutation name of the mutation of the product, if the worker was started with what it replaces */
  run(options: WorldOptions, mutation?: string): Promise<WorldResult> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.postMessage({ options, mutation } satisfies WorkerRequest);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Threads that share the worlds to run. */
export class WorkerPool {
  readonly #workers: readonly WorldWorker[];
  readonly #idle: WorldWorker[];
  readonly #waiting: ((worker: WorldWorker) => void)[] = [];

  constructor(size: number, input: WorkerInput) {
    this.#workers = Array.from({ length: size }, () => new WorldWorker(input));
    this.#idle = [...this.#workers];
  }

  /** Runs a world as soon as a thread is idle. */
  async run(options: WorldOptions, mutation?: string): Promise<WorldResult> {
    const worker =
      this.#idle.pop() ?? (await new Promise<WorldWorker>((resolve) => this.#waiting.push(resolve)));
    try {
      return await worker.run(options, mutation);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#idle.push(worker);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}

/** Runs worlds on several threads. The results come as they are ready. Ends early when `onResult` says so. */
export const runWorlds = async (
  worlds: Iterable<WorldOptions>,
  threads: number,
  input: WorkerInput,
  onResult: (result: WorldResult, options: WorldOptions) => 'go on' | 'stop',
): Promise<void> => {
  const pool = new WorkerPool(threads, input);
  const remaining = worlds[Symbol.iterator]();
  let stopped = false;
  const runSome = async (): Promise<void> => {
    for (let next = remaining.next(); !next.done && !stopped; next = remaining.next()) {
      if (onResult(await pool.run(next.value), next.value) === 'stop') stopped = true;
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, runSome));
  } finally {
    await pool.stop();
  }
};
