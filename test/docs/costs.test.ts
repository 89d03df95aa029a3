import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it.each(['README.md', 'docs/deployment.md'])('%s has the costs that docs/performance.md measured', (path) => {
  const [, total] =
    /\((\$[\d,]+) and \$[\d,]+ with the follow-ups of 10 /.exec(read('docs/performance.md')) ?? [];
  const [, stated] = /Following a million items[^$]* costs (\$\d+(?:,\d{3})*)/.exec(read(path)) ?? [];
  expect(total).toBeDefined();
  expect(stated).toBe(total);
});
