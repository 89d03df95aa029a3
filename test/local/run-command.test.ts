import { expect, it } from 'vitest';
import { CommandFailedError, runCommand } from '../../local/run-command.ts';

const run = (program: string, signal?: AbortSignal) =>
  runCommand(process.execPath, ['-e', program], { signal });

it('running a command returns its standard output', async () => {
  expect(await run('console.log("out"); console.error("err")')).toBe('out\n');
});

it('running a command fails with the end of its output', async () => {
  const failing = run('console.error("the reason"); process.exit(3)');
  await expect(failing).rejects.toThrow(CommandFailedError);
  await expect(failing).rejects.toThrow(/code 3\):\nthe reason$/);
});

it('running a command fails when the command does not exist', async () => {
  await expect(runCommand('no-such-command', [])).rejects.toThrow(/ENOENT/);
});

it('running a command ends the command and its children when aborted', async () => {
  const abort = new AbortController();
  const sleeper = 'setInterval(() => {}, 1000)';
  const parent = `require('node:child_process').spawn(process.execPath, ['-e', '${sleeper}'], { stdio: 'inherit' }); ${sleeper}`;
  const running = run(parent, abort.signal);
  setTimeout(() => abort.abort(new Error('enough')), 100);

  // It settles only when no process holds the pipes any more, including the child.
  await expect(running).rejects.toThrow('enough');
});
