import { Annotations, type App } from 'aws-cdk-lib';
import { readContext } from './app-context.ts';
import { OrderTrackerStack } from './order-tracker-stack.ts';

/**
 * Makes the stack that the CDK context describes. Without an application it has an error, which keeps it from being
 * deployed; an exception would keep `cdk bootstrap`, `cdk list` and `cdk destroy` from working too.
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
