import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { omit } from '../lambdas/domain/omit.ts';
import { PATHS } from './paths.ts';
import { runCommand } from './run-command.ts';

type Json = Record<string, unknown>;

const readJson = async (name: string): Promise<Json> =>
  JSON.parse(await readFile(join(PATHS.root, name), 'utf8'));

const isDeployed = ([, entry]: [string, unknown]): boolean => !(entry as { dev?: boolean }).dev;

/**
 * The packages that a deployment uses, as a CycloneDX document. `npm sbom --omit dev` would leave out packages that
 * development dependencies use as well, such as zod. So npm reads a copy of the project without those dependencies.
 */
export const sbom = async (): Promise<string> => {
  const manifest = omit(await readJson('package.json'), 'devDependencies');
  const lock = (await readJson('package-lock.json')) as { packages: Record<string, Json> };
  const deployed = Object.fromEntries(Object.entries(lock.packages).filter(isDeployed));
  const root = omit(deployed[''] ?? {}, 'devDependencies');
  const folder = await mkdtemp(join(tmpdir(), 'order-tracker-sbom-'));
  try {
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    const packages = { ...deployed, '': root };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
    return await runCommand('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
      cwd: folder,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

if (import.meta.main) process.stdout.write(await sbom());
