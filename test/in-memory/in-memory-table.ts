import type {
  Clause,
  Condition,
  DueEntries,
  DueKey,
  DueQuery,
  Put,
  Row,
  Table,
  Update,
} from '../../lambdas/adapters/table.ts';
import type { RecordKey } from '../../lambdas/application/ports.ts';

/** A change as the table's stream reports it. */
export type RowChange =
  | { readonly before?: Row; readonly after: Row }
  | { readonly before: Row; readonly after?: undefined };

/**
 * The table in memory, with the conditions, transactions, index and stream of DynamoDB. A test runs the same random
 * operations on both and compares the results.
 */
export class InMemoryTable implements Table {
  readonly #partitions = new Map<string, Partition>();
  readonly #due = new Map<string, DuePartition>();
  readonly #onChange: (change: RowChange) => void;

  constructor(onChange: (change: RowChange) => void = () => {}) {
    this.#onChange = onChange;
  }

  async get(key: RecordKey): Promise<Row | undefined> {
    return this.peek(key);
  }

  async query(pk: string, from: string, to: string, limit?: number): Promise<readonly Row[]> {
    return this.between(pk, from, to).slice(0, limit);
  }

  async queryUnresolved(pk: string): Promise<readonly Row[]> {
    return this.unresolved(pk);
  }

  async put(put: Put): Promise<boolean> {
    return this.putNow(put);
  }

  async update(update: Update): Promise<Row | undefined> {
    return this.updateNow(update);
  }

  async transact(writes: readonly (Put | Update)[]): Promise<boolean> {
    return this.transactNow(writes);
  }

  async queryDue(due: string, until: string, limit: number) {
    return this.dueNow(due, until, limit);
  }

  async listDue(query: DueQuery): Promise<DueEntries> {
    return this.listDueNow(query);
  }

  /** As `query`, at this moment; the other operations have such a form too. */
  between(pk: string, from: string, to: string): readonly Row[] {
    return this.#partitions.get(pk)?.between(from, to) ?? [];
  }

  unresolved(pk: string): readonly Row[] {
    return this.#partitions.get(pk)?.unresolved() ?? [];
  }

  putNow({ put, condition }: Put): boolean {
    if (!holds(condition, this.peek(put))) return false;
    this.#write(stored(put));
    return true;
  }

  updateNow(update: Update): Row | undefined {
    const before = this.peek(update.key);
    if (!holds(update.condition, before)) return undefined;
    const after = applied(update, before);
    this.#write(after);
    return after;
  }

  transactNow(writes: readonly (Put | Update)[]): boolean {
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

  /** What the index holds at this moment. */
  dueNow(due: string, until: string, limit: number): readonly DueKey[] {
    return this.#due.get(due)?.until(until, limit) ?? [];
  }

  listDueNow({ due, until, after, limit, filter }: DueQuery): DueEntries {
    const place = ({ dueAt, pk, sk }: DueKey): string => `${dueAt} ${pk} ${sk}`;
    const rest = this.dueNow(due, until, Number.POSITIVE_INFINITY)
      .filter((key) => !after || place(key) > place(after))
      .sort((a, b) => (place(a) < place(b) ? -1 : 1));
    const read = rest.slice(0, limit);
    return {
      found: read.filter((key) => clauseHolds(filter, this.peek(key))),
      ...(read.length === limit && { readTo: read.at(-1) }),
    };
  }

  /** The first time that the index holds, in any partition. */
  earliestDueAt(): string | undefined {
    let earliest: string | undefined;
    for (const partition of this.#due.values()) {
      const dueAt = partition.earliest();
      if (dueAt !== undefined && (earliest === undefined || dueAt < earliest)) earliest = dueAt;
    }
    return earliest;
  }

  /** The record as it is, without any of the ways in which reading can go wrong. */
  peek({ pk, sk }: RecordKey): Row | undefined {
    return this.#partitions.get(pk)?.get(sk);
  }

  /** The records of one partition. */
  partition(pk: string): readonly Row[] {
    return this.#partitions.get(pk)?.rows() ?? [];
  }

  /** Every record, by partition. */
  rows(): Row[] {
    return [...this.#partitions.values()].flatMap((partition) => partition.rows());
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
    let partition = this.#partitions.get(after.pk);
    if (!partition) {
      partition = new Partition();
      this.#partitions.set(after.pk, partition);
    }
    const before = partition.set(after);
    this.#index(before, after);
    this.#onChange(before ? { before, after } : { after });
  }

  #index(before: Row | undefined, after: Row | undefined): void {
    if (before && isDue(before)) this.#due.get(before.due)?.delete(before);
    if (!after || !isDue(after)) return;
    let partition = this.#due.get(after.due);
    if (!partition) {
      partition = new DuePartition();
      this.#due.set(after.due, partition);
    }
    partition.add(after);
  }
}

type DueRow = Row & { readonly due: string; readonly dueAt: string };

const isDue = (row: Row): row is DueRow => typeof row['due'] === 'string' && typeof row['dueAt'] === 'string';

type UnresolvedRow = Row & { readonly unresolvedSince: string };

const isUnresolved = (row: Row): row is UnresolvedRow => typeof row['unresolvedSince'] === 'string';

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The records of one partition key, in the order of their sort keys. */
class Partition {
  readonly #rows = new Map<string, Row>();
  readonly #sorted: string[] = [];
  readonly #unresolved = new Map<string, UnresolvedRow>();

