import { App } from 'aws-cdk-lib';
import { stackFromContext } from '../lib/stack-from-context.ts';

stackFromContext(new App());
