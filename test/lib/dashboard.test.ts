import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRIC } from '../../lambdas/contracts/metrics.ts';
import { QUERIES } from '../../lib/saved-queries.ts';
import { onlyOne, resourcesOf, synthesize } from './synthesize.ts';

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

  it('links to the runbook when it has an address', () => {
    const elsewhere = synthesize({ runbookUrl: 'https://wiki.example.com/tracker' });
    expect(bodyOf(elsewhere)).toContain('[runbook](https://wiki.example.com/tracker)');
  });

  it('names the runbook without a link when it has a path only', () => {
    expect(body).toContain('the runbook, `docs/runbook.md` in the repository');
    expect(body).not.toContain('](docs/');
  });

  it('shows the query for one order', () => {
    expect(body).toContain('filter @message like');
  });
});

describe('saved queries', () => {
  it('query the logs of every function', () => {
    const queries = resourcesOf(template, 'AWS::Logs::QueryDefinition');
    expect(queries.map(([, { Properties }]) => Properties['Name'])).toEqual(
      Object.keys(QUERIES).map((name) => `OrderTracker-sandbox/${name}`),
    );
    for (const [, { Properties }] of queries) expect(Properties['LogGroupNames']).toHaveLength(7);
  });

  it('can be switched off', () => {
    expect(resourcesOf(synthesize({ savedQueries: false }), 'AWS::Logs::QueryDefinition')).toEqual([]);
  });
});

describe('the runbook', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8').replaceAll(
    /\s+/g,
    ' ',
  );
  const quoted = (pattern: RegExp): string[] => [...runbook.matchAll(pattern)].map(([, text = '']) => text);

  it('refers to graphs that exist', () => {
    const graphs = quoted(/"([A-Z][^"]+\?)"/g);
    expect(graphs.length).toBeGreaterThan(0);
    for (const graph of graphs) expect(titles).toContain(graph);
  });

  it('refers to saved queries that exist', () => {
    const queries = quoted(/saved query "([^"]+)"/g);
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) expect(Object.keys(QUERIES)).toContain(query);
  });
});
