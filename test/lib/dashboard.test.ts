import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRIC } from '../../lambdas/contracts/metrics.ts';
import { QUERIES } from '../../lib/saved-queries.ts';
import { onlyOne, propertiesOf, synthesize } from './synthesize.ts';

const template = synthesize();

const bodyOf = (of: typeof template): string => {
  const [, { Properties }] = onlyOne(of, 'AWS::CloudWatch::Dashboard');
  return JSON.stringify(Properties['DashboardBody']).replaceAll('\\"', '"');
};

const body = bodyOf(template);
const titles = [...body.matchAll(/"title":"([^"]+)"/g)].map(([, title = '']) => title);

describe('the dashboard', () => {
  it('shows every metric of the functions, by the names under which they emit it', () => {
    const shown = [...body.matchAll(/"MusementOrderTracker\/sandbox","([A-Za-z]+)"/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(shown)].sort()).toEqual(Object.values(METRIC).sort());
  });

  it('has a question as the title of each graph', () => {
    expect(titles.length).toBeGreaterThan(15);
    for (const title of titles) expect(title).toMatch(/\?$/);
  });

  it('shows the query for one order, and links to the runbook if that has an address', () => {
    expect(body).toContain('filter @message like');
    const elsewhere = synthesize({ runbookUrl: 'https://wiki.example.com/tracker' });
    expect(bodyOf(elsewhere)).toContain('[runbook](https://wiki.example.com/tracker)');
    expect(body).toContain('the runbook, `docs/runbook.md` in the repository');
    expect(body).not.toContain('](docs/');
  });
});

it('saved queries query the logs of every function, and can be switched off', () => {
  const queries = propertiesOf(template, 'AWS::Logs::QueryDefinition');
  expect(queries.map(({ Name }) => Name)).toEqual(
    Object.keys(QUERIES).map((name) => `OrderTracker-sandbox/${name}`),
  );
  for (const { LogGroupNames } of queries) expect(LogGroupNames).toHaveLength(7);
  expect(propertiesOf(synthesize({ savedQueries: false }), 'AWS::Logs::QueryDefinition')).toEqual([]);
});

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8').replaceAll(
  /\s+/g,
  ' ',
);

it.each([
  ['graphs', /"([A-Z][^"]+\?)"/g, titles],
  ['saved queries', /saved query "([^"]+)"/g, Object.keys(QUERIES)],
])('the runbook refers to %s that exist', (_, pattern, existing) => {
  const quoted = [...runbook.matchAll(pattern)].map(([, text = '']) => text);
  expect(quoted.length).toBeGreaterThan(0);
  expect(quoted.filter((text) => !existing.includes(text))).toEqual([]);
});
