import type { RecordKey } from '../application/ports.ts';

/** A record as it is stored. Values are what JSON can hold; attributes that are `undefined` are not stored. */
export type Row = RecordKey & Readonly<Record<string, unknown>>;

type Comparable = string | number;

/** What one attribute must be. Values are compared as DynamoDB does: text by code unit, numbers by size. */
export type Clause =
  | { readonly attribute: string; readonly is: 'absent' | 'present' }
  | {
      readonly attribute: string;
      readonly is: 'equal' | 'below' | 'at least' | 'list with';
      readonly value: Comparable;
    };

/** What must hold for a write: one clause, or {@link anyOf} or {@link allOf} several. */
export type Condition = Clause | { readonly any: readonly Clause[] } | { readonly all: readonly Clause[] };

export const absent = (attribute: string): Clause => ({ attribute, is: 'absent' });
export const present = (attribute: string): Clause => ({ attribute, is: 'present' });
export const equal = (attribute: string, value: Comparable): Clause => ({ attribute, is: 'equal', value });
export const below = (attribute: string, value: Comparable): Clause => ({ attribute, is: 'below', value });

export const atLeast = (attribute: string, value: Comparable): Clause => ({
  attribute,
  is: 'at least',
  value,
});
/** Holds when the attribute is a list that contains the value. */
export const listWith = (attribute: string, value: Comparable): Clause => ({
  attribute,
  is: 'list with',
  value,
});

/** Holds when at least one clause does. */
export const anyOf = (...any: readonly Clause[]): Condition => ({ any });

/** Holds when every clause does. */
export const allOf = (...all: readonly Clause[]): Condition => ({ all });

/** A change of some attributes. A record that does not exist is created. */
export interface Update {
  readonly key: RecordKey;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** Numbers to add; an absent attribute counts as 0. */
  readonly add?: Readonly<Record<string, number>>;
  readonly condition?: Condition;
}

/** A record to be written, instead of the one with the same key. */
export interface Put {
  readonly put: Row;
  readonly condition?: Condition;
}

/** The operations on the table that the stores use. All reads but those of the index of what is due are consistent. */
export interface Table {
  get(key: RecordKey): Promise<Row | undefined>;
  /**
   * The records of a partition whose sort key is between `from` and `to`, both included, in its order: all of them, or the
   * first `limit`.
   */
  query(pk: string, from: string, to: string, limit?: number): Promise<readonly Row[]>;
  /** The unresolved hints of a partition, in the order in which their checks were requested. */
  queryUnresolved(pk: string): Promise<readonly Row[]>;
  /** @returns whether the condition held and the record was written */
  put(put: Put): Promise<boolean>;
  /** @returns the record after the update, or `undefined` when the condition did not hold */
  update(update: Update): Promise<Row | undefined>;
  /** All or nothing, at most 100. @returns whether all conditions held and everything was written */
  transact(writes: readonly (Put | Update)[]): Promise<boolean>;
  /** Keys and `dueAt` of what is due in one partition of the index until `until`, oldest first. */
  queryDue(due: string, until: string, limit: number): Promise<readonly DueKey[]>;
  /** Some entries of one partition of the index, the earliest first. */
  listDue(query: DueQuery): Promise<DueEntries>;
}

/** Key of a record in the index of what is due. */
export type DueKey = RecordKey & { readonly dueAt: string };

/** What to read of one partition of the index. */
export interface DueQuery {
  readonly due: string;
  readonly until: string;
  /** Only what comes after this entry, which may be gone. */
  readonly after?: DueKey | undefined;
  /** How many entries are read, whether or not the filter lets them pass. */
  readonly limit: number;
  /** Of an attribute that is part of the index. */
  readonly filter: Clause;
}

/** What was read of one partition of the index. */
export interface DueEntries {
  readonly found: readonly DueKey[];
  /** The last entry that was read; left out at the end of the partition. */
  readonly readTo?: DueKey | undefined;
}
