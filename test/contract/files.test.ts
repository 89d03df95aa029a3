import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contractFiles, ROOT } from '../../contract/files.ts';
import { fillIn } from '../../contract/markdown.ts';

const files = contractFiles();

test.for(Object.entries(files))('%s is up to date', ([path, content]) => {
  const committed = existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : undefined;
  expect(committed === content, `${path} is stale: run "npm run contract", and commit what it writes`).toBe(
    true,
  );
});

test('every file among the schemas is generated, or belongs to a release', () => {
  const committed = globSync('docs/schemas/v1/**/*.json', { cwd: ROOT });
  expect(committed.toSorted()).toEqual(
    Object.keys(files)
      .filter((path) => path.startsWith('docs/schemas/v1/'))
      .toSorted(),
  );
});

test('a page that asks for a table that does not exist names those that do', () => {
  expect(() => fillIn('<!-- contract: nothing -->\n<!-- /contract -->')).toThrow(
    /There is no section "nothing"; there are: .*ItemEventData/,
  );
});
