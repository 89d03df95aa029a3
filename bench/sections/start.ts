import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS, HANDLERS_FOLDER, ROOT } from '../../packaging/handlers.ts';
import { number, table } from '../markdown.ts';
import { type Duration, type StartTime, withStarts } from '../model/start-time.ts';
import type { Section } from '../section.ts';
import { median, quantile } from '../statistics.ts';

const MAX_RATIO = 1.15;
/** Gzipped. Test and CI hold a limit for each function: `packaging/bundle-limits.json`. */
const MAX_KILOBYTES = 92;

const BARE = 'bench/bare/put-item.ts';
const INGEST = 'lambdas/ingest-webhook/handler.ts';

/** What ingest-webhook has in addition to the bare handler, as statements of a module in the root folder. */
const PARTS = {
  'zod: settings, webhook, messages in English': `
    import { readSettings } from './lambdas/adapters/settings.ts';
    export const settings = readSettings();
    export { webhookSchema } from './lambdas/contracts/webhook.ts';
    export { json } from './lambdas/application/http.ts';`,
  'Powertools: logs and metrics': `
    export { observed } from './lambdas/adapters/telemetry.ts';`,
  'client of Secrets Manager': `
    import { secretReader } from './lambdas/adapters/secrets.ts';
    export const secret = secretReader('an ARN');`,
  'table: other commands, conversion of values': `
    import { dynamoDbTable } from './lambdas/adapters/dynamodb-table.ts';
    export const table = dynamoDbTable('table');`,
  'middy with the middlewares for HTTP': `
    import middy from '@middy/core';
    import httpErrorHandler from '@middy/http-error-handler';
    import httpHeaderNormalizer from '@middy/http-header-normalizer';
    export const middlewares = middy().use(httpErrorHandler()).use(httpHeaderNormalizer());`,
} as const;

