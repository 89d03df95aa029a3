import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import { REGION } from './local-aws.ts';
import { PATHS } from './paths.ts';
import { CommandFailedError, endProcessGroup } from './run-command.ts';

const READY_WITHIN_IN_MS = 30_000;

/** It goes within 2 s; a busy machine gets some more. */
const GONE_WITHIN_IN_MS = 10_000;

/** The port was free a moment ago; that another program takes it again and again is no coincidence. */
const PORT_ATTEMPTS = 3;

export interface EmulatorOptions {
  /** The Python of the emulator's virtual environment. */
  readonly python: string;
  /** For temporary files and logs; the emulator leaves some behind. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/** A running MiniStack. */
export interface Emulator {
  readonly endpoint: string;
  readonly port: number;
  /** Lines of JSON, one for each call that IAM decided on. */
  readonly callsFile: string;
  /** From now on calls need permission, and functions have their own roles. The keys `test` are root's. */
  enforceIam(): Promise<void>;
  /** Ends it with everything that it started, and waits for that. */
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
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
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
  // The emulator writes CommonJS programs there, which must not be taken for modules as this project's are.
  await writeFile(join(temporary, 'package.json'), '{ "type": "commonjs" }\n');
  const logFile = join(options.folder, 'logs', 'emulator.log');
  const callsFile = join(options.folder, 'logs', 'calls.jsonl');
  const log = openSync(logFile, 'a');
  // A process group of its own: Ctrl-C in the terminal reaches us alone, and we end the emulator in order.
  // Its standard input is the pipe by which it notices that we are gone (launch-ministack.py).
  const child = spawn(options.python, [PATHS.launcher, callsFile], {
    cwd: options.folder,
    detached: true,
    stdio: ['pipe', log, log],
    env: emulatorEnvironment(port, temporary),
  });
  closeSync(log);
  child.on('error', () => undefined); // seen as an exit by waitUntilReady
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
 * A clean environment: the Lambda functions inherit it, and must not see what the caller's shell holds.
 * Node 24 comes first on the PATH, because functions run on the `node` found there.
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
  const deadline = Date.now() + READY_WITHIN_IN_MS;
  while (!(await isHealthy(emulator.endpoint))) {
    signal?.throwIfAborted();
    const exited = hasExited(emulator.child);
    if (exited || Date.now() > deadline) {
      const reason = exited ? 'it ended' : `no answer within ${READY_WITHIN_IN_MS / 1000} s`;
      throw new CommandFailedError('ministack', reason, await readFile(emulator.logFile, 'utf8'));
    }
    await sleep(50);
  }
};

const health = (endpoint: string): Promise<Response> =>
  fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2000) });

const isHealthy = async (endpoint: string): Promise<boolean> => {
  try {
    return (await health(endpoint)).ok;
  } catch {
    return false;
  }
};

/** The launcher switches it on by signal (ministack_iam.py). */
const enforceIam = async (child: ChildProcess, endpoint: string): Promise<void> => {
  child.kill('SIGUSR1');
  const deadline = Date.now() + READY_WITHIN_IN_MS;
  while (((await (await health(endpoint)).json()) as { auth: string }).auth !== 'enabled') {
    if (Date.now() > deadline) throw new Error('The emulator does not enforce IAM although it was told to.');
    await sleep(20);
  }
};

const hasExited = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

const stop = async (child: ChildProcess): Promise<void> => {
  if (!hasExited(child)) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([gone, sleep(GONE_WITHIN_IN_MS, undefined, { ref: false })]);
  }
  // Whatever is left of its process group: workers of functions that were running.
  endProcessGroup(child.pid, 'SIGKILL');
};
