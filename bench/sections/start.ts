import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { BUNDLE_OPTIONS, HANDLERS_FOLDER } from '../../packaging/handlers.ts';
import { number, table } from '../markdown.ts';
import { timeImport } from '../model/import-time.ts';
import type { Section } from '../section.ts';
import { median, quantile } from '../statistics.ts';

const MAX_RATIO = 1.15;
const ROOT = join(import.meta.dirname, '../..');

/** Leaves the client of Secrets Manager out, to see how much it takes. */
const withoutSecretsManager: Plugin = {
  name: 'without-secrets-manager',
  setup: ({ onLoad }) =>
    onLoad({ filter: /client-secrets-manager/ }, () => ({
      contents: 'export class SecretsManagerClient {} export class GetSecretValueCommand {}',
    })),
};

/** CommonJS bundles get `import.meta.dirname` and the like as constants; none of ours reads them. */
const COMMON_JS = { format: 'cjs', outExtension: { '.js': '.cjs' } } as const;

export const startSection: Section = {
  name: 'start',
  title: 'Start of ingest-webhook',
  run: async ({ quick, progress }) => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
    try {
      progress('bundling the variants');
      const bundle = async (name: string, entry: string, options: object = {}): Promise<void> => {
        await build({
          ...BUNDLE_OPTIONS,
          outExtension: { '.js': '.mjs' },
          ...options,
          absWorkingDir: ROOT,
          entryPoints: [{ in: entry, out: name }],
          outdir: folder,
        });
      };
      const ingest = 'lambdas/ingest-webhook/handler.ts';
      await bundle('bare', 'bench/bare/put-item.ts');
      await bundle('common', ingest, COMMON_JS);
      await bundle('no-secrets', ingest, { plugins: [...BUNDLE_OPTIONS.plugins, withoutSecretsManager] });
      const cache = { NODE_COMPILE_CACHE: join(folder, 'cache') };
      const ours = join(HANDLERS_FOLDER, 'ingest-webhook', 'index.mjs');
      const variants: readonly (readonly [string, string, Readonly<Record<string, string>>?])[] = [
        ['bare handler with the same DynamoDB client', join(folder, 'bare.mjs')],
        ['**ingest-webhook**', ours],
        ['without the client of Secrets Manager', join(folder, 'no-secrets.mjs')],
        ['as CommonJS', join(folder, 'common.cjs')],
        ["with Node's compile cache filled", ours, cache],
        ["bare handler with Node's compile cache filled", join(folder, 'bare.mjs'), cache],
      ];
      const times = variants.map((): number[] => []);
      const rounds = quick ? 3 : 60;
      for (let round = -1; round < rounds; round++) {
        if (round % 10 === 0) progress(`imports: round ${round} of ${rounds}`);
        for (const [index, [, file, environment]] of variants.entries()) {
          const time = await timeImport(file, environment);
          // The first round fills the caches.
          if (round >= 0) times[index]?.push(time);
        }
      }
      const bare = times[0] ?? [];
      const ratioOf = (own: readonly number[]): number =>
        median(own.map((time, round) => time / (bare[round] ?? Number.NaN)));
      const ratio = ratioOf(times[1] ?? []);
      return {
        rows: [
          {
            target: '5',
            measure: "Import of ingest-webhook's bundle on Node 24, median of pairs",
            ours: `${number(median(times[1] ?? []), 0)} ms`,
            comparedWith: `bare handler with the same DynamoDB client ${number(median(bare), 0)} ms`,
            ratio: number(ratio, 2),
            goal: `≤ ${MAX_RATIO}`,
            met: ratio <= MAX_RATIO,
          },
        ],
        text: `Each import is a process of its own; all variants take turns, ${rounds} rounds. The ratio is the median of the ratios
of each round.

${table(
  ['', 'median, ms', '90th percentile, ms', 'ratio to the bare handler'],
  variants.map(([name], index) => {
    const own = times[index] ?? [];
    return [name, number(median(own), 1), number(quantile(own, 0.9), 1), number(ratioOf(own), 2)];
  }),
)}`,
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
