import { join } from 'node:path';
import { runCommand } from '../local/run-command.ts';
import { ROOT } from './handlers.ts';

/**
 * Writes the types of the construct to `dist/index.d.cts` and those of the events to `dist/events.d.cts`, each in one file
 * without those of internal parts, and compares them with the API reports in `packaging/api`.
 * @param mayChangeReport whether a change of the public API is written into its report, instead of failing
 * @throws {CommandFailedError} if the types do not compile, or a report is not up to date
 */
export const writeDeclarations = async (mayChangeReport: boolean): Promise<void> => {
  const run = (program: string, ...args: string[]) =>
    runCommand(process.execPath, [join(ROOT, program), ...args], { cwd: ROOT });
  await run('node_modules/typescript/bin/tsc', '--project', 'packaging');
  for (const config of ['api-extractor.json', 'api-extractor.events.json']) {
    await run(
      'packaging/node_modules/@microsoft/api-extractor/bin/api-extractor',
      'run',
      ...['--config', config],
      ...(mayChangeReport ? ['--local'] : []),
    );
  }
};
