import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { OrderTrackerStack, type OrderTrackerStackProps } from '../../lib/order-tracker-stack.ts';
import { testApp } from './synthesize.ts';

/** Synthesizes with the rules on: what they find and nobody acknowledged, is thrown. */
const check = (props: Partial<OrderTrackerStackProps>): void => {
  const app = testApp();
  new OrderTrackerStack(app, { providerApplication: 'test-application', ...props });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
};

it.each([
  ['defaults', {}],
  [
    'everything on',
    {
      production: true,
      callerAccounts: ['012345678901'],
      subscriberAccounts: ['012345678901'],
      customerManagedKey: true,
    },
  ],
  ['as little as possible', { tracing: false, careEnabled: false }],
] as const)('AwsSolutions of cdk-nag finds nothing with %s', (_, props) => {
  expect(() => check(props)).not.toThrow();
});
