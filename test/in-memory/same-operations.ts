import fc from 'fast-check';
import { expect } from 'vitest';
import {
  absent,
  allOf,
  anyOf,
  atLeast,
  below,
  type Condition,
  type DueKey,
  type DueQuery,
  equal,
  listWith,
  type Put,
  present,
  type Table,
  type Update,
} from '../../lambdas/adapters/table.ts';
import { InMemoryTable } from './in-memory-table.ts';

/** Few keys, attributes and values, so that operations meet. The stack ignores records with these sort keys. */
const sortKey = fc.constantFrom('TEST#1', 'TEST#2', 'TEST#3');
const attribute = fc.constantFrom('rev', 'name', 'due', 'dueAt', 'unresolvedSince', 'nested');
const text = fc.constantFrom('a', 'b', 'ab');
const lane = fc.constantFrom('TEST#a', 'TEST#b');
const number = fc.integer({ min: -2, max: 2 });

const content = fc.record(
  {
    rev: number,
    name: text,
    due: lane,
    dueAt: text,
    unresolvedSince: text,
    rescueCount: number,
    states: fc.array(text, { maxLength: 2 }),
    nested: fc.record({ list: fc.array(text, { maxLength: 2 }), flag: fc.boolean() }),
    nothing: fc.constant(undefined),
  },
  { requiredKeys: [] },
);

const clause = fc.oneof(
  attribute.map(absent),
  attribute.map(present),
  number.map((value) => equal('rev', value)),
  text.map((value) => equal('name', value)),
  number.map((value) => below('rev', value)),
  text.map((value) => below('dueAt', value)),
);

const condition: fc.Arbitrary<Condition | undefined> = fc.option(
  fc.oneof(
    clause,
    fc.array(clause, { minLength: 1, maxLength: 3 }).map((any) => anyOf(...any)),
    fc.array(clause, { minLength: 1, maxLength: 3 }).map((all) => allOf(...all)),
  ),
  { nil: undefined },
);

/** Every entry of a run that a filter lets pass, read page by page. */
const ownEntries = async (table: Table, query: DueQuery, pk: string): Promise<unknown> => {
  const own: DueKey[] = [];
  let after: DueKey | undefined;
  do {
    // The index of the other table holds the records of other runs too.
    const page = await table.listDue({ ...query, after });
    own.push(...page.found.filter((key) => key.pk === pk));
    after = page.readTo;
  } while (after);
  return { due: own.map(({ dueAt }) => dueAt), keys: own.map(({ sk }) => sk).toSorted() };
};

type Operation = (table: Table, pk: string) => Promise<unknown>;

const withCondition = (of: Condition | undefined) => (of ? { condition: of } : {});

const put = fc.record({ sk: sortKey, row: content, condition }).map(
  ({ sk, row, condition: on }) =>
    (pk: string): Put => ({ put: { pk, sk, ...row }, ...withCondition(on) }),
);

/** DynamoDB accepts an attribute in one clause of an update only. An update without any clause changes nothing. */
const update = fc
  .record({
    sk: sortKey,
    set: content,
    remove: fc.uniqueArray(attribute, { maxLength: 2 }),
    add: fc.option(number, { nil: undefined }),
    condition,
  })
  .map(({ sk, set, remove, add, condition: on }) => (pk: string): Update => {
    const { nothing: _, ...kept } = set;
    const assigned = { seen: true, ...kept };
    return {
      key: { pk, sk },
      set: assigned,
      remove: remove.filter((name) => !(name in assigned)),
      ...(add !== undefined && { add: { counter: add } }),
      ...withCondition(on),
    };
  });

const transaction = fc.uniqueArray(fc.oneof(put, update), { minLength: 1, maxLength: 3 }).map((writes) => {
  return (pk: string) => {
    const bySortKey = new Map<string, Put | Update>();
    for (const write of writes) {
      const made = write(pk);
      bySortKey.set('put' in made ? made.put.sk : made.key.sk, made);
    }
    return [...bySortKey.values()];
  };
});

const operation: fc.Arbitrary<Operation> = fc.oneof(
  put.map(
    (make): Operation =>
      (table, pk) =>
        table.put(make(pk)),
  ),
  update.map(
    (make): Operation =>
      (table, pk) =>
        table.update(make(pk)),
  ),
  transaction.map(
    (make): Operation =>
      (table, pk) =>
        table.transact(make(pk)),
  ),
  sortKey.map(
    (sk): Operation =>
      (table, pk) =>
        table.get({ pk, sk }),
  ),
  fc
    .tuple(sortKey, sortKey, fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }))
    .filter(([from, to]) => from <= to)
    .map(
      ([from, to, limit]): Operation =>
        (table, pk) =>
          table.query(pk, from, to, limit),
    ),
  fc.constant<Operation>(async (table, pk) => {
    const found = await table.queryUnresolved(pk);
    // DynamoDB orders records of the same time as it likes.
    return {
      times: found.map(({ unresolvedSince }) => unresolvedSince),
      rows: found.toSorted((a, b) => (a.sk < b.sk ? -1 : 1)),
    };
  }),
  fc
    .record({
      due: lane,
      until: text,
      limit: fc.integer({ min: 1, max: 3 }),
      filter: fc.oneof(
        number.map((value) => atLeast('rescueCount', value)),
        text.map((value) => listWith('states', value)),
      ),
    })
    .map(
      (query): Operation =>
        async (table, pk) =>
          await ownEntries(table, query, pk),
    ),
  fc.tuple(lane, text, fc.integer({ min: 1, max: 3 })).map(
    ([due, until, limit]): Operation =>
      async (table, pk) => {
        const found = await table.queryDue(due, until, 100);
        // The index of the other table holds the records of other runs too.
        const own = found.filter((key) => key.pk === pk);
        return {
          due: own.map(({ dueAt }) => dueAt).slice(0, limit),
          keys: own.map(({ sk }) => sk).toSorted(),
        };
      },
  ),
);

/**
 * Asks the same random operations of a table in memory and of another table, and compares the answers. The other table
 * may hold records of others: each run has a partition of its own.
 */
export const compareRandomOperations = async (other: Table): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 30 }), async (operations) => {
      const pk = `TEST#${crypto.randomUUID()}`;
      const inMemory = new InMemoryTable();
      for (const run of operations) {
        expect(await run(inMemory, pk)).toEqual(await run(other, pk));
      }
      // Leaves the index as it was, for the tests that follow.
      await other.transact(
        ['TEST#1', 'TEST#2', 'TEST#3'].map((sk) => ({ key: { pk, sk }, remove: ['due', 'dueAt'] })),
      );
    }),
    { numRuns: 120 },
  );
};
