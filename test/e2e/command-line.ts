import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { PATHS } from '../../local/paths.ts';

/** What a run of `order-tracker` came to. */
export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What it printed with `--json`. */
  json<Content>(): Content;
}

interface CommandLine {
  /** Runs it as people do, as a process of its own. */
  run(...args: readonly string[]): Promise<Run>;
  /** Writes a file for it. */
  file(name: string, content: string): Promise<string>;
}

/** `order-tracker` for the stack of the tests. */
export const useCommandLine = (): CommandLine => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
    await writeFile(join(folder, 'stack.json'), JSON.stringify(inject('localStack')));
  });
  afterAll(() => rm(folder, { recursive: true }));
  return {
    run: (...args) => runProgram([...args, '--stack-file', join(folder, 'stack.json')]),
    async file(name, content) {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    },
  };
};

/** Runs `order-tracker` with nothing but these arguments and variables. */
export const runProgram = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> =>
  new Promise((resolve) => {
    execFile(
      join(PATHS.programs, 'node'),
      [join(PATHS.root, 'cli/order-tracker.ts'), ...args],
      { env: { PATH: process.env['PATH'], ...env } },
      (error, stdout, stderr) =>
        resolve({
          exitCode: error ? Number(error.code) : 0,
          stdout,
          stderr,
          json: () => JSON.parse(stdout),
        }),
    );
  });
