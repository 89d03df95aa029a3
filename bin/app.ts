import { App } from 'aws-cdk-lib';
import { InvalidPropertyError } from '../lib/order-tracker-props.ts';
import { stackFromContext } from '../lib/stack-from-context.ts';

try {
  stackFromContext(new App());
} catch (error) {
  if (!(error instanceof InvalidPropertyError)) throw error;
  // The message says all that there is to say; where it was thrown helps nobody.
  console.error(error.message);
  process.exit(1);
}
