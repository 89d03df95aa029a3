import { App } from 'aws-cdk-lib';
import { InvalidPropertyError } from '../lib/index.ts';
import { buildHandlers } from '../packaging/handlers.ts';
import { stackFromContext } from './stack-from-context.ts';

// The functions are bundled from the present source at every synthesis.
await buildHandlers();

try {
  stackFromContext(new App());
} catch (error) {
  if (!(error instanceof InvalidPropertyError)) throw error;
  // The message names property, value and remedy. A stack trace would only hide it.
  console.error(error.message);
  process.exit(1);
}
