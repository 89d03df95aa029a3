import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sbom } from '../../local/sbom.ts';

it('the bill of materials lists exactly the deployed packages, with their licences', async () => {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, { version: string; dev?: boolean }>;
  };
  const deployed = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`);

  const { components } = JSON.parse(await sbom()) as {
    components: { name: string; version: string; licenses?: unknown[]; group?: string }[];
  };

  const named = components.map(({ name, version }) => `${name}@${version}`);
  expect(new Set(named)).toEqual(new Set(deployed));
  expect(named).toContain(`zod@${lock.packages['node_modules/zod']?.version}`);
  expect(components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
});
