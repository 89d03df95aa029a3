import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT } from './handlers.ts';

/** An npm package whose code is in a bundle. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder in this project, such as `node_modules/zod`. */
  readonly folder: string;
}

const foldersIn = ({ outputs }: Metafile): string[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []);

/** The npm packages whose code is in the bundles, each name and version once, in alphabetical order. */
export const shippedPackages = async (bundles: readonly Metafile[]): Promise<ShippedPackage[]> => {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
  const found = new Map<string, ShippedPackage>();
  for (const folder of new Set(bundles.flatMap(foldersIn))) {
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const { version } = packages[folder];
    found.set(`${name}@${version}`, { name, version, folder });
  }
  return [...found.values()].sort((a, b) => a.folder.localeCompare(b.folder));
};
