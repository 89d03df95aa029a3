import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { bundlesOf, growthOf, readLimits } from '../../packaging/bundle-contents.ts';
import { METAFILE } from '../../packaging/handlers.ts';

const bundles = await bundlesOf(JSON.parse(await readFile(METAFILE, 'utf8')));
const limits = await readLimits();

it('every function has a limit, and no other has one', () => {
  expect(bundles.map(({ name }) => name)).toEqual(Object.keys(limits));
});

it.each(bundles)('the bundle of $name is within its limit', ({ name, gzipBytes, contents }) => {
  const { maxGzipBytes = 0, contents: recorded = {} } = limits[name] ?? {};

  expect(
    gzipBytes,
    [
      `${name} has ${gzipBytes} bytes gzipped; its limit is ${maxGzipBytes}.`,
      `Minified bytes since the contents were recorded: ${growthOf(contents, recorded).join(', ') || 'nothing grew'}.`,
      'If it is worth that, raise the limit in packaging/bundle-limits.json and run "npm run bundle-contents -- --record".',
    ].join('\n'),
  ).toBeLessThanOrEqual(maxGzipBytes);
});

it('growth names what is new or larger, the largest first', () => {
  expect(
    growthOf({ zod: 900, 'lambdas/domain': 510, smithy: 40 }, { 'lambdas/domain': 500, smithy: 50 }),
  ).toEqual(['zod +900', 'lambdas/domain +10']);
});
