import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../local/run-command.ts';
import { ROOT } from './handlers.ts';
import { bundleAll } from './programs.ts';
import { type ShippedPackage, shippedPackages } from './shipped-packages.ts';

/** A CycloneDX document, as far as it is changed here. */
interface Document {
  readonly metadata: { readonly component: Record<string, unknown> };
  readonly components: readonly Readonly<Record<string, unknown> & { 'bom-ref': string }>[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** The bill of materials of the given packages, as a CycloneDX document. */
export const sbom = async (packages: readonly ShippedPackage[]): Promise<string> => {
  const shipped = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  const output = await runCommand('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: ROOT,
  });
  const { name } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
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

if (import.meta.main) console.log(await sbom(await shippedPackages(await bundleAll(false))));
