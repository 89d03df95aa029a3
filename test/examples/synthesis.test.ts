import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { PartnerApi } from '../../examples/api-destination/partner-api.ts';
import { TravelStack } from '../../examples/app/lib/travel-stack.ts';
import { Checkout } from '../../examples/checkout/checkout.ts';
import { TrackerEventBus } from '../../examples/event-bus/tracker-event-bus.ts';
import { HttpsSubscription } from '../../examples/https-endpoint/https-subscription.ts';
import { LateBookingsStack } from '../../examples/late-bookings/late-bookings-stack.ts';
import { StatusConsumer } from '../../examples/status-consumer/status-consumer.ts';
import { OrderTracker, type OrderTrackerAttributes } from '../../lib/index.ts';
import { statementsOf, textOf } from '../lib/policies.ts';
import { onlyOne, propertiesOf, resourcesOf, testApp } from '../lib/synthesize.ts';
import { validationFindings } from '../lib/validation-findings.ts';

const FOLDER = join(import.meta.dirname, '../../examples');

const TOPIC = 'arn:aws:sns:eu-west-1:012345678901:events';

const ATTRIBUTES: OrderTrackerAttributes = {
  trackerName: 'travel',
  topicArn: TOPIC,
  ordersUrl: 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com/orders',
};

const importTracker = (stack: Stack) => OrderTracker.fromOrderTrackerAttributes(stack, 'Tracker', ATTRIBUTES);

const exampleStack = (app: App): Stack => new Stack(app, 'Example');

/** What each example adds to an app, by the name of its folder. */
const EXAMPLES = {
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

/** Folders of examples without a construct. */
const WITHOUT_TEMPLATE = ['python'];

/** Functions are not bundled: the end-to-end tests do that. */
const exampleApp = (options?: { readonly validation: boolean }): App =>
  testApp({ 'aws:cdk:bundling-stacks': [] }, options);

const templateOf = (name: keyof typeof EXAMPLES): Template =>
  Template.fromStack(EXAMPLES[name](exampleApp()));

/** Findings of cdk-nag that are accepted in the examples. */
const ACCEPTED = [
  {
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    reason: 'The role that CDK gives to a function. It keeps the examples short.',
  },
  {
    id: 'AwsSolutions-SQS3',
    reason: 'Dead-letter queues of a subscription, a rule and a function, which the rule does not recognize.',
  },
  ...['PUT', 'DELETE'].map((method) => ({
    id: `AwsSolutions-IAM5[Resource::arn:aws:execute-api:eu-west-1:012345678901:a1b2c3/*/${method}/orders/*]`,
    reason: 'A route, of any order.',
  })),
];

it('every example is synthesized, has a README, and is in the list', () => {
  const folders = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const list = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  expect(folders.toSorted()).toEqual([...Object.keys(EXAMPLES), ...WITHOUT_TEMPLATE].toSorted());
  for (const folder of folders) {
    expect(readFileSync(join(FOLDER, folder, 'README.md'), 'utf8')).toMatch(/^# /);
    expect(list).toContain(`(${folder}/README.md)`);
  }
});

it.for(Object.entries(EXAMPLES))(
  'the template of the example %s has no finding',
  // Loading the rules takes seconds, on a busy machine more.
  { timeout: 120_000 },
  ([, addTo]) => {
    const app = exampleApp({ validation: true });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    Validations.of(addTo(app)).acknowledge(...ACCEPTED);
    expect(validationFindings(app)).toEqual([]);
  },
);

it('status-consumer gets final statuses, and reports the messages that failed, not the whole batch', () => {
  const template = templateOf('status-consumer');
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  const [, { Properties }] = onlyOne(template, 'AWS::SNS::Subscription');
  expect(Properties).toMatchObject({
    TopicArn: TOPIC,
    Protocol: 'sqs',
    RawMessageDelivery: true,
    FilterPolicy: { final: ['true'] },
  });
});

it('E4 status-consumer keeps what could not be delivered or processed in a dead-letter queue of its own', () => {
  const template = templateOf('status-consumer');
  const undelivered = { 'Fn::GetAtt': [expect.stringMatching('Undelivered'), 'Arn'] };
  const [, { Properties }] = onlyOne(template, 'AWS::SNS::Subscription');
  expect(Properties['RedrivePolicy']).toEqual({ deadLetterTargetArn: undelivered });
  const queues = propertiesOf(template, 'AWS::SQS::Queue').map(({ RedrivePolicy }) => RedrivePolicy);
  expect(queues).toContainEqual({ deadLetterTargetArn: undelivered, maxReceiveCount: 5 });
  const senders = resourcesOf(template, 'AWS::SQS::QueuePolicy').flatMap(([, policy]) =>
    statementsOf(policy).filter(({ Effect }) => Effect === 'Allow'),
  );
  expect(senders).toHaveLength(2);
  for (const sender of senders) {
    expect(sender).toMatchObject({
      Principal: { Service: 'sns.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } },
    });
  }
});

it('late-bookings gets the events about items that are late, and keeps what it fails to process', () => {
  const template = templateOf('late-bookings');
  template.hasResourceProperties('AWS::SNS::Subscription', {
    TopicArn: TOPIC,
    Protocol: 'lambda',
    FilterPolicy: { type: ['order_item.overdue', 'order_item.missing', 'order_item.tracking_ended'] },
    RedrivePolicy: Match.anyValue(),
  });
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    DestinationConfig: { OnFailure: Match.anyValue() },
  });
});

it('https-endpoint gets signed messages, for almost an hour before they go to the dead-letter queue', () => {
  const template = templateOf('https-endpoint');
  const [, { Properties }] = onlyOne(template, 'AWS::SNS::Subscription');
  expect(Properties).toMatchObject({
    Protocol: 'https',
    Endpoint: 'https://example.com/events',
    FilterPolicy: { final: ['true'] },
    RedrivePolicy: { deadLetterTargetArn: expect.anything() },
    DeliveryPolicy: {
      healthyRetryPolicy: { numRetries: 59, minDelayTarget: 60, maxDelayTarget: 60 },
    },
  });
  // A message without the envelope of SNS has no signature.
  expect(Properties).not.toHaveProperty('RawMessageDelivery');
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'sqs:SendMessage',
          Effect: 'Allow',
          Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } },
        }),
      ]),
    },
  });
});

