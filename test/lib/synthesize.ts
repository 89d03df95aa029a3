import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { OrderTrackerStack, type OrderTrackerStackProps } from '../../bin/order-tracker-stack.ts';

/** CDK writes a folder for each app and does not remove it, so all of them are removed with the process. */
const folder = mkdtempSync(join(tmpdir(), 'order-tracker-synth-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

let apps = 0;

/** An app whose output is removed when the process ends. */
export const temporaryApp = (props: AppProps = {}): App => {
  apps += 1;
  return new App({ ...props, outdir: join(folder, String(apps)) });
};

/**
 * An app with the context of cdk.json and more, which does not copy the bundles of the functions. CDK validates its
 * templates only if a test asks for it: the rules take seconds to load.
 */
export const testApp = (
  context: Record<string, unknown> = {},
  { validation = false }: { readonly validation?: boolean } = {},
): App => {
  const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  return temporaryApp({
    context: { ...cdkJson.context, 'aws:cdk:disable-asset-staging': true, ...context },
    builtinCloudFormationValidation: validation,
  });
};

/** The stack, with any value of the application header. */
export const testStack = (props: Partial<OrderTrackerStackProps> = {}): OrderTrackerStack =>
  new OrderTrackerStack(testApp(), { providerApplication: 'test-application', ...props });

/** The template of the stack. */
export const synthesize = (props?: Partial<OrderTrackerStackProps>): Template =>
  Template.fromStack(testStack(props));

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The resources of a type, with their logical ids. */
export const resourcesOf = (template: Template, type: string): [logicalId: string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][];

/** The properties of the resources of a type. */
export const propertiesOf = (template: Template, type: string): Resource['Properties'][] =>
  resourcesOf(template, type).map(([, { Properties }]) => Properties);

/** The only resource of a type; fails if there are none or several. */
export const onlyOne = (template: Template, type: string): [logicalId: string, Resource] => {
  const [first, ...others] = resourcesOf(template, type);
  if (!first || others.length > 0)
    throw new Error(`Expected one ${type}, found ${others.length + (first ? 1 : 0)}`);
  return first;
};

/** A Lambda function by the name of its folder in lambdas/. */
export const functionNamed = (template: Template, name: string): [logicalId: string, Resource] => {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(
    ([, { Properties }]) => environmentOf(Properties)['POWERTOOLS_SERVICE_NAME'] === name,
  );
  if (!found) throw new Error(`No function ${name}`);
  return found;
};

/** The environment variables of a function. */
export const environmentOf = (properties: Record<string, unknown>): Record<string, unknown> =>
  (properties['Environment'] as { Variables: Record<string, unknown> }).Variables;
