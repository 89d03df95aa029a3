import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { PATHS } from '../../local/paths.ts';

const script = join(PATHS.root, 'local/require-node.mjs');

/** Runs the check in a Node that takes itself for another version. */
const checkedBy = (version: string) =>
  promisify(execFile)(process.execPath, [
    '--eval',
    `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); import('file://${script}')`,
  ]);

it('says how to get the Node that the project brings, where install scripts were switched off', async () => {
  await expect(checkedBy('20.20.2')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/needs Node\.js 24, and this is 20\.20\.2[\s\S]*npm rebuild node/),
  });
});

it('says nothing where it is there', async () => {
  expect(await checkedBy('24.0.0')).toMatchObject({ stdout: '', stderr: '' });
});
