import { type App, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { PartnerApi } from '../../examples/api-destination/partner-api.ts';
import { TravelStack } from '../../examples/app/lib/travel-stack.ts';
import { Checkout } from '../../examples/checkout/checkout.ts';
import { TrackerEventBus } from '../../examples/event-bus/tracker-event-bus.ts';
import { HttpsSubscription } from '../../examples/https-endpoint/https-subscription.ts';
import { LateBookingsStack } from '../../examples/late-bookings/late-bookings-stack.ts';
import { StatusConsumer } from '../../examples/status-consumer/status-consumer.ts';
import { OrderTracker, type OrderTrackerAttributes } from '../../lib/index.ts';
import { testApp } from '../lib/synthesize.ts';

/** The topic that the examples subscribe to. */
export const TOPIC = 'arn:aws:sns:eu-west-1:012345678901:events';

const ATTRIBUTES: OrderTrackerAttributes = {
  trackerName: 'travel',
  topicArn: TOPIC,
  ordersUrl: 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com/orders',
};

const importTracker = (stack: Stack) => OrderTracker.fromOrderTrackerAttributes(stack, 'Tracker', ATTRIBUTES);

const exampleStack = (app: App): Stack => new Stack(app, 'Example');

/** What each example adds to an app, by the name of its folder. */
export const EXAMPLES = {
  'status-consumer': (app: App) => {
    const stack = exampleStack(app);
    new StatusConsumer(stack, 'Statuses', { topicArn: TOPIC });
    return stack;
  },
  'late-bookings': (app: App) => new LateBookingsStack(app, 'LateBookings', { tracker: ATTRIBUTES }),
  'https-endpoint': (app: App) => {
    const stack = exampleStack(app);
    new HttpsSubscription(stack, 'Https', {
      tracker: importTracker(stack),
      url: 'https://example.com/events',
    });
    return stack;
  },
  'event-bus': (app: App) => {
    const stack = exampleStack(app);
    new TrackerEventBus(stack, 'Events', { tracker: importTracker(stack) });
    return stack;
  },
  'api-destination': (app: App) => {
    const stack = exampleStack(app);
    const { bus } = new TrackerEventBus(stack, 'Events', { tracker: importTracker(stack) });
    const apiKey = Secret.fromSecretNameV2(stack, 'ApiKey', 'partner-api-key');
    new PartnerApi(stack, 'Partner', { bus, url: 'https://example.com/bookings', apiKey });
    return stack;
  },
  checkout: (app: App) => {
    const stack = exampleStack(app);
    new Checkout(stack, 'Checkout', { tracker: importTracker(stack) });
    return stack;
  },
  app: (app: App) => new TravelStack(app, 'Travel'),
} as const;

/** An app for one of the examples. Functions are not bundled: the end-to-end tests do that. */
export const exampleApp = (options?: { readonly validation: boolean }): App =>
  testApp({ 'aws:cdk:bundling-stacks': [] }, options);
