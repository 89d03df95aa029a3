import { App, CfnParameter, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { OrderTracker, type OrderTrackerProps } from '../../lib/index.ts';
import { trackerNameOf } from '../../lib/tracker-name.ts';
import { environmentOf, type Resource, testApp } from './synthesize.ts';

describe('the default name of a tracker', () => {
  const defaultName = (...path: readonly [scope: Construct, ...ids: string[]]): string => {
    const [scope, ...ids] = path;
    return trackerNameOf(ids.reduce((parent, id) => new Construct(parent, id), scope));
  };

  it('is the name of its stack and its path there, with a hash', () => {
    expect(defaultName(new Stack(new App(), 'Travel'), 'Tracker')).toMatch(/^Travel-Tracker-[0-9a-f]{8}$/);
  });

  it('is the same at every synthesis', () => {
    const names = [1, 2].map(() => defaultName(new Stack(new App(), 'Travel'), 'Tracker'));
    expect(new Set(names).size).toBe(1);
  });

  it('differs wherever names can collide, and is always valid', () => {
    const app = new App();
    const travel = new Stack(app, 'Travel');
    const other = new Stack(app, 'Other');
    const names = [
      defaultName(travel, 'Tracker'),
      defaultName(travel, 'Tracker2'),
      defaultName(travel, 'Part', 'Tracker'),
      defaultName(travel, 'Part-Tracker'),
      defaultName(travel, 'Track er'),
      defaultName(travel, 'Träcker'),
      defaultName(travel, `${'x'.repeat(200)}1`),
      defaultName(travel, `${'x'.repeat(200)}2`),
      defaultName(other, 'Tracker'),
      defaultName(new NestedStack(travel, 'Nested'), 'Tracker'),
      defaultName(new NestedStack(other, 'Nested'), 'Tracker'),
      defaultName(new Stack(new Stage(app, 'Test'), 'Travel'), 'Tracker'),
      defaultName(new Stack(new Stage(app, 'Live'), 'Travel'), 'Tracker'),
      // Two apps can have the same ids, and then give their stacks different names.
      defaultName(new Stack(new App(), 'Travel', { stackName: 'Travel-main' }), 'Tracker'),
    ];

    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9-]{0,63}$/);
  });
});

it.each(['', '1st', 'my tracker', 'my_tracker', 'tracker/one', 'ä', 'a'.repeat(65)])(
  'the name of a tracker cannot be %j',
  (name) => {
    expect(() => trackerNameOf(new Stack(), name)).toThrow(
      `"trackerName" cannot be "${name}": use at most 64 letters, digits and hyphens, beginning with a letter.`,
    );
  },
);

const PROPS = { providerApplication: 'test-application' };

describe('two trackers', () => {
  it.each<[string, Partial<OrderTrackerProps>, Partial<OrderTrackerProps>]>([
    ['without a name', {}, {}],
    ['with names that begin alike', { trackerName: 'travel' }, { trackerName: 'travel-2' }],
  ])('%s in one stack share no name of a resource and no metric', (_, one, two) => {
    const stack = new Stack(testApp(), 'Travel');
    new OrderTracker(stack, 'One', { ...PROPS, ...one });
    new OrderTracker(stack, 'Two', { ...PROPS, ...two });
    const template = Template.fromStack(stack);

    const resources = Object.entries(template.toJSON()['Resources'] as Record<string, Resource>);
    const identities = (prefix: string) =>
      new Set(resources.filter(([id]) => id.startsWith(prefix)).flatMap(([, found]) => identitiesOf(found)));
    const [ofOne, ofTwo] = [identities('One'), identities('Two')];
    // 27 alarms with a name and a metric each, 7 functions with their metrics, 6 queries, 2 log groups, the API …
    expect(ofOne.size).toBeGreaterThan(60);
    expect(ofTwo.size).toBe(ofOne.size);
    expect([...ofOne].filter((identity) => ofTwo.has(identity))).toEqual([]);
    expect(template.findOutputs('*')).toEqual({});
  });

  it('with the same name in one stack are an error that names both', () => {
    const app = testApp();
    const stack = new Stack(app, 'Travel');
    new OrderTracker(stack, 'One', { ...PROPS, trackerName: 'travel' });
    new OrderTracker(stack, 'Two', { ...PROPS, trackerName: 'travel' });

    expect(() => app.synth()).toThrow(/"trackerName" cannot be "travel": Travel\/Two has the same name/);
  });

  it('with the same name may be in two regions, but not in one', () => {
    const synthesize = (...regions: string[]) => {
      const app = testApp();
      for (const [index, region] of regions.entries()) {
        const stack = new Stack(app, `Travel${index}`, { env: { account: '012345678901', region } });
        new OrderTracker(stack, 'Tracker', { ...PROPS, trackerName: 'travel' });
      }
      app.synth();
    };

    expect(() => synthesize('eu-west-1', 'eu-south-1')).not.toThrow();
    expect(() => synthesize('eu-west-1', 'eu-west-1')).toThrow(/"trackerName" cannot be "travel"/);
  });
});

it('the name of a tracker can be a token', () => {
  const stack = new Stack(testApp(), 'Travel');
  const { valueAsString: trackerName } = new CfnParameter(stack, 'Name');
  new OrderTracker(stack, 'Tracker', { ...PROPS, trackerName });

  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: { 'Fn::Join': ['', ['OrderTracker-', { Ref: 'Name' }, '-ApiErrors']] },
  });
});

/** Of a property that ends with `Name`, but names something else than the resource. */
const OTHER_NAMES = ['MetricName', 'DisplayName'];

/** What must be unique in an account and region: names that the template gives to a resource, and its metrics. */
const identitiesOf = ({ Type, Properties }: Resource): string[] => {
  const names = Object.entries(Properties)
    .filter(([key, value]) => /Name$/.test(key) && !OTHER_NAMES.includes(key) && !isReference(value))
    // The name of a stage is unique in its API.
    .map(([key, value]) => JSON.stringify([Type, key, value, Properties['ApiId']]));
  const { Namespace, MetricName, Dimensions } = Properties;
  const metrics = Namespace ? [JSON.stringify([Namespace, MetricName, Dimensions])] : [];
  const variables = Type === 'AWS::Lambda::Function' ? environmentOf(Properties) : {};
  const emitted = ['POWERTOOLS_METRICS_NAMESPACE', 'EVENT_SOURCE'].flatMap((name) =>
    variables[name] ? [JSON.stringify([name, variables[name]])] : [],
  );
  return [...names, ...metrics, ...emitted];
};

const isReference = (value: unknown): boolean => /^\{"(Ref|Fn::GetAtt)":/.test(JSON.stringify(value));
