import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));

const simulate = async (...options: string[]): Promise<string> =>
  (await run(process.execPath, [CLI, ...options])).stdout;

describe('npm run simulate', () => {
  test('ends with a table', async () => {
    const table = await simulate('--orders', '6', '--batch', '3', '--seed', 'cli');
    expect(table).toMatch(/^Orders +6$/m);
    expect(table).toMatch(/^Broken promises +0$/m);
  });

  test('replays one world, without the faults that are named', async () => {
    const replay = await simulate(
      '--world',
      'cli/0',
      '--orders',
      '3',
      '--without',
      'webhook lost,clock jumps',
    );
    expect(replay).toContain('No promise is broken.');
  });
});
