import type { Clock } from '../../lambdas/application/ports.ts';
import { type Instant, toInstant } from '../../lambdas/domain/time.ts';
import type { Agenda } from './agenda.ts';

/** Why an execution environment ended during an invocation. */
export type Death = 'killed' | 'timeout';

/** A promise that never settles: a process that was killed does not go on, and does not fail either. */
const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** How an invocation ended. */
type Outcome<T> = { readonly value: T } | { readonly error: unknown } | { readonly death: Death };

/** An execution environment of Lambda: it has a clock, runs one invocation at a time, and can die. */
export class Environment {
  dead = false;
  busy = false;
  /** How far the clock of the host is ahead. */
  skewInMilliseconds = 0;
  readonly #agenda: Agenda;
  #lastInstant = { time: Number.NaN, instant: '' };
  #onDeath: ((death: Death) => void) | undefined;

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  readonly clock: Clock = {
    now: (): Instant => this.#instantOf(this.time()),
    sleep: async (milliseconds) => {
      await this.#agenda.after(milliseconds);
      if (this.dead) await never();
    },
  };

  /** Epoch milliseconds by the clock of the host. */
  time(): number {
    return this.#agenda.now + this.skewInMilliseconds;
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

  /** Formats a time. Many callers ask for the time of one moment, and formatting it is the expensive part. */
  #instantOf(time: number): Instant {
    if (time !== this.#lastInstant.time) this.#lastInstant = { time, instant: toInstant(time) };
    return this.#lastInstant.instant;
  }
}
