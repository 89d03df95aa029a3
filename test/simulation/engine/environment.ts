import type { Clock } from '../../../lambdas/domain/ports.ts';
import { type Instant, toInstant } from '../../../lambdas/domain/time.ts';
import type { Agenda } from './agenda.ts';
import type { Fault, Faults } from './faults.ts';
import type { Random } from './random.ts';

/** Why an execution environment is gone. */
export type Death = 'killed' | 'timeout';

const LARGEST_SKEW = 5000;
const SMALLEST_LATENCY = 2;
const LARGEST_LATENCY = 25;

/** A promise that nobody keeps: a process that was killed does not go on, and does not fail either. */
const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** How an invocation ended. */
type Outcome<T> = { readonly value: T } | { readonly error: unknown } | { readonly death: Death };

/** An execution environment of Lambda: a clock of its own, one invocation at a time, and it can die. */
export class Environment {
  readonly id: number;
  dead = false;
  busy = false;
  /** After so many more calls to the outside the process is killed. */
  callsUntilDeath: number | undefined;
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #random: Random;
  #skew = 0;
  #lastAsked = { time: Number.NaN, instant: '' };
  #onDeath: ((death: Death) => void) | undefined;

  constructor(id: number, agenda: Agenda, faults: Faults, random: Random) {
    this.id = id;
    this.#agenda = agenda;
    this.#faults = faults;
    this.#random = random;
    if (faults.has('clock skewed')) {
      faults.count('clock skewed');
      this.#drift('clock skewed');
    }
  }

  readonly clock: Clock = {
    now: (): Instant => this.#instantOf(this.time()),
    sleep: async (milliseconds) => {
      await this.#agenda.after(milliseconds);
      if (this.dead) await never();
    },
  };

  /** Epoch milliseconds by the clock of this host. */
  readonly time = (): number => {
    if (this.#faults.strikes('clock jumps')) this.#drift('clock jumps');
    return this.#agenda.now + this.#skew;
  };

  readonly random = (): number => this.#random.next();

  /** Calls something outside: it takes a moment, and does not come back to the dead. */
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
    return this.#random.integer(SMALLEST_LATENCY, LARGEST_LATENCY);
  }

  /** Ends the process on the spot. */
  die<T>(death: Death = 'killed'): Promise<T> {
    this.dead = true;
    this.#onDeath?.(death);
    return never();
  }

  /** Runs one invocation until it returns, throws, dies or takes too long. */
  invoke<T>(timeoutInSeconds: number, run: () => Promise<T>): Promise<Outcome<T>> {
    this.busy = true;
    return new Promise((resolve) => {
      const timer = this.#agenda.at(
        this.#agenda.now + timeoutInSeconds * 1000,
        () => void this.die('timeout'),
      );
      const end = (outcome: Outcome<T>): void => {
        this.#agenda.cancel(timer);
        this.busy = false;
        resolve(outcome);
      };
      this.#onDeath = (death) => end({ death });
      run().then(
        (value) => end({ value }),
        (error: unknown) => end({ error }),
      );
    });
  }

  /** Much asks for the time at one moment, and to write it as text costs more than the rest of the answer. */
  #instantOf(time: number): Instant {
    if (time !== this.#lastAsked.time) this.#lastAsked = { time, instant: toInstant(time) };
    return this.#lastAsked.instant;
  }

  #drift(fault: Fault): void {
    this.#skew = this.#faults.random(fault).integer(-LARGEST_SKEW, LARGEST_SKEW);
  }
}
