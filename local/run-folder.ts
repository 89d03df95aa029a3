import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PATHS } from './paths.ts';

/** The folders of one run. */
export interface RunFolder {
  readonly path: string;
  readonly logs: string;
  remove(): Promise<void>;
}

let runs = 0;

/** Creates a folder for this run, named after this process, and removes the folders of processes that have ended. */
export const makeRunFolder = async (): Promise<RunFolder> => {
  await mkdir(PATHS.runs, { recursive: true });
  await removeLeftovers();
  runs += 1;
  const path = join(PATHS.runs, `${process.pid}-${runs}`);
  const logs = join(path, 'logs');
  await rm(path, { recursive: true, force: true });
  await mkdir(logs, { recursive: true });
  return { path, logs, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
};

const removeLeftovers = async (): Promise<void> => {
  for (const name of await readdir(PATHS.runs)) {
    const owner = Number.parseInt(name, 10);
    if (!isRunning(owner)) await rm(join(PATHS.runs, name), { recursive: true, force: true });
  }
};

const isRunning = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
