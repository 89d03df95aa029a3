import { App } from 'aws-cdk-lib';
import { readContext } from '../lib/app-context.ts';
import { OrderTrackerStack } from '../lib/order-tracker-stack.ts';

const app = new App();
new OrderTrackerStack(app, readContext(app.node));
