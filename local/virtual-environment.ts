import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PATHS } from './paths.ts';
import { findPython } from './python.ts';
import { CommandFailedError, runCommand } from './run-command.ts';

/** A Python program with a virtual environment of its own. */
export interface PythonProgram {
  /** Name of its module. */
  readonly module: string;
  /** File with pinned versions and their hashes. */
  readonly requirements: string;
  /** Path of its virtual environment, without the hash that is appended. */
  readonly environment: string;
}

/** The AWS emulator. */
export const MINISTACK: PythonProgram = {
  module: 'ministack',
  requirements: PATHS.requirements,
  environment: PATHS.virtualEnvironment,
};

/** Identifies the versions of the program and of all its packages. */
const requirementsHash = async (requirements: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);

/**
 * Creates a program's virtual environment, unless one with the same requirements exists.
 * @returns path of the environment's Python
 */
export const ensureVirtualEnvironment = async (
  { module, requirements, environment }: PythonProgram,
  signal?: AbortSignal,
): Promise<string> => {
  const finished = `${environment}-${await requirementsHash(requirements)}`;
  const python = join(finished, 'bin', 'python');
  if (await works(python, module)) return python;

  // Created under another name and renamed when it is complete, so that an interrupted installation is never used and
  // two runs at the same time do not disturb each other. Renaming breaks only the scripts in `bin`, and none is used.
  const unfinished = `${environment}-${randomUUID()}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await runCommand(await findPython(), ['-m', 'venv', unfinished], { signal });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    const pinned = ['--require-hashes', '--requirement', requirements];
    await explainFailure(module, () =>
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

/** Thrown when the Python packages cannot be downloaded or installed. */
export class InstallFailedError extends Error {
  override readonly name = 'InstallFailedError';

  constructor(module: string, cause: CommandFailedError) {
    super(
      [
        cause.message,
        '',
        `The Python program "${module}" could not be installed from PyPI. It is installed once and kept in .local/.`,
        'If this machine is offline, repeat the command when it is online. If it needs a proxy or another package index,',
        'set HTTPS_PROXY, PIP_INDEX_URL and PIP_CERT.',
      ].join('\n'),
      { cause },
    );
  }
}

const explainFailure = async (module: string, install: () => Promise<unknown>): Promise<void> => {
  try {
    await install();
  } catch (error) {
    throw error instanceof CommandFailedError ? new InstallFailedError(module, error) : error;
  }
};

/** Whether the environment exists and the Python that it was created from still does. */
const works = (python: string, module: string): Promise<boolean> =>
  runCommand(python, ['-c', `import ${module}`]).then(
    () => true,
    () => false,
  );
