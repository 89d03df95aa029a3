import { isDeepStrictEqual } from 'node:util';
import type { Put, Row, Table, Update } from '../../lambdas/adapters/table.ts';
import type { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { tableWith } from './table-with.ts';

/** Units that DynamoDB bills: a request unit for each, on demand. */
export interface TableUnits {
  readUnits: number;
  writeUnits: number;
}

const KILOBYTE = 1024;

/** Size of a value as DynamoDB counts it. */
const sizeOfValue = (value: unknown): number => {
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(`${Math.abs(value)}`.replace(/\D/g, '').length / 2) + 1;
  if (Array.isArray(value)) return 3 + value.reduce((sum, entry) => sum + 1 + sizeOfValue(entry), 0);
  return 3 + Object.keys(value as object).length + sizeOfRow(value as Row);
};

/** Size of a record as DynamoDB counts it: names and values, in bytes. */
const sizeOfRow = (row: Readonly<Record<string, unknown>> | undefined): number =>
  Object.entries(row ?? {}).reduce(
    (sum, [name, value]) => sum + (value === undefined ? 0 : Buffer.byteLength(name) + sizeOfValue(value)),
    0,
  );

/** A unit for each KB of the larger of the record before and after. */
const recordUnits = (before: Row | undefined, after: Row | undefined): number =>
  Math.max(1, Math.ceil(Math.max(sizeOfRow(before), sizeOfRow(after)) / KILOBYTE));

/**
 * A unit to put an entry into the index, one to take it away, two to move it, one to change what else it holds.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 */
const indexUnits = (before: Row | undefined, after: Row | undefined): number => {
  const entryOf = (row: Row | undefined) => row?.['due'] && `${row['due']} ${row['dueAt']}`;
  const [was, is] = [entryOf(before), entryOf(after)];
  if (was !== is) return (was ? 1 : 0) + (is ? 1 : 0);
  const moreOf = (row: Row | undefined) => [row?.['rescueCount'], row?.['states']];
  return is && !isDeepStrictEqual(moreOf(before), moreOf(after)) ? 1 : 0;
};

/**
 * The local index holds whole records: a write of one that is in it writes to it as well. One whose key changes is deleted
 * and written.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html
 */
const localIndexUnits = (before: Row | undefined, after: Row | undefined): number => {
  if (isDeepStrictEqual(before, after)) return 0;
  const entries = new Set([before, after].flatMap((row) => row?.['unresolvedSince'] ?? []));
  return entries.size * recordUnits(before, after);
};

/** A unit for each 4 KB that a consistent read returns, at least one. */
const readUnits = (rows: readonly (Row | undefined)[]): number =>
  Math.max(1, Math.ceil(rows.reduce((sum, row) => sum + sizeOfRow(row), 0) / (4 * KILOBYTE)));

/**
 * The table, counting the units that DynamoDB would bill. Reads of the index are left out: how many there are depends on
 * how often the reconciler runs, not on the orders.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export const meteredTable = (table: InMemoryTable, used: TableUnits): Table => {
  const metered = <T>(writes: readonly (Put | Update)[], factor: 1 | 2, write: () => T): T => {
    const keys = writes.map((entry) => ('put' in entry ? entry.put : entry.key));
    const before = keys.map((key) => table.peek(key));
    const result = write();
    for (const [index, key] of keys.entries()) {
      const after = table.peek(key);
      // A write whose condition does not hold is paid for too.
      used.writeUnits +=
        factor * recordUnits(before[index], after) +
        indexUnits(before[index], after) +
        localIndexUnits(before[index], after);
    }
    return result;
  };
  return tableWith(table, {
    get: async (key) => {
      const row = table.peek(key);
      used.readUnits += readUnits([row]);
      return row;
    },
    query: async (pk, from, to) => {
      const rows = table.between(pk, from, to);
      used.readUnits += readUnits(rows);
      return rows;
    },
    queryUnresolved: async (pk) => {
      const rows = table.unresolved(pk);
      used.readUnits += readUnits(rows);
      return rows;
    },
    put: async (put) => metered([put], 1, () => table.putNow(put)),
    update: async (update) => metered([update], 1, () => table.updateNow(update)),
    transact: async (writes) => metered(writes, 2, () => table.transactNow(writes)),
  });
};
