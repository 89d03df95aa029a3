import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import { REGION } from './local-aws.ts';
import { PATHS } from './paths.ts';
import { CommandFailedError, endProcessGroup } from './run-command.ts';

/** Ready within 0.3 s on an idle machine; a busy one needs some 50 times as long. */
const MAX_START_IN_MS = 60_000;

/** It ends within 2 s on an idle machine. */
const MAX_STOP_IN_MS = 10_000;

/** Another program can take the free port before the emulator does, but hardly three times in a row. */
const MAX_PORTS = 3;

export interface EmulatorOptions {
  /** Path of Python in the emulator's virtual environment. */
  readonly python: string;
  /** For temporary files and logs, some of which the emulator leaves behind. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/** A running MiniStack. */
export interface Emulator {
  readonly endpoint: string;
  readonly port: number;
  /** JSON lines: every API call whose permission was checked. */
  readonly callsFile: string;
  /** From now on every call needs permission and functions use their own roles. The access key `test` is the root user. */
  enforceIam(): Promise<void>;
  /** Stops the emulator and every process that it started, and waits until they have ended. */
  stop(): Promise<void>;
}

/** Starts MiniStack on a free loopback port and waits until it answers. */
export const startEmulator = async (options: EmulatorOptions): Promise<Emulator> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const emulator = await launch(options, port);
    try {
      await waitUntilReady(emulator, options.signal);
      return emulator;
    } catch (error) {
      await emulator.stop();
      const taken = error instanceof CommandFailedError && error.output.includes('already in use');
      if (!taken || attempt === MAX_PORTS) throw error;
    }
  }
};

interface LaunchedEmulator extends Emulator {
  readonly child: ChildProcess;
  readonly logFile: string;
}

const launch = async (options: EmulatorOptions, port: number): Promise<LaunchedEmulator> => {
  options.signal?.throwIfAborted();
  const temporary = join(options.folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  // The emulator writes CommonJS programs there. Without this file Node would read them as modules, as this project's.
  await writeFile(join(temporary, 'package.json'), '{ "type": "commonjs" }\n');
  const logFile = join(options.folder, 'logs', 'emulator.log');
  const callsFile = join(options.folder, 'logs', 'calls.jsonl');
  const log = openSync(logFile, 'a');
  // In a process group of its own the emulator does not receive Ctrl-C from the terminal: this process stops it in order.
  // The pipe to its standard input closes when this process ends, and launch-ministack.py then stops the emulator.
  const child = spawn(options.python, [PATHS.launcher, callsFile], {
    cwd: options.folder,
    detached: true,
    stdio: ['pipe', log, log],
    env: emulatorEnvironment(port, temporary),
  });
  closeSync(log);
  child.on('error', () => undefined); // waitUntilReady reports it as an exit.
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    port,
    callsFile,
    child,
    logFile,
    enforceIam: () => enforceIam(child, endpoint),
    stop: () => stop(child),
  };
};

/**
 * A clean environment, because the Lambda functions inherit it and must not see variables of the caller's shell.
 * Node 24 comes first on the PATH, because the functions run on the `node` found there.
 */
const emulatorEnvironment = (port: number, temporary: string): NodeJS.ProcessEnv => ({
  PATH: [PATHS.programs, process.env['PATH']].join(delimiter),
  HOME: temporary,
  LANG: 'C.UTF-8',
  TMPDIR: temporary,
  GATEWAY_PORT: String(port),
  BIND_HOST: '127.0.0.1',
  IOT_MTLS_ENABLED: '0',
  MINISTACK_REGION: REGION,
});

const waitUntilReady = async (emulator: LaunchedEmulator, signal?: AbortSignal): Promise<void> => {
  const deadline = Date.now() + MAX_START_IN_MS;
  while (!(await readHealth(emulator.endpoint))) {
    signal?.throwIfAborted();
    const exited = hasExited(emulator.child);
    if (exited || Date.now() > deadline) {
      const reason = exited ? 'it ended' : `no answer within ${MAX_START_IN_MS / 1000} s`;
      throw new CommandFailedError('ministack', reason, await readFile(emulator.logFile, 'utf8'));
    }
    await sleep(50);
  }
};

interface Health {
  /** `enabled` when the emulator enforces IAM. */
  readonly auth: string;
}

/** The emulator's health, or undefined when it does not answer in time. */
const readHealth = async (endpoint: string): Promise<Health | undefined> => {
  try {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2000) });
    return response.ok ? ((await response.json()) as Health) : undefined;
  } catch {
    return undefined;
  }
};

/** The signal makes the emulator enforce IAM (ministack_iam.py). */
const enforceIam = async (child: ChildProcess, endpoint: string): Promise<void> => {
  child.kill('SIGUSR1');
  const deadline = Date.now() + MAX_START_IN_MS;
  while ((await readHealth(endpoint))?.auth !== 'enabled') {
    if (Date.now() > deadline) {
      throw new Error(`The emulator did not start to enforce IAM within ${MAX_START_IN_MS / 1000} s.`);
    }
    await sleep(20);
  }
};

const hasExited = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

const stop = async (child: ChildProcess): Promise<void> => {
  if (!hasExited(child)) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(MAX_STOP_IN_MS, undefined, { ref: false })]);
  }
  // Ends the rest of its process group: functions that were running.
  endProcessGroup(child.pid, 'SIGKILL');
};
