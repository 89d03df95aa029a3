import { describe, expect, it } from 'vitest';
import { bundleAll } from '../../packaging/programs.ts';
import { sbom } from '../../packaging/sbom.ts';
import { shippedPackages } from '../../packaging/shipped-packages.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly hashes: readonly { readonly alg: string }[];
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string };
    readonly expression?: string;
  }[];
}

/** Licences that only require to keep their notices. */
const LICENCES: readonly string[] = ['Apache-2.0', 'MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-3-Clause'];

const licencesOf = ({ licenses = [] }: Component): (string | undefined)[] =>
  licenses.map(({ license, expression }) => license?.id ?? expression);

describe('the bill of materials', async () => {
  const shipped = await shippedPackages(await bundleAll(false));
  const { components }: { components: Component[] } = JSON.parse(await sbom(shipped));
  const listed = components.map((component) => component['bom-ref']);

  it('lists exactly the packages whose code is shipped', () => {
    const named = shipped.map(({ name, version }) => `${name}@${version}`);
    expect(listed.toSorted()).toEqual(named.toSorted());
  });

  it('knows the parts of the functions, of the construct and of the command line, and no tools', () => {
    const names = listed.map((one) => one.replace(/@[^@]+$/, ''));

    for (const name of ['@middy/core', '@aws-sdk/client-dynamodb', 'zod', 'commander'])
      expect(names).toContain(name);
    for (const name of ['aws-cdk-lib', 'esbuild', 'vitest']) expect(names).not.toContain(name);
  });

  it('has a strong hash and a permissive licence of each', () => {
    const unprotected = components.filter(({ hashes }) => !hashes.some(({ alg }) => alg === 'SHA-512'));
    const rejected = components.filter((component) => {
      const licences = licencesOf(component);
      return licences.length === 0 || !licences.every((one) => LICENCES.includes(one ?? ''));
    });

    expect(unprotected).toEqual([]);
    expect(rejected.map((component) => [component['bom-ref'], licencesOf(component)])).toEqual([]);
  });
});
