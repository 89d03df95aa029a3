import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../../local/run-command.ts';
import { ROOT } from '../../packaging/handlers.ts';
import { pack } from './packed.ts';

const { tarball, files } = await pack();

const check = (program: string, ...args: string[]) =>
  runCommand(process.execPath, [join(ROOT, 'packaging/node_modules/.bin', program), ...args]);

it('contains the construct, the functions, the command line and the documents, and nothing else', () => {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const folder = file.split('/').slice(0, -1).join('/');
    folders.set(folder, [...(folders.get(folder) ?? []), file.split('/').at(-1) ?? '']);
  }

  expect(folders.get('')?.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
  expect(folders.get('dist')?.toSorted()).toEqual([
    'THIRD_PARTY_LICENSES.txt',
    'events.cjs',
    'events.cjs.map',
    'events.d.cts',
    'index.cjs',
    'index.cjs.map',
    'index.d.cts',
    'order-tracker.mjs',
    'order-tracker.mjs.map',
  ]);
  expect(folders.get('docs')).toEqual(
    expect.arrayContaining(['runbook.md', 'openapi.json', 'asyncapi.json']),
  );
  expect(folders.get('docs/schemas/v1')).toContain('item-event-data.json');
  expect(folders.get('docs/schemas/v1/examples')).toContain('order_item.ok.json');
  const handlers = [...folders].filter(([folder]) => folder.startsWith('handlers'));
  expect(handlers).toHaveLength(7);
  for (const [, content] of handlers) expect(content.toSorted()).toEqual(['index.mjs', 'index.mjs.map']);
  const others = [...folders.keys()].filter((folder) => !folder.startsWith('handlers'));
  expect(others.toSorted()).toEqual([
    '',
    'dist',
    'docs',
    'docs/performance',
    'docs/schemas/v1',
    'docs/schemas/v1/examples',
  ]);
});

it('installs nothing else, and takes the CDK of the app', async () => {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));

  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest.scripts).not.toHaveProperty('postinstall');
  expect(Object.keys(manifest.peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
});

it('has no type of zod in its declarations', async () => {
  const declarations = await readFile(join(ROOT, 'dist/index.d.cts'), 'utf8');

  expect(declarations).toContain('class OrderTracker');
  expect(declarations).not.toMatch(/zod/i);
});

it('has a manifest that publint accepts', async () => {
  await check('publint', 'run', tarball, '--strict');
});

it('has types that every kind of module resolution finds', async () => {
  await check('attw', tarball);
});
