import type { Agenda } from '../../platform/agenda.ts';
import { Environment } from '../../platform/environment.ts';
import type { Fault, Faults } from './faults.ts';
import type { Random } from './random.ts';

const MAX_SKEW = 5000;
const MIN_LATENCY = 2;
const MAX_LATENCY = 25;

/** An execution environment whose calls to the outside take a moment, whose clock is wrong, and which can be killed. */
export class FaultyEnvironment extends Environment {
  /** After this many more calls to the outside the process is killed. */
  callsUntilDeath: number | undefined;
  /** The generation of the watch that the current invocation runs for. */
  generation: number | undefined;
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #random: Random;

  constructor(agenda: Agenda, faults: Faults, random: Random) {
    super(agenda);
    this.#agenda = agenda;
    this.#faults = faults;
    this.#random = random;
    if (faults.has('clock skewed')) {
      faults.count('clock skewed');
      this.#drift('clock skewed');
    }
  }

  override time(): number {
    if (this.#faults.strikes('clock jumps')) this.#drift('clock jumps');
    return super.time();
  }

  readonly random = (): number => this.#random.next();

  /** Calls something outside. The answer does not come back to a process that has died. */
  call<T>(effect: () => T | Promise<T>, latency = this.latency()): Promise<T> {
    return new Promise((resolve, reject) => {
      const comeBack = (value: T): void => {
        if (!this.dead) resolve(value);
      };
      this.#agenda.at(this.#agenda.now + latency, () => {
        if (this.dead) return;
        if (this.callsUntilDeath !== undefined && this.callsUntilDeath-- <= 0) {
          void this.die();
          return;
        }
        try {
          const result = effect();
          if (result instanceof Promise) result.then(comeBack, reject);
          else comeBack(result);
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Reads: the process may die meanwhile. */
  read<T>(effect: () => T | Promise<T>): Promise<T> {
    return this.call(() => (this.#faults.strikes('killed while reading') ? this.die<T>() : effect()));
  }

  /** Writes: the process may die before, or after so that the answer is lost. */
  write<T>(effect: () => T | Promise<T>, latency?: number): Promise<T> {
    const answer = (result: T): T | Promise<T> =>
      this.#faults.strikes('killed after a write') ? this.die<T>() : result;
    return this.call(() => {
      if (this.#faults.strikes('killed before a write')) return this.die<T>();
      const result = effect();
      return result instanceof Promise ? result.then(answer) : answer(result);
    }, latency);
  }

  latency(): number {
    return this.#random.integer(MIN_LATENCY, MAX_LATENCY);
  }

  #drift(fault: Fault): void {
    this.skewInMilliseconds = this.#faults.random(fault).integer(-MAX_SKEW, MAX_SKEW);
  }
}
