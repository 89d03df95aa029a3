import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StackFile } from '../clients/local-stack.ts';
import type { LocalStack } from './local-stack.ts';
import { PATHS } from './paths.ts';

/** Addresses of a running stack; of the simulator only where there is one. */
type Addresses = Pick<LocalStack, 'endpoint' | 'region' | 'outputs' | 'simulatorControlUrl'>;

/** Writes the addresses of a running stack to `.local/stack.json`, for other programs on this machine. */
export const writeStackFile = async (stack: Addresses, file: string = PATHS.stackFile): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  const { endpoint, region, outputs, simulatorControlUrl } = stack;
  const content: StackFile = {
    endpoint,
    region,
    ...(simulatorControlUrl && { simulatorControlUrl }),
    outputs,
  };
  await writeFile(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`);
  await rename(`${file}.new`, file);
};

/** Removes the file when the stack ends, unless it is of another stack that was started since. */
export const removeStackFile = async (
  { endpoint }: Pick<Addresses, 'endpoint'>,
  file: string = PATHS.stackFile,
): Promise<void> => {
  const content = await readFile(file, 'utf8').catch(() => '{}');
  if ((JSON.parse(content) as Partial<Addresses>).endpoint === endpoint) await rm(file, { force: true });
};
