import type { Put, Row, Table, Update } from '../../../lambdas/adapters/table.ts';
import type { RecordKey } from '../../../lambdas/domain/ports.ts';
import type { InMemoryTable } from '../../in-memory/in-memory-table.ts';
import type { Agenda } from '../engine/agenda.ts';
import type { Environment } from '../engine/environment.ts';
import type { Faults } from '../engine/faults.ts';
import type { LaggingIndex } from './lagging-index.ts';

/** The adapter repeats a write up to eight times, with pauses that double: 20 s at most. */
const LONG_CONFLICT_IN_MILLISECONDS = 8000;

/** What the adapter throws when its own repetitions did not help. */
class ThrottledError extends Error {
  override readonly name = 'ThrottlingError';
}

/** The table as one execution environment has it: with latency, and everything that goes wrong on the way. */
export class FaultyTable implements Table {
  readonly #table: InMemoryTable;
  readonly #index: LaggingIndex;
  readonly #environment: Environment;
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #writing: (write: () => unknown) => void;

  /** @param writing hears of every write before it happens, and makes it happen */
  constructor(
    table: InMemoryTable,
    index: LaggingIndex,
    environment: Environment,
    agenda: Agenda,
    faults: Faults,
    writing: (write: () => unknown) => void,
  ) {
    this.#writing = writing;
    this.#table = table;
    this.#index = index;
    this.#environment = environment;
    this.#agenda = agenda;
    this.#faults = faults;
  }

  get(key: RecordKey): Promise<Row | undefined> {
    return this.#environment.read(() => this.#unlessThrottled(() => this.#table.peek(key)));
  }

  query(pk: string, from: string, to: string): Promise<readonly Row[]> {
    return this.#environment.read(() => this.#unlessThrottled(() => this.#table.between(pk, from, to)));
  }

  async queryDue(due: string, until: string, limit: number) {
    const found = this.#index.queryDue(due, until, limit);
    // Most partitions are empty; to spend a moment of virtual time on each would take most of the run.
    return found.length === 0 ? found : await this.#environment.read(() => found);
  }

  put(put: Put): Promise<boolean> {
    return this.#write(() => this.#table.putNow(put));
  }

  update(update: Update): Promise<Row | undefined> {
    return this.#write(() => this.#table.updateNow(update));
  }

  /** The SDK sends a token with a transaction, so one that is repeated counts once. */
  transact(writes: readonly (Put | Update)[]): Promise<boolean> {
    return this.#write(() => this.#table.transactNow(writes), false);
  }

  #write<T>(effect: () => T, repeatable = true): Promise<T> {
    // A conflict costs the adapter some repetitions, which is time.
    const conflict = this.#faults.strikes('table conflict')
      ? Math.ceil(this.#faults.random('table conflict').logNormal(100, LONG_CONFLICT_IN_MILLISECONDS))
      : 0;
    return this.#environment.write(
      (): T | Promise<T> =>
        this.#unlessThrottled(() => {
          const result = this.#observed(effect);
          if (!repeatable || !this.#faults.strikes('table write repeated')) return result;
          // The answer was lost on the way, and the SDK sent the write again.
          return this.#agenda.after(50).then(() => this.#observed(effect));
        }),
      this.#environment.latency() + conflict,
    );
  }

  #observed<T>(effect: () => T): T {
    let result = undefined as T;
    this.#writing(() => {
      result = effect();
    });
    return result;
  }

  #unlessThrottled<T>(effect: () => T): T {
    if (this.#faults.strikes('table throttled')) throw new ThrottledError('The table throttles.');
    return effect();
  }
}
