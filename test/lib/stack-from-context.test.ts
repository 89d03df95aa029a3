import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stackFromContext } from '../../lib/stack-from-context.ts';
import { testApp } from './synthesize.ts';

describe('stackFromContext', () => {
  it('needs nothing but providerApplication', () => {
    const stack = stackFromContext(testApp({ providerApplication: 'abc' }));

    expect(stack.stackName).toBe('OrderTracker-sandbox');
    Annotations.fromStack(stack).hasNoError('*', Match.anyValue());
  });

  it('names the stack after its environment', () => {
    const stack = stackFromContext(testApp({ providerApplication: 'abc', environment: 'staging' }));

    expect(stack.stackName).toBe('OrderTracker-staging');
  });

  it('creates a stack without providerApplication, which can be listed and destroyed but not deployed', () => {
    const app = testApp();

    stackFromContext(app);

    expect(() => app.synth()).toThrow(
      /"providerApplication" is missing.*cdk deploy -c providerApplication=<value>/,
    );
  });
});