it('event-bus keeps type, time and the whole event, and loses no message', () => {
  const template = templateOf('event-bus');
  const [, pipe] = onlyOne(template, 'AWS::Pipes::Pipe');
  expect(pipe.Properties['TargetParameters']).toEqual({
    InputTemplate: '<$.body>',
    EventBridgeEventBusParameters: {
      Source: 'musement-order-tracker',
      DetailType: '$.body.type',
      Time: '$.body.time',
    },
  });
  // The paths see the event itself only without the envelope of SNS.
  template.hasResourceProperties('AWS::SNS::Subscription', { RawMessageDelivery: true });
  template.hasResource('AWS::Pipes::Pipe', {
    DependsOn: Match.arrayWith([onlyOne(template, 'AWS::IAM::Policy')[0]]),
  });
  template.hasResourceProperties('AWS::SQS::Queue', {
    RedrivePolicy: { maxReceiveCount: 20, deadLetterTargetArn: Match.anyValue() },
  });
});

it('api-destination sends the event with its id as a header, for a day before it goes to the dead-letter queue', () => {
  const template = templateOf('api-destination');
  const [, rule] = onlyOne(template, 'AWS::Events::Rule');
  expect(rule.Properties['Targets']).toEqual([
    expect.objectContaining({
      InputPath: '$.detail',
      HttpParameters: {
        HeaderParameters: {
          'X-Sender': 'order-tracker',
          'Idempotency-Key': '$.detail.id',
          'X-Event-Type': '$.detail.type',
        },
      },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      DeadLetterConfig: { Arn: expect.anything() },
    }),
  ]);
  const [, connection] = onlyOne(template, 'AWS::Events::Connection');
  expect(textOf(connection.Properties['AuthParameters'])).toContain('{{resolve:secretsmanager:');
});

it('checkout may track orders and not read them, and keeps those that it could not track', () => {
  const template = templateOf('checkout');
  const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
  expect(policies).toContain('arn:aws:execute-api:eu-west-1:012345678901:a1b2c3/*/PUT/orders/*');
  expect(policies).not.toContain('GET');
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    DestinationConfig: { OnFailure: Match.anyValue() },
  });
});
