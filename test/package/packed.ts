import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runCommand } from '../../local/run-command.ts';
import { ROOT } from '../../packaging/handlers.ts';

/** The package as it would be published. `npm run test:package` has built its content. */
export interface Packed {
  readonly tarball: string;
  /** The files in it. */
  readonly files: readonly string[];
}

/** Makes the tarball that `npm publish` would upload. */
export const pack = async (): Promise<Packed> => {
  const folder = await temporaryFolder('packed');
  const output = await runCommand('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  const [{ filename, files }] = Object.values(JSON.parse(output)) as [
    { filename: string; files: { path: string }[] },
  ];
  return { tarball: join(folder, filename), files: files.map(({ path }) => path) };
};

/** A folder outside the project, so that nothing is found in its `node_modules`. The test run removes it. */
export const temporaryFolder = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `${name}-`));

/** The environment of a user: no programs of this project, no settings of the npm that runs these tests. */
const USER_ENVIRONMENT: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|vitest|node_)/i.test(name))),
  PATH: (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(ROOT))
    .join(delimiter),
};

/** Runs a command as a user would in the folder. */
export const runAsUser = (
  folder: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> => runCommand(command, args, { cwd: folder, env: { ...USER_ENVIRONMENT, ...env } });
