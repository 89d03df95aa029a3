import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { finished } from 'node:stream/promises';

/** The error message shows the end of the output, where the reason of a failure usually is. */
const MAX_TAIL_LINES = 25;

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Receives everything that the command prints. */
  readonly logFile?: string;
  /** Ends the command and every process that it started. */
  readonly signal?: AbortSignal | undefined;
}

/** Thrown when a command cannot be started, exits with an error, or is ended by a signal. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  readonly output: string;

  constructor(command: string, reason: string, output: string) {
    const tail = output.trimEnd().split('\n').slice(-MAX_TAIL_LINES).join('\n');
    super(`"${command.trim()}" failed (${reason}):\n${tail}`);
    this.output = output;
  }
}

/**
 * Runs a command and returns its standard output. The command leads a process group of its own, so that it can be ended
 * with its children and does not receive Ctrl-C from the terminal.
 */
export const runCommand = async (
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> => {
  const { env = process.env, cwd, logFile, signal } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  const output: string[] = [];
  let allOutput = '';
  const collect = (chunk: Buffer) => {
    allOutput += chunk.toString();
    log?.write(chunk);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    output.push(chunk.toString());
    collect(chunk);
  });
  child.stderr.on('data', collect);

  const end = () => endProcessGroup(child.pid, 'SIGTERM');
  signal?.addEventListener('abort', end);
  try {
    const reason = await new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, by) =>
        resolve(code === 0 ? undefined : by ? `ended by ${by}` : `code ${code}`),
      );
    });
    signal?.throwIfAborted();
    if (reason !== undefined)
      throw new CommandFailedError(`${basename(command)} ${args[0] ?? ''}`, reason, allOutput);
    return output.join('');
  } finally {
    signal?.removeEventListener('abort', end);
    if (log) await finished(log.end());
  }
};

/** Sends a signal to a process group that this process started. Does nothing when the group has ended. */
export const endProcessGroup = (leader: number | undefined, signal: NodeJS.Signals): void => {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};