/** A bundle whose start is measured. */
interface Variant {
  readonly name: string;
  readonly file: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The starts of a variant, one for each round. */
type Starts = readonly StartTime[];

/** Writes the bundles to a folder. */
const bundleVariants = async (folder: string): Promise<readonly Variant[]> => {
  const bundle = async (name: string, options: object): Promise<string> => {
    const outfile = join(folder, name);
    await build({ ...BUNDLE_OPTIONS, absWorkingDir: ROOT, outfile, ...options });
    return outfile;
  };
  const bare = await bundle('bare.mjs', { entryPoints: [BARE] });
  const ours = join(HANDLERS_FOLDER, 'ingest-webhook', 'index.mjs');
  const cache = { NODE_COMPILE_CACHE: join(folder, 'cache') };
  const parts = Object.entries(PARTS).map(async ([name, statements], index) => {
    const contents = `export { handler } from './${BARE}';${statements}`;
    const stdin = { contents, resolveDir: ROOT, loader: 'ts' };
    return { name, file: await bundle(`part-${index}.mjs`, { stdin }) };
  });
  return [
    { name: 'bare handler with the same DynamoDB client', file: bare },
    { name: '**ingest-webhook**', file: ours },
    {
      name: 'with `--enable-source-maps`',
      file: ours,
      environment: { NODE_OPTIONS: '--enable-source-maps' },
    },
    { name: 'as CommonJS', file: await bundle('ours.cjs', { entryPoints: [INGEST], format: 'cjs' }) },
    {
      name: 'bare handler as CommonJS',
      file: await bundle('bare.cjs', { entryPoints: [BARE], format: 'cjs' }),
    },
    { name: "with Node's compile cache filled", file: ours, environment: cache },
    { name: "bare handler with Node's compile cache filled", file: bare, environment: cache },
    ...(await Promise.all(parts)),
  ];
};

/** Gzipped size of a bundle, in units of 1,000 bytes. */
const kilobytesOf = async ({ file }: Variant): Promise<number> =>
  gzipSync(await readFile(file)).length / 1000;

/** The median of the ratios of each round. */
const ratioOf = (own: readonly number[], other: readonly number[]): number =>
  median(own.map((time, round) => time / (other[round] ?? Number.NaN)));

/** The median of the differences of each round. */
const differenceOf = (own: readonly number[], other: readonly number[]): number =>
  median(own.map((time, round) => time - (other[round] ?? Number.NaN)));

const ms = (times: readonly number[], share = 0.5): string => number(quantile(times, share), 1);

/** The tables and the medians of the section. */
const describe = (variants: readonly Variant[], starts: readonly Starts[]) => {
  const timesOf = (variant: number, phase: keyof StartTime, kind: keyof Duration): number[] =>
    (starts[variant] ?? []).map((start) => start[phase][kind]);
  const bare = timesOf(0, 'loaded', 'cpu');
  const bareAnswered = timesOf(0, 'answered', 'cpu');
  const whole = variants.length - Object.keys(PARTS).length;
  const summary = table(
    [
      'milliseconds',
      'loaded: CPU',
      '10th percentile',
      'clock',
      'ratio',
      'first webhook answered: CPU',
      'ratio',
    ],
    variants.slice(0, whole).map(({ name }, index) => {
      const loaded = timesOf(index, 'loaded', 'cpu');
      const answered = timesOf(index, 'answered', 'cpu');
      return [
        name,
        ms(loaded),
        ms(loaded, 0.1),
        ms(timesOf(index, 'loaded', 'clock')),
        number(ratioOf(loaded, bare), 2),
        ms(answered),
        number(ratioOf(answered, bareAnswered), 2),
      ];
    }),
  );
  const parts = table(
    ['added to the bare handler', 'milliseconds of CPU time to load it'],
    variants
      .slice(whole)
      .map(({ name }, index) => [
        name,
        number(differenceOf(timesOf(whole + index, 'loaded', 'cpu'), bare), 1),
      ]),
  );
  return {
    summary,
    parts,
    ours: median(timesOf(1, 'loaded', 'cpu')),
    bare: median(bare),
    ratio: ratioOf(timesOf(1, 'loaded', 'cpu'), bare),
    difference: differenceOf(timesOf(1, 'loaded', 'cpu'), bare),
  };
};

export const startSection: Section = {
  name: 'start',
  title: 'Start of ingest-webhook',
  run: async ({ quick, progress }) => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
    try {
      progress('bundling the variants');
      const variants = await bundleVariants(folder);
      const [bareSize = 0, size = 0] = await Promise.all(variants.slice(0, 2).map(kilobytesOf));
      const rounds = quick ? 3 : 100;
      const starts = variants.map((): StartTime[] => []);
      await withStarts(async (timeStart) => {
        for (let round = -1; round < rounds; round++) {
          if (round % 10 === 0) progress(`starts: round ${round} of ${rounds}`);
          for (const [index, { file, environment }] of variants.entries()) {
            const start = await timeStart(file, environment);
            // The first round fills the caches.
            if (round >= 0) starts[index]?.push(start);
          }
        }
      });
      const { summary, parts, ours, bare, ratio, difference } = describe(variants, starts);
      return {
        rows: [
          {
            target: '4',
            measure: 'Bundle of ingest-webhook, gzipped',
            ours: `${number(size, 1)} KB`,
            comparedWith: `bare handler with the same DynamoDB client ${number(bareSize, 1)} KB`,
            ratio: number(size / bareSize, 2),
            goal: `≤ ${MAX_KILOBYTES} KB`,
            met: size <= MAX_KILOBYTES,
          },
          {
            target: '5',
            measure: "Import of ingest-webhook's bundle on Node 24: CPU time, median of pairs",
            ours: `${number(ours, 0)} ms`,
            comparedWith: `bare handler with the same DynamoDB client ${number(bare, 0)} ms`,
            ratio: number(ratio, 2),
            goal: `≤ ${MAX_RATIO}`,
            met: ratio <= MAX_RATIO,
          },
        ],
        text: `\`npm run bundle-contents\` shows what takes the room in each bundle. Each start is a process of its own, with the environment of the function; all variants take turns, ${rounds} rounds. A ratio is
the median of the ratios of each round, of CPU time in all threads. The first webhook goes to a server that answers at
once, as the table and as the secret, without TLS.

${summary}

What the difference of ${number(difference, 1)} ms consists of: each part alone, added to the bare handler.

${parts}`,
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
