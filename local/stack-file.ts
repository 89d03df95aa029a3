import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StackFile } from '../clients/local-stack.ts';
import { PATHS } from './paths.ts';

/** Writes the addresses of a running stack to `.local/stack.json`, for other programs on this machine. */
export const writeStackFile = async (stack: StackFile, file: string = PATHS.stackFile): Promise<void> => {
  const { endpoint, region, simulatorControlUrl, outputs } = stack;
  const content: StackFile = {
    endpoint,
    region,
    ...(simulatorControlUrl && { simulatorControlUrl }),
    outputs,
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`);
  await rename(`${file}.new`, file);
};

/** Removes the file when the stack stops, unless a stack that was started later has overwritten it. */
export const removeStackFile = async (
  { endpoint }: Pick<StackFile, 'endpoint'>,
  file: string = PATHS.stackFile,
): Promise<void> => {
  const content = await readFile(file, 'utf8').catch(() => '{}');
  if ((JSON.parse(content) as Partial<StackFile>).endpoint === endpoint) await rm(file, { force: true });
};
