import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATHS } from './paths.ts';
import { runCommand } from './run-command.ts';

type Json = Record<string, unknown>;

const readJson = async (name: string): Promise<Json> =>
  JSON.parse(await readFile(join(PATHS.root, name), 'utf8'));

const isDeployed = ([, entry]: [string, unknown]): boolean => !(entry as { dev?: boolean }).dev;

/**
 * The packages that a deployment uses, as CycloneDX. npm's own `--omit dev` leaves out what development needs too,
 * such as zod: npm is shown a project without development dependencies instead.
 */
export const sbom = async (): Promise<string> => {
  const { devDependencies: _, ...manifest } = await readJson('package.json');
  const lock = (await readJson('package-lock.json')) as { packages: Record<string, Json> };
  const deployed = Object.fromEntries(Object.entries(lock.packages).filter(isDeployed));
  const { devDependencies: __, ...root } = deployed[''] ?? {};
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
