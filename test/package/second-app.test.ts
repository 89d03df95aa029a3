import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { OrderTracker } from '../../lib/index.ts';
import { ROOT } from '../../packaging/handlers.ts';
import { temporaryApp } from '../lib/synthesize.ts';
import { pack, runAsUser, temporaryFolder } from './packed.ts';

const { tarball } = await pack();
const { peerDependencies, devDependencies } = await readJson(join(ROOT, 'package.json'));

/** The first version that a range such as `^2.252.0` accepts. */
const oldest = (name: string): string => `${name}@${peerDependencies[name].replace('^', '')}`;
const ours = (name: string): string => `${name}@${devDependencies[name]}`;

async function readJson(path: string) {
  return JSON.parse(await readFile(path, 'utf8'));
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

type Resources = Readonly<Record<string, Resource>>;

/** What a deployment of the template would create. Metadata holds paths of the app's own files. */
const resourcesOf = (template: { readonly Resources: Resources }): Resources => {
  const resources = Object.entries(template.Resources).filter(
    ([, { Type }]) => Type !== 'AWS::CDK::Metadata',
  );
  return Object.fromEntries(resources.map(([id, resource]) => [id, { ...resource, Metadata: undefined }]));
};

/** What newer versions of CDK write on their own: the background of a text on a dashboard. */
const CHANGED_BY_CDK: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Dashboard': 'DashboardBody',
};

const withoutChangesOfCdk = (resources: Resources): Resources =>
  Object.fromEntries(
    Object.entries(resources).map(([id, { Type, Properties, ...others }]) => {
      const unchanged = Object.entries(Properties ?? {}).filter(([name]) => name !== CHANGED_BY_CDK[Type]);
      return [id, { Type, ...others, Properties: Object.fromEntries(unchanged) }];
    }),
  );

/** The resources of a tracker made from this source, in an app with the same names and feature flags. */
const expectedResources = (context: Record<string, unknown> = {}): Resources => {
  const stack = new Stack(temporaryApp({ context }), 'SecondAppStack');
  new OrderTracker(stack, 'Tracker', { providerApplication: 'second-app' });
  return resourcesOf(Template.fromStack(stack).toJSON() as { Resources: Resources });
};

describe('the default TypeScript app, with its tests in Jest', () => {
  let folder: string;

  beforeAll(async () => {
    folder = join(await temporaryFolder('typescript'), 'second-app');
    await runAsUser(ROOT, 'mkdir', [folder]);
    const cdk = join(ROOT, 'node_modules/.bin/cdk');
    await runAsUser(folder, cdk, ['init', 'app', '--language', 'typescript', '--generate-only']);
    await writeFile(
      join(folder, 'lib/second-app-stack.ts'),
      `import * as cdk from 'aws-cdk-lib/core';
      import { Construct } from 'constructs';
      import { OrderTracker, type OrderTrackerProps } from 'musement-order-tracker';

      export class SecondAppStack extends cdk.Stack {
        readonly tracker: OrderTracker;
        constructor(scope: Construct, id: string, props?: cdk.StackProps) {
          super(scope, id, props);
          const trackerProps: OrderTrackerProps = { providerApplication: 'second-app' };
          this.tracker = new OrderTracker(this, 'Tracker', trackerProps);
        }
      }`,
    );
    await writeFile(
      join(folder, 'test/second-app.test.ts'),
      `import * as cdk from 'aws-cdk-lib/core';
      import { Template } from 'aws-cdk-lib/assertions';
      import { SecondAppStack } from '../lib/second-app-stack';

      test('the tracker has its functions', () => {
        const stack = new SecondAppStack(new cdk.App(), 'MyTestStack');
        Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 7);
      });`,
    );
    const packages = [tarball, ours('aws-cdk-lib'), ours('constructs')];
    await runAsUser(folder, 'npm', ['install', '--no-audit', '--no-fund', ...packages]);
  });

  it('compiles, and synthesizes the same resources as this source', async () => {
    await runAsUser(folder, 'npx', ['cdk', 'synth', '--quiet', '--no-notices']);

    const template = await readJson(join(folder, 'cdk.out/SecondAppStack.template.json'));
    const { context } = await readJson(join(folder, 'cdk.json'));
    expect(resourcesOf(template)).toEqual(expectedResources(context));
  });

  it('passes its own tests', async () => {
    await runAsUser(folder, 'npm', ['test']);
  });

  it('has the command line', async () => {
    const help = await runAsUser(folder, 'npx', ['order-tracker', '--help']);
    const doctor = runAsUser(folder, 'npx', ['order-tracker', 'doctor'], {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_MAX_ATTEMPTS: '1',
    });

    expect(help).toContain('Usage: order-tracker');
    await expect(doctor).rejects.toThrow('AWS cannot be reached');
  });
});

describe('an app of ES modules in JavaScript', () => {
  const synthesize = async (...packages: string[]): Promise<Resources> => {
    const folder = await temporaryFolder('javascript');
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    await writeFile(
      join(folder, 'app.js'),
      `import { App, Stack } from 'aws-cdk-lib';
      import { OrderTracker } from 'musement-order-tracker';

      const app = new App({ outdir: 'cdk.out' });
      const stack = new Stack(app, 'SecondAppStack');
      new OrderTracker(stack, 'Tracker', { providerApplication: 'second-app' });
      app.synth();`,
    );
    await runAsUser(folder, 'npm', ['install', '--no-audit', '--no-fund', tarball, ...packages]);
    await runAsUser(folder, 'node', ['app.js']);
    return resourcesOf(await readJson(join(folder, 'cdk.out/SecondAppStack.template.json')));
  };

  it('synthesizes the same resources as this source', async () => {
    const resources = await synthesize(ours('aws-cdk-lib'), ours('constructs'));

    expect(resources).toEqual(expectedResources());
  });

  it('synthesizes the same resources with the oldest CDK that the package accepts', async () => {
    const resources = await synthesize(oldest('aws-cdk-lib'), oldest('constructs'));

    expect(withoutChangesOfCdk(resources)).toEqual(withoutChangesOfCdk(expectedResources()));
  });
});
