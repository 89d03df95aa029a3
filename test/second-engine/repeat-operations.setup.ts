import { afterEach, expect } from 'vitest';
import type { Put, Row, Update } from '../../lambdas/adapters/table.ts';
import type { RecordKey } from '../../lambdas/application/ports.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { createTable, type EngineTable } from './engine-table.ts';
import { Recording } from './recording.ts';

// Every operation that a test makes on a table in memory is repeated after the test by the second engine, in the same
// order, and has to get the same answer. So a test that passes would also pass with the engine in the table's place.
// The engine cannot be used during the test, because it does not follow virtual time.

/** The tables that the test has used. */
const used = new Map<InMemoryTable, Recording>();
/** Those that any test has used: a table may outlive a test. */
const recordings = new WeakMap<InMemoryTable, Recording>();
const engineTables = new WeakMap<InMemoryTable, EngineTable>();

const recordingOf = (table: InMemoryTable): Recording => {
  const recording = recordings.get(table) ?? new Recording();
  recordings.set(table, recording);
  used.set(table, recording);
  return recording;
};

const { putNow, updateNow, transactNow, expire } = InMemoryTable.prototype;

Object.assign(InMemoryTable.prototype, {
  async get(this: InMemoryTable, key: RecordKey) {
    const answer = this.peek(key);
    recordingOf(this).read('get', key, answer, (table) => table.get(key));
    return answer;
  },
  async query(this: InMemoryTable, pk: string, from: string, to: string, limit?: number) {
    const answer = this.between(pk, from, to).slice(0, limit);
    const input = { pk, from, to, limit };
    recordingOf(this).read('query', input, answer, (table) => table.query(pk, from, to, limit));
    return answer;
  },
  async queryUnresolved(this: InMemoryTable, pk: string) {
    const answer = this.unresolved(pk);
    recordingOf(this).read('queryUnresolved', { pk }, answer, (table) => table.queryUnresolved(pk));
    return answer;
  },
  async queryDue(this: InMemoryTable, due: string, until: string, limit: number) {
    const answer = this.dueNow(due, until, limit);
    recordingOf(this).queryDue(due, until, limit, answer);
    return answer;
  },
  putNow(this: InMemoryTable, put: Put) {
    const copy = structuredClone(put);
    const answer = putNow.call(this, put);
    return recordingOf(this).write('put', [copy], answer, ({ table }) => table.put(copy));
  },
  updateNow(this: InMemoryTable, update: Update) {
    const copy = structuredClone(update);
    const answer = updateNow.call(this, update);
    return recordingOf(this).write('update', [copy], answer, ({ table }) => table.update(copy));
  },
  transactNow(this: InMemoryTable, writes: readonly (Put | Update)[]) {
    const copy = structuredClone(writes);
    const answer = transactNow.call(this, writes);
    return recordingOf(this).write('transact', copy, answer, ({ table }) => table.transact(copy));
  },
  expire(this: InMemoryTable, key: RecordKey) {
    expire.call(this, key);
    recordingOf(this).write('expire', [{ key }], undefined, (engine) => engine.expire(key));
  },
} satisfies Partial<InMemoryTable>);

const inOrder = (rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));

afterEach(async () => {
  const tables = [...used];
  used.clear();
  for (const [table, recording] of tables) {
    const engine = engineTables.get(table) ?? (await createTable());
    engineTables.set(table, engine);
    for (const { name, input, answer, repeat } of recording.take()) {
      const actual = await repeat(engine);
      expect(actual, `The second engine's answer to ${name} ${JSON.stringify(input)}`).toEqual(answer);
    }
    expect(inOrder(await engine.rows()), 'What the second engine holds').toEqual(inOrder(table.rows()));
  }
});
