import { readFileSync } from 'node:fs';
import type { SourceMap } from 'node:module';

/**
 * A place in a bundle: `file:///var/task/index.mjs:34:8287` is in ours, `file:///var/runtime/index.mjs:1173:29` in
 * Lambda's own, which has no source map. A colon ends a path, so that no message takes long to search, whatever it quotes.
 */
const PLACE = /(file:\/\/\/[^\s:]+\/index\.mjs):(\d+):(\d+)/g;

/** By the URL of the bundle. */
const sourceMaps = new Map<string, SourceMap | undefined>();

/**
 * A stack trace that names places in the sources, such as `lambdas/adapters/secrets.ts:30:13`, instead of the bundle.
 *
 * Node does the same with `--enable-source-maps`, but prepares it whenever a function starts, which adds a quarter to the
 * time that its code takes to load.
 */
export const inSources = (stack: string): string =>
  stack.replaceAll(PLACE, (place, bundle: string, line: string, column: string) => {
    if (!sourceMaps.has(bundle)) sourceMaps.set(bundle, readMap(bundle));
    const origin = sourceMaps.get(bundle)?.findOrigin(Number(line), Number(column));
    if (!origin || !('fileName' in origin)) return place;
    return `${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`;
  });

/**
 * The source map beside a bundle, if there is one that can be read. Nothing is thrown: a problem with a source map, or a
 * message that quotes what looks like a place, must not hide the error that is logged.
 */
const readMap = (bundle: string): SourceMap | undefined => {
  // Imported, it would take a millisecond of every start.
  const { SourceMap } = process.getBuiltinModule('node:module');
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${bundle}.map`), 'utf8')));
  } catch {
    return undefined;
  }
};
