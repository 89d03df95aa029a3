import type { DueKey, Put, Table, Update } from '../../lambdas/adapters/table.ts';
import { TABLE } from '../../lambdas/contracts/table.ts';
import type { EngineTable } from './engine-table.ts';

/** An operation on a table in memory, and how to repeat it on a table of the second engine. */
export interface Operation {
  readonly name: string;
  readonly input: unknown;
  /** What the table in memory answered. */
  readonly answer: unknown;
  readonly repeat: (engine: EngineTable) => Promise<unknown>;
}

/** What was asked of one table in memory, in its order. Everything is copied, because a test may change it later. */
export class Recording {
  #operations: Operation[] = [];
  /** Partitions of the index that have ever held a record. */
  readonly #filled = new Set<unknown>();
  /** Until when a partition of the index was empty, since the last write. */
  readonly #emptyUntil = new Map<string, string>();

  read(name: string, input: unknown, answer: unknown, ask: (table: Table) => Promise<unknown>): void {
    this.#operations.push({
      name,
      input,
      answer: structuredClone(answer),
      repeat: ({ table }) => ask(table),
    });
  }

  /**
   * Empty answers are millions, from reconcilers that find nothing for months. One that covers a later time covers the
   * ones before it; a partition that has never held a record proves nothing.
   */
  queryDue(due: string, until: string, limit: number, answer: readonly DueKey[]): void {
    if (answer.length > 0) {
      this.#addQueryDue(due, until, limit, comparable(answer, limit));
    } else if (this.#filled.has(due)) {
      const before = this.#emptyUntil.get(due);
      if (before === undefined || before < until) this.#emptyUntil.set(due, until);
    }
  }

  write<T>(name: string, writes: readonly (Put | Update)[], answer: T, repeat: Operation['repeat']): T {
    this.#askForEmpty();
    for (const write of writes) {
      const { [TABLE.due]: due } = 'put' in write ? write.put : (write.set ?? {});
      if (due !== undefined) this.#filled.add(due);
    }
    this.#operations.push({ name, input: writes, answer: structuredClone(answer), repeat });
    return answer;
  }

  /** What was recorded since the last call. */
  take(): readonly Operation[] {
    this.#askForEmpty();
    const operations = this.#operations;
    this.#operations = [];
    return operations;
  }

  #askForEmpty(): void {
    for (const [due, until] of this.#emptyUntil) this.#addQueryDue(due, until, 1, comparable([], 1));
    this.#emptyUntil.clear();
  }

  #addQueryDue(due: string, until: string, limit: number, answer: unknown): void {
    this.#operations.push({
      name: 'queryDue',
      input: { due, until, limit },
      answer,
      repeat: async ({ table }) => comparable(await table.queryDue(due, until, limit), limit),
    });
  }
}

/** DynamoDB orders records of the same time as it likes, so a limit may cut off any of the last ones. */
const comparable = (found: readonly DueKey[], limit: number) => {
  const last = found.length === limit ? found.at(-1)?.dueAt : undefined;
  return {
    times: found.map(({ dueAt }) => dueAt),
    keys: found.flatMap(({ pk, sk, dueAt }) => (dueAt === last ? [] : `${dueAt} ${pk} ${sk}`)).toSorted(),
  };
};
