import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { runCommand } from '../local/run-command.ts';
import { buildHandlers, ROOT } from './handlers.ts';
import { COMMAND_LINE, CONSTRUCT } from './programs.ts';

/** A CycloneDX document, as far as it is changed here. */
interface Document {
  readonly metadata: { readonly component: Record<string, unknown> };
  readonly components: readonly Readonly<Record<string, unknown> & { 'bom-ref': string }>[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const readJson = async (name: string) => JSON.parse(await readFile(join(ROOT, name), 'utf8'));

/** The folders of all npm packages whose code is in a bundle, such as `node_modules/zod`. */
const packagesIn = ({ outputs }: Metafile): string[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []);

const bundle = async (options: Parameters<typeof build>[0]): Promise<Metafile> =>
  (await build({ ...options, sourcemap: false, metafile: true, write: false })).metafile;

/** The npm packages whose code is in the published package, which is what a deployment consists of: `<name>@<version>`. */
export const shippedPackages = async (): Promise<ReadonlySet<string>> => {
  const { packages } = await readJson('package-lock.json');
  const metafiles = await Promise.all([buildHandlers(), bundle(CONSTRUCT), bundle(COMMAND_LINE)]);
  const folders = metafiles.flatMap(packagesIn);
  return new Set(
    folders.map((folder) => {
      const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return `${name}@${packages[folder].version}`;
    }),
  );
};

/** The bill of materials of the given packages, as a CycloneDX document. */
export const sbom = async (shipped: ReadonlySet<string>): Promise<string> => {
  const output = await runCommand('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: ROOT,
  });
  const { name } = await readJson('package.json');
  const all: Document = JSON.parse(output);
  const root = String(all.metadata.component['bom-ref']);
  const document: Document = {
    ...all,
    metadata: { ...all.metadata, component: { ...all.metadata.component, name } },
    components: all.components
      .filter((component) => shipped.has(component['bom-ref']))
      // npm calls them development dependencies, because they are bundled instead of installed.
      .map((component) => ({ ...component, properties: [] })),
    dependencies: all.dependencies
      .filter(({ ref }) => ref === root || shipped.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => shipped.has(one)) })),
  };
  return JSON.stringify(document, null, 2);
};

if (import.meta.main) console.log(await sbom(await shippedPackages()));
