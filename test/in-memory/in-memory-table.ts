import type { Clause, Condition, Put, Row, Table, Update } from '../../lambdas/adapters/table.ts';
import type { RecordKey } from '../../lambdas/domain/ports.ts';

/** A change as the table's stream tells it. */
export interface RowChange {
  readonly before?: Row;
  readonly after?: Row;
}

/**
 * The table in memory: conditions, transactions, the index and the stream as DynamoDB has them. That it does
 * what DynamoDB does is shown by a test that runs the same random operations on both.
 */
export class InMemoryTable implements Table {
  readonly #partitions = new Map<string, Map<string, Row>>();
  readonly #due = new Map<string, Map<string, RecordKey & { readonly dueAt: string }>>();
  readonly #onChange: (change: RowChange) => void;

  constructor(onChange: (change: RowChange) => void = () => {}) {
    this.#onChange = onChange;
  }

  async get(key: RecordKey): Promise<Row | undefined> {
    return this.peek(key);
  }

  async query(pk: string, from: string, to: string): Promise<readonly Row[]> {
    return [...(this.#partitions.get(pk)?.values() ?? [])]
      .filter(({ sk }) => sk >= from && sk <= to)
      .sort((a, b) => (a.sk < b.sk ? -1 : 1));
  }

  async put({ put, condition }: Put): Promise<boolean> {
    if (!holds(condition, this.peek(put))) return false;
    this.#write(stored(put));
    return true;
  }

  async update(update: Update): Promise<Row | undefined> {
    const before = this.peek(update.key);
    if (!holds(update.condition, before)) return undefined;
    const after = applied(update, before);
    this.#write(after);
    return after;
  }

  async transact(writes: readonly (Put | Update)[]): Promise<boolean> {
    if (writes.length > 100) throw new Error(`A transaction has at most 100 actions, not ${writes.length}.`);
    const allHold = writes.every((write) =>
      holds(write.condition, this.peek('put' in write ? write.put : write.key)),
    );
    if (!allHold) return false;
    for (const write of writes) {
      this.#write('put' in write ? stored(write.put) : applied(write, this.peek(write.key)));
    }
    return true;
  }

  async queryDue(due: string, until: string, limit: number) {
    return this.dueNow(due, until, limit);
  }

  /** What the index holds at this moment. */
  dueNow(due: string, until: string, limit: number): (RecordKey & { readonly dueAt: string })[] {
    return [...(this.#due.get(due)?.values() ?? [])]
      .filter(({ dueAt }) => dueAt <= until)
      .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1))
      .slice(0, limit);
  }

  isAnythingDue(due: string, until: string): boolean {
    for (const { dueAt } of this.#due.get(due)?.values() ?? []) if (dueAt <= until) return true;
    return false;
  }

  /** The record as it is, without any of the ways in which reading can go wrong. */
  peek({ pk, sk }: RecordKey): Row | undefined {
    return this.#partitions.get(pk)?.get(sk);
  }

  /** The records of one partition. */
  partition(pk: string): Row[] {
    return [...(this.#partitions.get(pk)?.values() ?? [])];
  }

  /** Every record, by partition. */
  rows(): Row[] {
    return [...this.#partitions.values()].flatMap((partition) => [...partition.values()]);
  }

  /** Deletes a record, as its time to live does. */
  expire(key: RecordKey): void {
    const before = this.peek(key);
    if (!before) return;
    this.#partitions.get(key.pk)?.delete(key.sk);
    this.#index(before, undefined);
    this.#onChange({ before });
  }

  #write(after: Row): void {
    const partition = this.#partitions.get(after.pk) ?? new Map<string, Row>();
    this.#partitions.set(after.pk, partition);
    const before = partition.get(after.sk);
    partition.set(after.sk, after);
    this.#index(before, after);
    this.#onChange({ ...(before && { before }), after });
  }

  #index(before: Row | undefined, after: Row | undefined): void {
    if (before && typeof before['due'] === 'string') {
      this.#due.get(before['due'])?.delete(`${before.pk} ${before.sk}`);
    }
    const due = after?.['due'];
    const dueAt = after?.['dueAt'];
    if (!after || typeof due !== 'string' || typeof dueAt !== 'string') return;
    const entries = this.#due.get(due) ?? new Map();
    this.#due.set(due, entries);
    entries.set(`${after.pk} ${after.sk}`, { pk: after.pk, sk: after.sk, dueAt });
  }
}

/** A row as it comes back: attributes that are `undefined` are not stored, and nobody shares its objects. */
const stored = (row: Row): Row => copy(row) as Row;

const copy = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const copied: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(value)) {
    if (entry !== undefined) copied[name] = copy(entry);
  }
  return copied;
};

const applied = ({ key, set = {}, remove = [], add = {} }: Update, before: Row | undefined): Row => {
  const after: Record<string, unknown> = { ...before, ...key, ...set };
  for (const name of remove) delete after[name];
  for (const [name, amount] of Object.entries(add)) {
    after[name] = ((before?.[name] as number | undefined) ?? 0) + amount;
  }
  return stored(after as Row);
};

const holds = (condition: Condition | undefined, row: Row | undefined): boolean =>
  condition?.some((alternative) => alternative.every((clause) => clauseHolds(clause, row))) ?? true;

const clauseHolds = (clause: Clause, row: Row | undefined): boolean => {
  const value = row?.[clause.attribute];
  switch (clause.is) {
    case 'absent':
      return value === undefined;
    case 'present':
      return value !== undefined;
    case 'equal':
      return value === clause.value;
    case 'below':
      return typeof value === typeof clause.value && (value as string | number) < clause.value;
  }
};
