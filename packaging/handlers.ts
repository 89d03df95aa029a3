import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** Root folder of the project. */
export const ROOT = join(import.meta.dirname, '..');

/** Where the bundles are written, one folder per function. Git ignores it, and the published package contains it. */
export const HANDLERS_FOLDER = join(ROOT, 'handlers');

/** What every bundle consists of, as reported by esbuild. */
export const METAFILE = join(HANDLERS_FOLDER, 'metafile.json');

/**
 * Parts of the SDK that it loads on demand, and that no function needs: credential providers, because Lambda passes
 * credentials in the environment, and event streams, which no operation that we call has. In a bundle they would be
 * more than a third of its size.
 */
const NEVER_LOADED = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  '@smithy/core/event-streams',
];

/** The clients of the SDK, and ours of the provider, import a package.json for its version. The rest of it stays out of the bundle. */
export const versionOnly: Plugin = {
  name: 'version-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[/\\]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8'));
      return { loader: 'json', contents: JSON.stringify({ version }) };
    }),
};

/**
 * The client of DynamoDB makes a cache for endpoint discovery, which its commands do not use: the code that would read the
 * cache is in no bundle. With the package mnemonist, on which it depends, it would be 3 % of a bundle.
 */
const withoutEndpointCache: Plugin = {
  name: 'without-endpoint-cache',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[/\\]@aws-sdk[/\\]endpoint-cache[/\\]/ }, () => ({
      contents: 'export class EndpointCache {}',
    })),
};

/** How every function is bundled. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // ES modules first, because esbuild removes unused code from these only.
  mainFields: ['module', 'main'],
  // The rest of the SDK is bundled: it is the tested version, and loads faster than that of the runtime.
  external: NEVER_LOADED,
  plugins: [versionOnly, withoutEndpointCache],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
} satisfies BuildOptions;

/** Names of all functions: the folders in `lambdas` that have a `handler.ts`. */
const functionNames = (): string[] =>
  globSync('lambdas/*/handler.ts', { cwd: ROOT }).map((path) => basename(dirname(path)));

/**
 * Replaces a file as a whole, and only if its content changes: other processes read it meanwhile, such as those of
 * `npm test`, and may write it too.
 */
const writeIfChanged = async (path: string, content: Uint8Array): Promise<void> => {
  const previous = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (previous?.equals(content)) return;
  await mkdir(dirname(path), { recursive: true });
  // Not in the folder of a function, which is copied as it is.
  const complete = join(HANDLERS_FOLDER, `${randomUUID()}.tmp`);
  await writeFile(complete, content);
  await rename(complete, path);
};

/** Deletes the bundles of functions that no longer exist. */
const removeOthers = async (names: readonly string[]): Promise<void> => {
  const entries = await readdir(HANDLERS_FOLDER, { withFileTypes: true });
  const stale = entries.filter((entry) => entry.isDirectory() && !names.includes(entry.name));
  await Promise.all(stale.map(({ name }) => rm(join(HANDLERS_FOLDER, name), { recursive: true })));
};

/**
 * Bundles the code of every function to `handlers/<name>/index.mjs`, with a source map beside it.
 * @throws if a source does not compile; esbuild has printed where
 */
export const buildHandlers = async (): Promise<Metafile> => {
  const names = functionNames();
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: names.map((name) => ({ in: `lambdas/${name}/handler.ts`, out: `${name}/index` })),
    outdir: HANDLERS_FOLDER,
    outExtension: { '.js': '.mjs' },
    ...BUNDLE_OPTIONS,
    metafile: true,
    write: false,
  });
  await Promise.all(outputFiles.map(({ path, contents }) => writeIfChanged(path, contents)));
  await writeIfChanged(METAFILE, new TextEncoder().encode(JSON.stringify(metafile)));
  await removeOthers(names);
  return metafile;
};

if (import.meta.main) await buildHandlers();
