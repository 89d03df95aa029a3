import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { buildHandlers, HANDLERS_FOLDER } from './handlers.ts';

/** The recorded bundles, with the largest size that each may have. */
const BUNDLE_LIMITS = join(import.meta.dirname, 'bundle-limits.json');

/** Bytes of minified code by where it comes from: an npm package, or a folder of this project such as `lambdas/domain`. */
type Contents = Readonly<Record<string, number>>;

/** How large the bundle of a function may be, and what it consisted of when that was decided. */
interface BundleLimit {
  /** Limit for the gzipped bundle, which Lambda downloads and which makes up most of a cold start. */
  readonly maxGzipBytes: number;
  readonly contents: Contents;
}

/** A bundle as it is now. */
interface Bundle {
  readonly name: string;
  readonly gzipBytes: number;
  readonly contents: Contents;
}

const originOf = (path: string): string => {
  const inPackage = path.lastIndexOf('node_modules/');
  if (inPackage === -1) return path.split('/').slice(0, 2).join('/');
  const parts = path.slice(inPackage + 'node_modules/'.length).split('/');
  return parts.slice(0, parts[0]?.startsWith('@') ? 2 : 1).join('/');
};

const contentsOf = (inputs: Metafile['outputs'][string]['inputs']): Contents => {
  const bytesByOrigin = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const origin = originOf(path);
    bytesByOrigin.set(origin, (bytesByOrigin.get(origin) ?? 0) + bytesInOutput);
  }
  const used = [...bytesByOrigin].filter(([, bytes]) => bytes > 0);
  return Object.fromEntries(used.sort(([, a], [, b]) => b - a));
};

/** The bundles that esbuild reported, in alphabetical order. */
export const bundlesOf = async ({ outputs }: Metafile): Promise<Bundle[]> => {
  const bundles = Object.entries(outputs)
    .filter(([path]) => path.endsWith('.mjs'))
    .map(async ([path, { inputs }]) => {
      const name = basename(dirname(path));
      const code = await readFile(join(HANDLERS_FOLDER, name, 'index.mjs'));
      return { name, gzipBytes: gzipSync(code).length, contents: contentsOf(inputs) };
    });
  return (await Promise.all(bundles)).sort((a, b) => a.name.localeCompare(b.name));
};

/** What grew since the bundle was recorded, the largest growth first, such as `zod +1200`. */
export const growthOf = (contents: Contents, recorded: Contents): string[] =>
  Object.entries(contents)
    .map(([origin, bytes]) => ({ origin, growth: bytes - (recorded[origin] ?? 0) }))
    .filter(({ growth }) => growth > 0)
    .sort((a, b) => b.growth - a.growth)
    .map(({ origin, growth }) => `${origin} +${growth}`);

export const readLimits = async (): Promise<Readonly<Record<string, BundleLimit>>> =>
  JSON.parse(await readFile(BUNDLE_LIMITS, 'utf8'));

/** How much a new function may grow before its limit has to be raised. */
const ROOM = 1.02;

/** Records the present contents. Limits are changed by hand; only a new function gets one here. */
const record = async (bundles: readonly Bundle[]): Promise<void> => {
  const limits = await readLimits();
  const recorded = bundles.map(({ name, gzipBytes, contents }) => [
    name,
    { maxGzipBytes: limits[name]?.maxGzipBytes ?? Math.ceil((gzipBytes * ROOM) / 1000) * 1000, contents },
  ]);
  await writeFile(BUNDLE_LIMITS, `${JSON.stringify(Object.fromEntries(recorded), null, 2)}\n`);
};

if (import.meta.main) {
  const bundles = await bundlesOf(await buildHandlers());
  const origins = Object.fromEntries(bundles.flatMap(({ contents }) => Object.entries(contents)));
  const rows = Object.keys(origins).map((origin) => [
    origin,
    Object.fromEntries(bundles.map(({ name, contents }) => [name, contents[origin] ?? 0])),
  ]);
  const total = Object.fromEntries(bundles.map(({ name, gzipBytes }) => [name, gzipBytes]));
  console.table(Object.fromEntries([['all, gzip', total], ...rows]));
  if (process.argv.includes('--record')) await record(bundles);
}
