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

it('the stack file contains every address, and is removed with its own stack only', async () => {
  const [first, second] = [stackAt('http://127.0.0.1:1'), stackAt('http://127.0.0.1:2')];
  for (const stack of [first, second]) {
    await writeStackFile(stack, file);
    expect(await read()).toEqual(stack);
  }
  await removeStackFile(first, file);
  expect(await read()).toEqual(second);
  await removeStackFile(second, file);
  await expect(read()).rejects.toThrow('ENOENT');
  await removeStackFile(second, file);
});
