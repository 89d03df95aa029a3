import { join } from 'node:path';
import { runCommand } from '../local/run-command.ts';
import { ROOT } from './handlers.ts';

/**
 * Writes the types of the construct to `dist/index.d.cts`, in one file without those of internal parts, and compares
 * them with the API report in `packaging/api`.
 * @param mayChangeReport whether a change of the public API is written into the report, instead of failing
 * @throws {CommandFailedError} if the types do not compile, or the report is not up to date
 */
export const writeDeclarations = async (mayChangeReport: boolean): Promise<void> => {
  const run = (program: string, ...args: string[]) =>
    runCommand(process.execPath, [join(ROOT, program), ...args], { cwd: ROOT });
  await run('node_modules/typescript/bin/tsc', '--project', 'packaging');
  await run(
    'packaging/node_modules/@microsoft/api-extractor/bin/api-extractor',
    'run',
    ...(mayChangeReport ? ['--local'] : []),
  );
};
