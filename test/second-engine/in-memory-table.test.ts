import { test } from 'vitest';
import { compareRandomOperations } from '../in-memory/same-operations.ts';
import { createTable } from './engine-table.ts';

test('the table in memory does what the second engine does, whatever is asked of both', async () => {
  const { table } = await createTable();
  await compareRandomOperations(table);
});
