import type { DueEntries, DueQuery, Put, Row, Table, Update } from '../../../lambdas/adapters/table.ts';
import type { RecordKey } from '../../../lambdas/application/ports.ts';
import type { InMemoryTable } from '../../in-memory/in-memory-table.ts';
import type { Agenda } from '../../platform/agenda.ts';
import type { Faults } from '../engine/faults.ts';
import type { FaultyEnvironment } from '../engine/faulty-environment.ts';
import type { LaggingIndex } from './lagging-index.ts';

/** The adapter sends a conflicting write again up to eight times, with pauses that double: 20 s at most. */
const LONG_CONFLICT_IN_MILLISECONDS = 8000;

/** What the adapter throws when its retries did not help. */
class ThrottledError extends Error {
  override readonly name = 'ThrottlingError';
}

export interface FaultyTableOptions {
  readonly table: InMemoryTable;
  readonly index: LaggingIndex;
  readonly environment: FaultyEnvironment;
  readonly agenda: Agenda;
  readonly faults: Faults;
  /** Makes a write happen. */
  readonly writing: (write: () => unknown) => void;
}

/** The table as one execution environment reaches it: with latency, and with everything that goes wrong on the way. */
export class FaultyTable implements Table {
  readonly #options: FaultyTableOptions;

  constructor(options: FaultyTableOptions) {
    this.#options = options;
  }

  get(key: RecordKey): Promise<Row | undefined> {
    const { environment, table } = this.#options;
    return environment.read(() => this.#unlessThrottled(() => table.peek(key)));
  }

  query(pk: string, from: string, to: string, limit?: number): Promise<readonly Row[]> {
    const { environment, table } = this.#options;
    return environment.read(() => this.#unlessThrottled(() => table.between(pk, from, to).slice(0, limit)));
  }

  queryUnresolved(pk: string): Promise<readonly Row[]> {
    const { environment, table } = this.#options;
    return environment.read(() => this.#unlessThrottled(() => table.unresolved(pk)));
  }

  async queryDue(due: string, until: string, limit: number) {
    const { environment, index } = this.#options;
    const found = index.queryDue(due, until, limit);
    // Most partitions are empty: a moment of virtual time for each would take most of the run.
    return found.length === 0 ? found : await environment.read(() => found);
  }

  listDue(query: DueQuery): Promise<DueEntries> {
    const { environment, table } = this.#options;
    return environment.read(() => this.#unlessThrottled(() => table.listDueNow(query)));
  }

  put(put: Put): Promise<boolean> {
    return this.#write(() => this.#options.table.putNow(put));
  }

  update(update: Update): Promise<Row | undefined> {
    return this.#write(() => this.#options.table.updateNow(update));
  }

  /** The SDK sends a token with a transaction, so one that is repeated counts once. */
  transact(writes: readonly (Put | Update)[]): Promise<boolean> {
    return this.#write(() => this.#options.table.transactNow(writes), false);
  }

  #write<T>(effect: () => T, repeatable = true): Promise<T> {
    const { agenda, environment, faults } = this.#options;
    // The adapter sends a conflicting write again, which takes time.
    const conflict = faults.strikes('table conflict')
      ? Math.ceil(faults.random('table conflict').logNormal(100, LONG_CONFLICT_IN_MILLISECONDS))
      : 0;
    return environment.write(
      (): T | Promise<T> =>
        this.#unlessThrottled(() => {
          const result = this.#observed(effect);
          if (!repeatable || !faults.strikes('table write repeated')) return result;
          // The answer was lost on the way, and the SDK sends the write again.
          return agenda.after(50).then(() => this.#observed(effect));
        }),
      environment.latency() + conflict,
    );
  }

  #observed<T>(effect: () => T): T {
    let result = undefined as T;
    this.#options.writing(() => {
      result = effect();
    });
    return result;
  }

  #unlessThrottled<T>(effect: () => T): T {
    if (this.#options.faults.strikes('table throttled')) throw new ThrottledError('The table throttles.');
    return effect();
  }
}
