import type { Environment } from '../engine/environment.ts';
import type { History } from '../engine/history.ts';
import type { FunctionName } from './deployment.ts';
import type { Functions } from './functions.ts';

/** How an invocation ended, as the service that made it sees it. */
export type Invocation<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

type Handler<Name extends FunctionName> = ReturnType<Functions[Name]>;

/** Lambda: keeps execution environments, which are used again until they die. */
export class Platform {
  readonly #pools = new Map<FunctionName, { environment: Environment; handler: Handler<FunctionName> }[]>();
  readonly #create: () => { environment: Environment; functions: Functions };
  readonly #timeoutsInSeconds: Readonly<Record<FunctionName, number>>;
  readonly #history: History;

  constructor(
    create: () => { environment: Environment; functions: Functions },
    timeoutsInSeconds: Readonly<Record<FunctionName, number>>,
    history: History,
  ) {
    this.#create = create;
    this.#timeoutsInSeconds = timeoutsInSeconds;
    this.#history = history;
  }

  /** @param callsUntilDeath kills the invocation after so many calls to the outside */
  async invoke<Name extends FunctionName>(
    name: Name,
    event: Parameters<Handler<Name>>[0],
    callsUntilDeath?: number,
  ): Promise<Invocation<Awaited<ReturnType<Handler<Name>>>>> {
    const pool = this.#pools.get(name) ?? [];
    this.#pools.set(name, pool);
    let instance = pool.find(({ environment }) => !environment.busy);
    if (!instance) {
      const { environment, functions } = this.#create();
      instance = { environment, handler: functions[name]() };
      pool.push(instance);
    }
    const { environment, handler } = instance;
    environment.callsUntilDeath = callsUntilDeath;
    const result = await environment.invoke(this.#timeoutsInSeconds[name], () =>
      (handler as (event: unknown) => Promise<Awaited<ReturnType<Handler<Name>>>>)(event),
    );
    environment.callsUntilDeath = undefined;
    if (environment.dead) pool.splice(pool.indexOf(instance), 1);
    if ('value' in result) return { ok: true, value: result.value };
    const error = 'death' in result ? `Sandbox.${result.death}` : nameOf(result.error);
    this.#history.add(
      undefined,
      () => `lambda: ${name} ends with ${error}${'error' in result ? `: ${result.error}` : ''}`,
    );
    return { ok: false, error };
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');
