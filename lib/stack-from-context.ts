import { Annotations, type App } from 'aws-cdk-lib';
import { readContext } from './app-context.ts';
import { OrderTrackerStack } from './order-tracker-stack.ts';

/**
 * Creates the stack that the CDK context describes. Without `providerApplication` the stack gets an error annotation,
 * which prevents its deployment. An exception would also prevent `cdk bootstrap`, `cdk list` and `cdk destroy`.
 */
export const stackFromContext = (app: App): OrderTrackerStack => {
  const context = readContext(app.node);
  const stack = new OrderTrackerStack(app, { providerApplication: 'missing', ...context });
  if (context.providerApplication === undefined) {
    Annotations.of(stack).addError(
      '"providerApplication" is missing: give the value of the X-Musement-Application header that Musement assigned to you (cdk deploy -c providerApplication=<value>).',
    );
  }
  return stack;
};
