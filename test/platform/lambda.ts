import type { Log } from './context.ts';
import type { FunctionName } from './deployment.ts';
import type { Environment } from './environment.ts';
import type { Functions } from './functions.ts';

/** How an invocation ended, as the service that made it sees it. */
export type Invocation<T> =
  | { readonly ok: true; readonly value: T }
  /** `error` is the name of the error, `cause` the error itself unless the process died. */
  | { readonly ok: false; readonly error: string; readonly cause?: unknown };

/** What a function answers. */
export type Answer<Name extends FunctionName> = Awaited<ReturnType<Functions[Name]>>;

/** An execution environment with the functions wired to it. */
export interface Instance<Host extends Environment> {
  readonly environment: Host;
  readonly functions: Functions;
}

/** Lambda: keeps execution environments, which are used again until they die. */
export class Lambda<Host extends Environment> {
  readonly #pools = new Map<FunctionName, Instance<Host>[]>();
  readonly #create: (name: FunctionName) => Instance<Host>;
  readonly #timeoutsInSeconds: Readonly<Record<FunctionName, number>>;
  readonly #log: Log;

  constructor(
    create: (name: FunctionName) => Instance<Host>,
    timeoutsInSeconds: Readonly<Record<FunctionName, number>>,
    log: Log,
  ) {
    this.#create = create;
    this.#timeoutsInSeconds = timeoutsInSeconds;
    this.#log = log;
  }

  /** @param prepare is called with the environment before the invocation */
  async invoke<Name extends FunctionName>(
    name: Name,
    event: unknown,
    prepare?: (environment: Host) => void,
  ): Promise<Invocation<Answer<Name>>> {
    let pool = this.#pools.get(name);
    if (!pool) {
      pool = [];
      this.#pools.set(name, pool);
    }
    let instance = pool.find(({ environment }) => !environment.busy);
    if (!instance) {
      instance = this.#create(name);
      pool.push(instance);
    }
    const { environment, functions } = instance;
    prepare?.(environment);
    const result = await environment.invoke(
      this.#timeoutsInSeconds[name],
      () => functions[name](event) as Promise<Answer<Name>>,
    );
    if (environment.dead) pool.splice(pool.indexOf(instance), 1);
    if ('value' in result) return { ok: true, value: result.value };
    const error = 'death' in result ? `Sandbox.${result.death}` : nameOf(result.error);
    const cause = 'error' in result ? result.error : undefined;
    this.#log(undefined, () => `lambda: ${name} ends with ${error}${cause ? `: ${cause}` : ''}`);
    return { ok: false, error, cause };
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');
