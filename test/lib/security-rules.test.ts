import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { OrderTrackerStack, type OrderTrackerStackProps } from '../../bin/order-tracker-stack.ts';
import { testApp } from './synthesize.ts';

/** Synthesizes with the rules on. A finding that is not acknowledged is thrown. */
const check = (props: Partial<OrderTrackerStackProps>): void => {
  const app = testApp();
  new OrderTrackerStack(app, { providerApplication: 'test-application', ...props });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
};

/** The first run loads every rule: about 5 s of CPU time, which is longer on a busy machine. */
const TIMEOUT_IN_MS = 120_000;

const ACCESS = { callerAccounts: ['012345678901'], subscriberAccounts: ['012345678901'] };

it.each([
  ['defaults', {}],
  ['every option on', { production: true, customerManagedKey: true, ...ACCESS }],
  ['every option off', { tracing: false, settings: { followUps: false } }],
] as const)('AwsSolutions of cdk-nag has no finding with %s', { timeout: TIMEOUT_IN_MS }, (_, props) => {
  expect(() => check(props)).not.toThrow();
});
