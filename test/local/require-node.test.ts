import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { PATHS } from '../../local/paths.ts';

const script = join(PATHS.root, 'local/require-node.mjs');

/** Runs the check in a Node that reports another version. */
const runAs = (version: string) =>
  promisify(execFile)(process.execPath, [
    '--eval',
    `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); import('file://${script}')`,
  ]);

it("explains how to install the project's Node when the running one is too old", async () => {
  await expect(runAs('20.20.2')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/needs Node\.js 24, and this is 20\.20\.2[\s\S]*npm rebuild node/),
  });
});

it('prints nothing when Node is new enough', async () => {
  expect(await runAs('24.0.0')).toMatchObject({ stdout: '', stderr: '' });
});