  get(sk: string): Row | undefined {
    return this.#rows.get(sk);
  }

  /** @returns what was there before */
  set(row: Row): Row | undefined {
    const before = this.#rows.get(row.sk);
    this.#rows.set(row.sk, row);
    if (isUnresolved(row)) this.#unresolved.set(row.sk, row);
    else this.#unresolved.delete(row.sk);
    if (!before) this.#sorted.splice(this.#firstFrom(row.sk), 0, row.sk);
    return before;
  }

  delete(sk: string): void {
    if (this.#rows.delete(sk)) this.#sorted.splice(this.#firstFrom(sk), 1);
    this.#unresolved.delete(sk);
  }

  between(from: string, to: string): Row[] {
    const found: Row[] = [];
    for (let index = this.#firstFrom(from); index < this.#sorted.length; index++) {
      const sk = this.#sorted[index] as string;
      if (sk > to) break;
      found.push(this.#rows.get(sk) as Row);
    }
    return found;
  }

  /** The records of the local index, in its order. */
  unresolved(): Row[] {
    return [...this.#unresolved.values()].sort(
      (a, b) => compare(a.unresolvedSince, b.unresolvedSince) || compare(a.sk, b.sk),
    );
  }

  /** In the order in which they were first written. */
  rows(): Row[] {
    return [...this.#rows.values()];
  }

  /** Where the first sort key stands that is not below another. */
  #firstFrom(sk: string): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as string) < sk) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One partition of the index. Most queries find nothing, so the earliest time is kept. */
class DuePartition {
  readonly #rows = new Set<DueRow>();
  #earliest: string | undefined;
  /** The earliest record is gone, and nobody has asked yet which one is it now. */
  #isStale = false;

  add(row: DueRow): void {
    this.#rows.add(row);
    if (!this.#isStale && (this.#earliest === undefined || row.dueAt < this.#earliest)) {
      this.#earliest = row.dueAt;
    }
  }

  delete(row: DueRow): void {
    this.#rows.delete(row);
    if (row.dueAt === this.#earliest) this.#isStale = true;
  }

  earliest(): string | undefined {
    if (this.#isStale) {
      this.#isStale = false;
      this.#earliest = undefined;
      for (const { dueAt } of this.#rows) {
        if (this.#earliest === undefined || dueAt < this.#earliest) this.#earliest = dueAt;
      }
    }
    return this.#earliest;
  }

  /** The oldest first. */
  until(time: string, limit: number): readonly DueKey[] {
    const earliest = this.earliest();
    if (earliest === undefined || earliest > time) return [];
    return [...this.#rows]
      .filter(({ dueAt }) => dueAt <= time)
      .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1))
      .slice(0, limit)
      .map(({ pk, sk, dueAt }) => ({ pk, sk, dueAt }));
  }
}

/** A row as it is stored: without attributes that are `undefined`, and with copies of the caller's objects. */
const stored = (row: Row): Row => copyOf(row) as Row;

/** The row after an update. Only the values that are set can belong to the caller, so only they are copied. */
const applied = ({ key, set, remove, add }: Update, before: Row | undefined): Row => {
  const after: Record<string, unknown> = { ...(before ?? key) };
  for (const name in set) after[name] = copyOf(set[name]);
  for (const name in add) after[name] = ((before?.[name] as number | undefined) ?? 0) + (add[name] as number);
  for (const name of remove ?? []) after[name] = undefined;
  return withoutUndefined(after) as Row;
};

/** Copies a row without deleting attributes: V8 is slow with objects from which an attribute was deleted. */
const withoutUndefined = (row: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const defined: Record<string, unknown> = {};
  for (const name in row) if (row[name] !== undefined) defined[name] = row[name];
  return defined;
};

/** A copy of a value as a service stores it or passes it on: fields that are `undefined` are not there. */
export const copyOf = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: Record<string, unknown> = {};
  for (const name in value) {
    const field = (value as Record<string, unknown>)[name];
    if (field !== undefined) copy[name] = copyOf(field);
  }
  return copy;
};

const holds = (condition: Condition | undefined, row: Row | undefined): boolean => {
  if (!condition) return true;
  if ('any' in condition) return condition.any.some((clause) => clauseHolds(clause, row));
  if ('all' in condition) return condition.all.every((clause) => clauseHolds(clause, row));
  return clauseHolds(condition, row);
};

const clauseHolds = (clause: Clause, row: Row | undefined): boolean => {
  const value = row?.[clause.attribute];
  switch (clause.is) {
    case 'absent':
      return value === undefined;
    case 'present':
      return value !== undefined;
    case 'equal':
      return value === clause.value;
    case 'list with':
      return Array.isArray(value) && value.includes(clause.value);
    case 'at least':
      return typeof value === typeof clause.value && (value as string | number) >= clause.value;
    case 'below':
      return typeof value === typeof clause.value && (value as string | number) < clause.value;
  }
};
