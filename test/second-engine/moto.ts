import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CommandFailedError } from '../../local/run-command.ts';
import { ensureVirtualEnvironment } from '../../local/virtual-environment.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** It is ready within 2 s on an idle machine. */
const MAX_START_IN_MS = 60_000;

/** A running Moto. */
export interface Moto {
  readonly endpoint: string;
  /** Stops it, and waits until it has ended. */
  stop(): Promise<void>;
}

/**
 * Installs Moto's DynamoDB below `.local` if it is not there, and starts it.
 * @throws {PythonMissingError} without a Python that is new enough
 * @throws {InstallFailedError} if its packages cannot be downloaded
 * @throws {CommandFailedError} with what it printed, if it does not start
 */
export const startMoto = async (): Promise<Moto> => {
  const python = await ensureVirtualEnvironment({
    module: 'moto',
    requirements: pathOf('requirements.txt'),
    environment: pathOf('../../.local/moto'),
  });
  const child = spawn(python, [pathOf('launch-moto.py')], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const started = once(child.stdout, 'data', { signal: AbortSignal.timeout(MAX_START_IN_MS) });
  const port = await Promise.race([
    started.then(
      ([chunk]) => String(chunk).trim(),
      () => undefined,
    ),
    ended.then(() => undefined),
  ]);
  if (port === undefined) {
    child.kill('SIGKILL');
    throw new CommandFailedError('launch-moto.py', 'it did not start', errors);
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
};
