import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { buildHandlers, ROOT, versionOnly } from './handlers.ts';

const PROGRAM = {
  absWorkingDir: ROOT,
  outdir: join(ROOT, 'dist'),
  bundle: true,
  platform: 'node',
  // The oldest Node.js on which users of the package synthesize their apps and run `order-tracker`.
  target: 'node20',
  mainFields: ['module', 'main'],
  plugins: [versionOnly],
  sourcemap: true,
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * The construct, `dist/index.cjs`. It is CommonJS because that works everywhere: Jest, which the default CDK app uses,
 * cannot load ES modules on Node 20, while ES modules can import CommonJS.
 */
const CONSTRUCT: BuildOptions = {
  ...PROGRAM,
  entryPoints: ['lib/index.ts'],
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  // Constructs of two copies of these do not fit together, so the app's own copy is used.
  external: ['aws-cdk-lib', 'constructs'],
  define: { 'import.meta.dirname': '__dirname' },
};

/** What subscribers import, `dist/events.cjs`: it has no dependencies. */
const EVENTS: BuildOptions = {
  ...PROGRAM,
  entryPoints: { events: 'events/index.ts' },
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
};

/** The command line, `dist/order-tracker.mjs`, with the clients of the AWS SDK. */
const COMMAND_LINE: BuildOptions = {
  ...PROGRAM,
  entryPoints: ['cli/order-tracker.ts'],
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  minify: true,
  sourcesContent: false,
};

/**
 * Bundles everything that the package contains: functions, construct, events and command line.
 * @param write whether all but the functions is written to `dist`
 * @returns what the bundles consist of
 */
export const bundleAll = async (write: boolean): Promise<Metafile[]> => {
  const programs = [CONSTRUCT, EVENTS, COMMAND_LINE].map(async (options) => {
    const { metafile } = await build({ ...options, write, metafile: true });
    return metafile;
  });
  return Promise.all([buildHandlers(), ...programs]);
};
