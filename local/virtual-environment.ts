import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PATHS } from './paths.ts';
import { findPython } from './python.ts';
import { runCommand } from './run-command.ts';

/** Identifies the emulator's version, by everything that it is installed from. */
const requirementsHash = async (): Promise<string> =>
  createHash('sha256')
    .update(await readFile(PATHS.requirements))
    .digest('hex')
    .slice(0, 12);

/**
 * Makes the emulator's virtual environment, unless the one for these requirements is there already.
 * @returns the environment's own Python
 */
export const ensureVirtualEnvironment = async (signal?: AbortSignal): Promise<string> => {
  const finished = `${PATHS.virtualEnvironment}-${await requirementsHash()}`;
  const python = join(finished, 'bin', 'python');
  if (await works(python)) return python;

  // Made aside and moved when it is complete: an interrupted installation is never taken for a finished one,
  // and two runs at once do not disturb each other. Only scripts in `bin` mind the move, and we use none.
  const unfinished = `${PATHS.virtualEnvironment}-${randomUUID()}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await runCommand(await findPython(), ['-m', 'venv', unfinished], { signal });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    const pinned = ['--require-hashes', '--requirement', PATHS.requirements];
    await runCommand(join(unfinished, 'bin', 'python'), [...install, ...pinned], { signal });
    if (!(await works(python))) {
      await rm(finished, { recursive: true, force: true });
      await rename(unfinished, finished);
    }
    return python;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
};

/** Whether it is there and its base installation still is. */
const works = (python: string): Promise<boolean> =>
  runCommand(python, ['-c', 'import ministack']).then(
    () => true,
    () => false,
  );
