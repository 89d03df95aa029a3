import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PATHS } from './paths.ts';
import { findPython } from './python.ts';
import { CommandFailedError, runCommand } from './run-command.ts';

/** A Python program with an environment of its own, for their dependencies exclude each other. */
export interface PythonProgram {
  /** What can be imported once it is installed. */
  readonly module: string;
  /** Pinned versions and their hashes. */
  readonly requirements: string;
  /** Where it is installed, followed by a hash. */
  readonly environment: string;
}

/** The emulator of AWS. */
export const MINISTACK: PythonProgram = {
  module: 'ministack',
  requirements: PATHS.requirements,
  environment: PATHS.virtualEnvironment,
};

/** Identifies the program's version, by everything that it is installed from. */
const requirementsHash = async (requirements: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);

/**
 * Makes a program's virtual environment, unless the one for these requirements is there already.
 * @returns the environment's own Python
 */
export const ensureVirtualEnvironment = async (
  { module, requirements, environment }: PythonProgram,
  signal?: AbortSignal,
): Promise<string> => {
  const finished = `${environment}-${await requirementsHash(requirements)}`;
  const python = join(finished, 'bin', 'python');
  if (await works(python, module)) return python;

  // Made aside and moved when it is complete: an interrupted installation is never taken for a finished one,
  // and two runs at once do not disturb each other. Only scripts in `bin` mind the move, and we use none.
  const unfinished = `${environment}-${randomUUID()}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await runCommand(await findPython(), ['-m', 'venv', unfinished], { signal });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    const pinned = ['--require-hashes', '--requirement', requirements];
    await explained(module, () =>
      runCommand(join(unfinished, 'bin', 'python'), [...install, ...pinned], { signal }),
    );
    if (!(await works(python, module))) {
      await rm(finished, { recursive: true, force: true });
      await rename(unfinished, finished);
    }
    return python;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
};

/** Thrown when the Python packages cannot be fetched or installed. */
export class InstallFailedError extends Error {
  override readonly name = 'InstallFailedError';

  constructor(module: string, cause: CommandFailedError) {
    super(
      [
        cause.message,
        '',
        `The Python program "${module}" could not be installed from PyPI; it is needed once, and kept in .local/.`,
        'Is this machine offline? Then run the command again when it is not. Is there a proxy, or an index of your own?',
        'Then tell pip: HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT.',
      ].join('\n'),
      { cause },
    );
  }
}

const explained = async (module: string, install: () => Promise<unknown>): Promise<void> => {
  try {
    await install();
  } catch (error) {
    throw error instanceof CommandFailedError ? new InstallFailedError(module, error) : error;
  }
};

/** Whether it is there and its base installation still is. */
const works = (python: string, module: string): Promise<boolean> =>
  runCommand(python, ['-c', `import ${module}`]).then(
    () => true,
    () => false,
  );
