import type { Table } from '../../lambdas/adapters/table.ts';

/** The table, with some operations replaced. */
export const tableWith = (table: Table, replaced: Partial<Table>): Table => ({
  get: (key) => table.get(key),
  query: (pk, from, to, limit) => table.query(pk, from, to, limit),
  queryUnresolved: (pk) => table.queryUnresolved(pk),
  put: (put) => table.put(put),
  update: (update) => table.update(update),
  transact: (writes) => table.transact(writes),
  queryDue: (due, until, limit) => table.queryDue(due, until, limit),
  listDue: (query) => table.listDue(query),
  ...replaced,
});
