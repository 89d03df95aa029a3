import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  /** Bundled in another package, whose hash covers it. */
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The project, and the tools that build and check its package. */
const FOLDERS = ['.', 'packaging'];

describe.each(FOLDERS)('the lock file of %s', (folder) => {
  const manifest = JSON.parse(read(`${folder}/package.json`));
  const lock = JSON.parse(read(`${folder}/package-lock.json`)) as { packages: Record<string, Package> };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

  it('has packages', () => {
    expect(packages.length).toBeGreaterThan(100);
  });

  it('holds a strong hash of every package', () => {
    const unprotected = packages.filter(
      ([, { inBundle, integrity = '' }]) => !inBundle && !integrity.startsWith('sha512-'),
    );
    expect(unprotected.map(([path]) => path)).toEqual([]);
  });

  it('takes packages only from the registry, none from a repository or a URL', () => {
    const versions = packages.map(([path, { version = '' }]) => [path, version]);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+/.test(version ?? ''))).toEqual([]);
    // What is needed at run time is bundled, and users install nothing else with the package.
    expect(manifest.dependencies).toBeUndefined();
    const requested = manifest.devDependencies;
    expect(
      Object.entries(requested).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version))),
    ).toEqual([]);
  });

  // docs/supply-chain.md says what each of them does.
  it('runs only reviewed scripts at installation', () => {
    const withScript = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
    const reviewed = Object.keys(manifest.allowScripts ?? {}).map((name) => `node_modules/${name}`);
    expect(withScript.sort()).toEqual(reviewed.sort());
  });
});

describe('Python packages', () => {
  it.for(['local/requirements.txt', 'test/second-engine/requirements.txt'])(
    'of %s are pinned with versions and hashes',
    (path) => {
      const entries = read(path)
        .trim()
        .split(/\n(?! )/);
      expect(entries.length).toBeGreaterThan(5);
      for (const entry of entries) expect(entry).toMatch(/^[\w.-]+==[\w.]+ \\\n +--hash=sha256:[0-9a-f]{64}/);
    },
  );
});
