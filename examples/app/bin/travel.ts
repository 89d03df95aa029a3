import { App } from 'aws-cdk-lib';
import { TravelStack } from '../lib/travel-stack.ts';

new TravelStack(new App(), 'Travel');
