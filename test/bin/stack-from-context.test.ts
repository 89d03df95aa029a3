import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { stackFromContext } from '../../bin/stack-from-context.ts';
import { testApp } from '../lib/synthesize.ts';

it.each([
  ['sandbox', {}],
  ['staging', { environment: 'staging' }],
])('stackFromContext needs nothing but providerApplication: %s', (name, context) => {
  const stack = stackFromContext(testApp({ providerApplication: 'abc', ...context }));
  expect(stack.stackName).toBe(`OrderTracker-${name}`);
  Annotations.fromStack(stack).hasNoError('*', Match.anyValue());
});

it('stackFromContext creates a stack without providerApplication, which can be listed and destroyed but not deployed', () => {
  const app = testApp();
  stackFromContext(app);
  expect(() => app.synth()).toThrow(
    /"providerApplication" is missing.*cdk deploy -c providerApplication=<value>/,
  );
});
