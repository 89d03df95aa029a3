import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { statementsOf, textOf } from '../lib/policies.ts';
import { onlyOne, propertiesOf, resourcesOf } from '../lib/synthesize.ts';
import { EXAMPLES, exampleApp, TOPIC } from './example-stacks.ts';

const FOLDER = join(import.meta.dirname, '../../examples');

/** Folders of examples without a construct. */
const WITHOUT_TEMPLATE = ['python'];

const templateOf = (name: keyof typeof EXAMPLES): Template =>
  Template.fromStack(EXAMPLES[name](exampleApp()));

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
