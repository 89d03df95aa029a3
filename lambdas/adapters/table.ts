import type { RecordKey } from '../application/ports.ts';

/** A record as it is stored. Values are what JSON can hold; attributes that are `undefined` are not stored. */
export type Row = RecordKey & Readonly<Record<string, unknown>>;

type Comparable = string | number;

/** What one attribute must be. Values are compared as DynamoDB does: text by code unit, numbers by size. */
export type Clause =
  | { readonly attribute: string; readonly is: 'absent' | 'present' }
  | { readonly attribute: string; readonly is: 'equal' | 'below'; readonly value: Comparable };

/** What must hold for a write: one clause, or {@link anyOf} several. */
export type Condition = Clause | { readonly any: readonly Clause[] };

export const absent = (attribute: string): Clause => ({ attribute, is: 'absent' });
export const present = (attribute: string): Clause => ({ attribute, is: 'present' });
export const equal = (attribute: string, value: Comparable): Clause => ({ attribute, is: 'equal', value });
export const below = (attribute: string, value: Comparable): Clause => ({ attribute, is: 'below', value });

/** Holds when at least one clause does. */
export const anyOf = (...any: readonly Clause[]): Condition => ({ any });

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

/** The operations on the table that the stores use. All reads but those of the index are consistent. */
export interface Table {
  get(key: RecordKey): Promise<Row | undefined>;
  /** All records of a partition whose sort key is between `from` and `to`, both included, in its order. */
  query(pk: string, from: string, to: string): Promise<readonly Row[]>;
  /** @returns whether the condition held and the record was written */
  put(put: Put): Promise<boolean>;
  /** @returns the record after the update, or `undefined` when the condition did not hold */
  update(update: Update): Promise<Row | undefined>;
  /** All or nothing, at most 100. @returns whether all conditions held and everything was written */
  transact(writes: readonly (Put | Update)[]): Promise<boolean>;
  /** Keys and `dueAt` of what is due in one partition of the index until `until`, oldest first. */
  queryDue(
    due: string,
    until: string,
    limit: number,
  ): Promise<readonly (RecordKey & { readonly dueAt: string })[]>;
}
