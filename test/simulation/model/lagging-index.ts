import type { DueKey } from '../../../lambdas/adapters/table.ts';
import { TABLE } from '../../../lambdas/contracts/table.ts';
import type { InMemoryTable, RowChange } from '../../in-memory/in-memory-table.ts';
import type { Agenda } from '../../platform/agenda.ts';
import type { Faults } from '../engine/faults.ts';

const LONGEST_LAG_IN_MILLISECONDS = 10_000;

interface RecentChange {
  readonly at: number;
  readonly change: RowChange;
}

/** The sparse index as readers see it: as it was a while ago. */
export class LaggingIndex {
  readonly #table: InMemoryTable;
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  /** Changes that may not have arrived yet, oldest first. */
  #recent: RecentChange[] = [];

  constructor(table: InMemoryTable, agenda: Agenda, faults: Faults) {
    this.#table = table;
    this.#agenda = agenda;
    this.#faults = faults;
  }

  changed(change: RowChange): void {
    if (!this.#faults.has('index lags')) return;
    const { before, after } = change;
    if (before?.[TABLE.dueAt] === after?.[TABLE.dueAt] && before?.[TABLE.due] === after?.[TABLE.due]) return;
    this.#recent.push({ at: this.#agenda.now, change });
    if (this.#recent.length < 1000) return;
    this.#recent = this.#recent.filter(({ at }) => at >= this.#agenda.now - LONGEST_LAG_IN_MILLISECONDS);
  }

  queryDue(due: string, until: string, limit: number): readonly DueKey[] {
    if (!this.#faults.strikes('index lags')) return this.#table.dueNow(due, until, limit);
    const lag = this.#faults.random('index lags').integer(100, LONGEST_LAG_IN_MILLISECONDS);
    const missing = this.#missing(due, lag);
    if (missing.length === 0) return this.#table.dueNow(due, until, limit);
    const seen = new Map<string, DueKey>(
      this.#table.dueNow(due, '~', Number.POSITIVE_INFINITY).map((key) => [`${key.pk} ${key.sk}`, key]),
    );
    for (const { before, after } of missing) {
      const { pk, sk } = after ?? before;
      seen.delete(`${pk} ${sk}`);
      const dueAt = before?.[TABLE.dueAt];
      if (before?.[TABLE.due] === due && typeof dueAt === 'string')
        seen.set(`${pk} ${sk}`, { pk, sk, dueAt });
    }
    return [...seen.values()]
      .filter(({ dueAt }) => dueAt <= until)
      .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1))
      .slice(0, limit);
  }

  /** What has not arrived of one partition, the newest first: so it is undone. */
  #missing(due: string, lag: number): RowChange[] {
    const missing: RowChange[] = [];
    for (let index = this.#recent.length - 1; index >= 0; index--) {
      const { at, change } = this.#recent[index] as RecentChange;
      if (at < this.#agenda.now - lag) break;
      const { before, after } = change;
      if (before?.[TABLE.due] === due || after?.[TABLE.due] === due) missing.push(change);
    }
    return missing;
  }
}
