import { CfnResource, type Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { OrderTrackerStack, type OrderTrackerStackProps } from '../../bin/order-tracker-stack.ts';
import { EXAMPLES, exampleApp } from '../examples/example-stacks.ts';
import { testApp } from './synthesize.ts';
import { validationFindings } from './validation-findings.ts';

/** What CDK's validation of templates, which it does at each synthesis, finds in the stack. */
const findings = (
  props: Partial<OrderTrackerStackProps>,
  plant: (stack: Stack) => void = () => {},
): string[] => {
  const app = testApp({}, { validation: true });
  plant(new OrderTrackerStack(app, { providerApplication: 'test-application', ...props }));
  return validationFindings(app);
};

/** The first resource of a type, or a later one. */
const resource = (stack: Stack, type: string, index = 0): CfnResource => {
  const found = stack.node
    .findAll()
    .filter((construct) => CfnResource.isCfnResource(construct))
    .filter(({ cfnResourceType }) => cfnResourceType === type)[index];
  if (!found) throw new Error(`No ${type}`);
  return found;
};

const overrideProperty =
  (type: string, path: string, value: unknown, index = 0) =>
  (stack: Stack) =>
    resource(stack, type, index).addPropertyOverride(path, value);

/** Findings of cdk-nag that are accepted in the examples. */
const ACCEPTED = [
  {
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    reason: 'The role that CDK gives to a function. It keeps the examples short.',
  },
  {
    id: 'AwsSolutions-SQS3',
    reason: 'Dead-letter queues of a subscription, a rule and a function, which the rule does not recognize.',
  },
  ...['PUT', 'DELETE'].map((method) => ({
    id: `AwsSolutions-IAM5[Resource::arn:aws:execute-api:eu-west-1:012345678901:a1b2c3/*/${method}/orders/*]`,
    reason: 'A route, of any order.',
  })),
];

/**
 * Loading the rules takes seconds, on a busy machine more. All tests that need them are in this file, so that only one
 * worker loads them.
 */
const TIMEOUT_IN_MS = 120_000;

describe('the validation of templates', { timeout: TIMEOUT_IN_MS }, () => {
  it.each<[string, Partial<OrderTrackerStackProps>]>([
    ['defaults', {}],
    [
      'every option on',
      {
        environment: 'production',
        providerBaseUrl: 'https://api.musement.com/api/v3',
        callerAccounts: ['012345678901'],
        subscriberAccounts: ['012345678901', '210987654321'],
        customerManagedKey: true,
      },
    ],
    ['every option off', { tracing: false, savedQueries: false }],
  ])('finds nothing with %s', (_, props) => {
    expect(findings(props)).toEqual([]);
  });

  // Without these mistakes nobody would notice that the validation no longer runs.
  it('finds every mistake in a template', () => {
    const mistakes: readonly (readonly [finding: string, plant: (stack: Stack) => void])[] = [
      // A value that is not listed, an unknown property, a value of the wrong type, a number that is too large.
      ['PAY', overrideProperty('AWS::DynamoDB::Table', 'BillingMode', 'PAY')],
      ['Colour', overrideProperty('AWS::SQS::Queue', 'Colour', 'red')],
      ['integer', overrideProperty('AWS::Lambda::Function', 'Timeout', 'ten')],
      ['900', overrideProperty('AWS::Lambda::Function', 'Timeout', 901, 1)],
      // A runtime, a resource, an attribute and a state that do not exist.
      ['nodejs99.x', overrideProperty('AWS::Lambda::Function', 'Runtime', 'nodejs99.x')],
      [
        "resource 'Nowhere'",
        overrideProperty('AWS::Lambda::Function', 'Role', { 'Fn::GetAtt': ['Nowhere', 'Arn'] }, 1),
      ],
      [
        'Elsewhere',
        (stack) => {
          const role = stack.getLogicalId(resource(stack, 'AWS::IAM::Role'));
          overrideProperty('AWS::Lambda::Function', 'Role', { 'Fn::GetAtt': [role, 'Elsewhere'] }, 2)(stack);
        },
      ],
      [
        'not reference a valid state',
        overrideProperty(
          'AWS::StepFunctions::StateMachine',
          'DefinitionString',
          JSON.stringify({ StartAt: 'Nowhere', States: { Here: { Type: 'Succeed' } } }),
        ),
      ],
      [
        'ircular',
        (stack) => {
          const fn = stack.getLogicalId(resource(stack, 'AWS::Lambda::Function'));
          resource(stack, 'AWS::IAM::Role').addOverride('DependsOn', [fn]);
        },
      ],
      [
        'AssumeRolePolicyDocument',
        (stack) => resource(stack, 'AWS::IAM::Role').addPropertyDeletionOverride('AssumeRolePolicyDocument'),
      ],
      ['Efect', overrideProperty('AWS::IAM::Policy', 'PolicyDocument.Statement.0.Efect', 'Allow')],
    ];
    const found = findings({}, (stack) => {
      for (const [, plant] of mistakes) plant(stack);
    });
    for (const [finding] of mistakes) expect(found).toContainEqual(expect.stringContaining(finding));
  });

  it.for(Object.entries(EXAMPLES))('and cdk-nag find nothing in the example %s', ([, addTo]) => {
    const app = exampleApp({ validation: true });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    Validations.of(addTo(app)).acknowledge(...ACCEPTED);
    expect(validationFindings(app)).toEqual([]);
  });
});
