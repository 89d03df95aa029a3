import { Annotations, type App } from 'aws-cdk-lib';
import { InvalidPropertyError } from '../lib/index.ts';
import { asContextError, readContext } from './app-context.ts';
import { OrderTrackerStack, type OrderTrackerStackProps } from './order-tracker-stack.ts';

/**
 * Creates the stack that the CDK context describes. Without `providerApplication` the stack gets an error annotation,
 * which prevents its deployment. An exception would also prevent `cdk bootstrap`, `cdk list` and `cdk destroy`.
 * @throws {InvalidPropertyError} which names the context key
 */
export const stackFromContext = (app: App): OrderTrackerStack => {
  const context = readContext(app.node);
  const stack = createStack(app, { providerApplication: 'missing', ...context });
  if (context.providerApplication === undefined) {
    Annotations.of(stack).addError(
      '"providerApplication" is missing: give the value of the X-Musement-Application header that Musement assigned to you (cdk deploy -c providerApplication=<value>).',
    );
  }
  return stack;
};

const createStack = (app: App, props: OrderTrackerStackProps): OrderTrackerStack => {
  try {
    return new OrderTrackerStack(app, props);
  } catch (error) {
    throw error instanceof InvalidPropertyError ? asContextError(error, app.node) : error;
  }
};
