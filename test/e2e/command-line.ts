import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { run } from '../../cli/run.ts';
import { PATHS } from '../../local/paths.ts';
import { delivered, orderOf } from './order-fixture.ts';
import { eventually, type StackFixture } from './stack-fixture.ts';

/** Result of a run of `order-tracker`. */
export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The output of `--json`. */
  json<Content>(): Content;
}

interface CommandLine {
  /**
   * Runs `order-tracker` in this process. A process of its own would take half a second of CPU time to load it, and the
   * tests run it more than a hundred times.
   */
  run(...args: readonly string[]): Promise<Run>;
  /** Runs `order-tracker` as a process of its own. */
  runProcess(...args: readonly string[]): Promise<Run>;
  /** Writes a file for `order-tracker`. @returns its path */
  file(name: string, content: string): Promise<string>;
}

/** `order-tracker` with the options for the stack of the tests. */
export const useCommandLine = (): CommandLine => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
    await writeFile(join(folder, 'stack.json'), JSON.stringify(inject('localStack')));
  });
  afterAll(() => rm(folder, { recursive: true }));
  return {
    run: (...args) => runHere([...args, '--stack-file', join(folder, 'stack.json')]),
    runProcess: (...args) => runProcess([...args, '--stack-file', join(folder, 'stack.json')]),
    async file(name, content) {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    },
  };
};

/** Collects what is written to a stream, which is no terminal. */
const collector = () => {
  let written = '';
  const write = (content: string | Uint8Array): void => {
    written += typeof content === 'string' ? content : Buffer.from(content).toString();
  };
  return { write, text: () => written };
};

const runHere = async (args: readonly string[]): Promise<Run> => {
  const [stdout, stderr] = [collector(), collector()];
  const exitCode = await run(args, { stdout, stderr });
  return resultOf(exitCode, stdout.text(), stderr.text());
};

const resultOf = (exitCode: number, stdout: string, stderr: string): Run => ({
  exitCode,
  stdout,
  stderr,
  json: () => JSON.parse(stdout),
});

/** Compiled modules, which halve the time to start `order-tracker`. */
const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };

/** Runs `order-tracker` with these arguments and environment variables only. */
export const runProcess = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> =>
  new Promise((resolve) => {
    execFile(
      join(PATHS.programs, 'node'),
      [join(PATHS.root, 'cli/order-tracker.ts'), ...args],
      { env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...env } },
      (error, stdout, stderr) => resolve(resultOf(error ? Number(error.code) : 0, stdout, stderr)),
    );
  });

/** An order whose item is `OK`, and whose events are published. */
export const publishedOrder = async (
  stack: StackFixture,
): Promise<{ readonly orderUuid: string; readonly itemUuid: string }> => {
  const order = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
  await eventually(() => expect(stack.typesOf(order.orderUuid)).toContain('order.settled'));
  return order;
};
