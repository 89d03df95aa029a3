import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeStackFile, writeStackFile } from '../../local/stack-file.ts';

const stackAt = (endpoint: string) => ({
  endpoint,
  region: 'eu-west-1',
  outputs: { TableName: 'table' },
  simulatorControlUrl: `${endpoint}/_simulator`,
});

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
  file = join(folder, 'made', 'stack.json');
});
afterEach(() => rm(folder, { recursive: true }));

const read = async () => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;

it('contains every address, including that of the simulator', async () => {
  const stack = stackAt('http://127.0.0.1:1');
  await writeStackFile(stack, file);
  expect(await read()).toEqual(stack);
});

it('is removed with its own stack only', async () => {
  const first = stackAt('http://127.0.0.1:1');
  const second = stackAt('http://127.0.0.1:2');
  await writeStackFile(first, file);
  await writeStackFile(second, file);
  await removeStackFile(first, file);
  expect(await read()).toMatchObject({ endpoint: second.endpoint });
  await removeStackFile(second, file);
  await expect(read()).rejects.toThrow('ENOENT');
  await removeStackFile(second, file);
});
