import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { REGION } from './local-aws.ts';
import { PATHS } from './paths.ts';
import type { StackOutputs } from './stack-outputs.ts';

/** Writes the addresses of a running stack to `.local/stack.json`, for other programs on this machine. */
export const writeStackFile = async (endpoint: string, outputs: StackOutputs): Promise<void> => {
  await mkdir(dirname(PATHS.stackFile), { recursive: true });
  const content = { endpoint, region: REGION, outputs };
  await writeFile(`${PATHS.stackFile}.new`, `${JSON.stringify(content, null, 2)}\n`);
  await rename(`${PATHS.stackFile}.new`, PATHS.stackFile);
};
