import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as Fn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { type EventSubscriptionProps, type IOrderTracker, OrderTracker } from '../../lib/index.ts';
import { statementsOf, textOf } from './policies.ts';
import { onlyOne, propertiesOf, resourcesOf, testApp } from './synthesize.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:012345678901:events';
const NOTICES = 'arn:aws:sns:eu-west-1:012345678901:notices';

const imported = (stack: Stack, noticesTopicArn?: string): IOrderTracker =>
  OrderTracker.fromOrderTrackerAttributes(stack, 'Tracker', {
    trackerName: 'travel',
    topicArn: TOPIC,
    ordersUrl: 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com/orders',
    ...(noticesTopicArn && { noticesTopicArn }),
  });

const functionIn = (stack: Stack, id = 'Consumer'): Fn =>
  new Fn(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {}'),
  });

/** A stack of a subscriber, with a subscription to a tracker of another stack. */
const subscribed = (
  makeProps: (stack: Stack) => EventSubscriptionProps,
  noticesTopicArn: string | undefined = NOTICES,
) => {
  const stack = new Stack(testApp(), 'Subscriber');
  const subscription = imported(stack, noticesTopicArn).subscribe('Confirmed', makeProps(stack));
  return { stack, subscription, template: Template.fromStack(stack) };
};

const idOf = (stack: Stack, { node }: { node: Stack['node'] }): string =>
  stack.getLogicalId(node.defaultChild as never);

describe('the subscription of a queue', () => {
  const { stack, subscription, template } = subscribed((scope) => ({
    queue: new Queue(scope, 'Statuses'),
    events: ['order_item.ok', 'order_item.vouchers_available'],
    filterPolicy: {
      product_type: SubscriptionFilter.stringFilter({ allowlist: ['musement'] }),
    },
  }));
  const undelivered = idOf(stack, subscription.deadLetterQueue);

  it('gets the events of the given types, without an envelope', () => {
    const [, { Properties }] = onlyOne(template, 'AWS::SNS::Subscription');
    expect(Properties).toMatchObject({
      TopicArn: TOPIC,
      Protocol: 'sqs',
      RawMessageDelivery: true,
      FilterPolicy: {
        type: ['order_item.ok', 'order_item.vouchers_available'],
        product_type: ['musement'],
      },
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [undelivered, 'Arn'] } },
    });
  });

  it('keeps what was not delivered for 14 days, and the topic may send to both queues', () => {
    expect(template.findResources('AWS::SQS::Queue')[undelivered]).toMatchObject({
      Properties: { MessageRetentionPeriod: 14 * 24 * 60 * 60, SqsManagedSseEnabled: true },
    });
    for (const [id, policy] of resourcesOf(template, 'AWS::SQS::QueuePolicy')) {
      const allowed = statementsOf(policy).find(({ Effect }) => Effect === 'Allow');
      expect(allowed, id).toMatchObject({
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } },
      });
    }
    expect(resourcesOf(template, 'AWS::SQS::QueuePolicy')).toHaveLength(2);
  });

  it('has an alarm on it, which notifies when it begins and ends', () => {
    const [, { Properties }] = onlyOne(template, 'AWS::CloudWatch::Alarm');
    expect(Properties).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [undelivered, 'QueueName'] } }],
      Threshold: 1,
      AlarmActions: [NOTICES],
      OKActions: [NOTICES],
    });
    expect(Properties['AlarmDescription']).toContain('Subscriber/Statuses/Confirmed');
    expect(Properties['AlarmDescription']).toContain('docs/subscribing.md#what-was-not-delivered');
  });
});

it('the subscription of a function keeps what could not be delivered, and what it failed to process', () => {
  const { stack, subscription, template } = subscribed((scope) => ({ function: functionIn(scope) }));

  const OnFailure = { Destination: { 'Fn::GetAtt': [idOf(stack, subscription.deadLetterQueue), 'Arn'] } };
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { DestinationConfig: { OnFailure } });
  const [, { Properties }] = onlyOne(template, 'AWS::SNS::Subscription');
  expect(Properties).toMatchObject({ Protocol: 'lambda', RedrivePolicy: expect.anything() });
  expect(Properties).not.toHaveProperty('FilterPolicy');
  template.hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'sns.amazonaws.com',
    SourceArn: TOPIC,
  });
});

it('the subscription of a function does not replace its own failure destination', () => {
  const { template } = subscribed((scope) => {
    const fn = functionIn(scope);
    fn.configureAsyncInvoke({ onFailure: new SqsDestination(new Queue(scope, 'Own')) });
    return { function: fn };
  });

  const [, { Properties }] = onlyOne(template, 'AWS::Lambda::EventInvokeConfig');
  expect(JSON.stringify(Properties['DestinationConfig'])).toContain('Own');
});

describe('a subscription', () => {
  it('can have a dead-letter queue, an alarm topic and an envelope of its own', () => {
    const { stack, template } = subscribed((scope) => ({
      queue: new Queue(scope, 'Statuses'),
      rawMessageDelivery: false,
      deadLetterQueue: new Queue(scope, 'Failed', { encryptionMasterKey: new Key(scope, 'Key') }),
      alarmTopic: new Topic(scope, 'Team'),
    }));

    expect(propertiesOf(template, 'AWS::SQS::Queue')).toHaveLength(2);
    const [, { Properties }] = onlyOne(template, 'AWS::SNS::Subscription');
    expect(Properties['RawMessageDelivery']).toBe(false);
    const [, key] = onlyOne(template, 'AWS::KMS::Key');
    expect(statementsOf(key, 'KeyPolicy')).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'sns.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      }),
    );
    const [, alarm] = onlyOne(template, 'AWS::CloudWatch::Alarm');
    expect(textOf((alarm.Properties['AlarmActions'] as unknown[])[0])).toBe(
      idOf(stack, stack.node.findChild('Team')),
    );
  });

  it('needs no alarm', () => {
    const { subscription } = subscribed((scope) => ({ queue: new Queue(scope, 'Statuses'), alarm: false }));
    expect(subscription.alarm).toBeUndefined();
  });

  it('has an alarm that notifies nobody if no topic is known', () => {
    const { template } = subscribed((scope) => ({ queue: new Queue(scope, 'Statuses') }), '');
    expect(onlyOne(template, 'AWS::CloudWatch::Alarm')[1].Properties['AlarmActions']).toBeUndefined();
  });

  it('of another stack of the app belongs to that stack, which depends on the one of the tracker', () => {
    const app = testApp();
    const tracker = new OrderTracker(new Stack(app, 'Travel'), 'Tracker', { providerApplication: 'test' });
    const stack = new Stack(app, 'Subscriber');
    tracker.subscribe('Confirmed', { queue: new Queue(stack, 'Statuses'), events: ['order.settled'] });

    expect(() => app.synth()).not.toThrow();
    onlyOne(Template.fromStack(stack), 'AWS::SNS::Subscription');
    onlyOne(Template.fromStack(stack), 'AWS::CloudWatch::Alarm');
    expect(propertiesOf(Template.fromStack(tracker.node.scope as Stack), 'AWS::SNS::Subscription')).toEqual(
      [],
    );
  });

  it.each([
    ['the stack of the tracker', 'Travel'],
    ['another stack', 'Subscriber'],
  ])('of a queue with the key of the tracker can be deployed from %s', (_, id) => {
    const app = testApp();
    const stacks = Object.fromEntries(['Travel', 'Subscriber'].map((name) => [name, new Stack(app, name)]));
    const home = stacks['Travel'] as Stack;
    const encryptionKey = new Key(home, 'Key');
    const subscribe = (name: string) => {
      const tracker = new OrderTracker(home, name, { providerApplication: 'test', encryptionKey });
      tracker.subscribe(name, { queue });
    };
    const queue = new Queue(stacks[id] as Stack, 'Statuses', { encryptionMasterKey: encryptionKey });
    for (const name of ['One', 'Other']) subscribe(name);

    const [, key] = onlyOne(Template.fromStack(home), 'AWS::KMS::Key');
    const ofSns = statementsOf(key, 'KeyPolicy').filter(({ Principal }) =>
      JSON.stringify(Principal).includes('sns.amazonaws.com'),
    );
    expect(ofSns).toEqual([
      expect.objectContaining({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
    ]);
  });

  it('of an imported queue gets a warning, because its policy cannot be changed', () => {
    const { stack } = subscribed((scope) => ({
      queue: Queue.fromQueueArn(scope, 'Statuses', 'arn:aws:sqs:eu-west-1:012345678901:statuses'),
    }));
    Annotations.fromStack(stack).hasWarning(
      '*',
      Match.stringLikeRegexp('policy of "queue" cannot be changed'),
    );
  });

  it.each<[string, (scope: Stack, queue: Queue) => EventSubscriptionProps]>([
    ['queue', (_, queue) => ({ queue })],
    ['deadLetterQueue', (scope, deadLetterQueue) => ({ function: functionIn(scope), deadLetterQueue })],
  ])(
    'gets a warning if the key of "%s" is imported, because its policy cannot be changed',
    (name, propsOf) => {
      const { stack } = subscribed((scope) => {
        const arn = 'arn:aws:kms:eu-west-1:012345678901:key/1';
        const encryptionMasterKey = Key.fromKeyArn(scope, 'Key', arn);
        return propsOf(scope, new Queue(scope, 'Encrypted', { encryptionMasterKey }));
      });
      Annotations.fromStack(stack).hasWarning(
        '*',
        Match.stringLikeRegexp(`key of "${name}" cannot be changed.*sns.amazonaws.com`),
      );
    },
  );

  it('to events that do not exist is rejected by the compiler, and at synthesis', () => {
    const toNothing = (stack: Stack): EventSubscriptionProps => ({
      queue: new Queue(stack, 'Queue'),
      // @ts-expect-error There is no such event.
      events: ['order_item.okay'],
    });

    expect(() => subscribed(toNothing)).toThrow(
      /"events" cannot be \["order_item\.okay"\]: give some of order_item\.ok, order_item\.ko,/,
    );
  });

  it('with the filter policy of SNS itself is rejected by the compiler, and at synthesis', () => {
    const withJson = (stack: Stack): EventSubscriptionProps => ({
      queue: new Queue(stack, 'Queue'),
      // @ts-expect-error It is no SubscriptionFilter.
      filterPolicy: { final: ['true'] },
    });

    expect(() => subscribed(withJson)).toThrow(
      /"filterPolicy\.final" cannot be \["true"\]: give a SubscriptionFilter/,
    );
  });

  it.each<[string, (stack: Stack) => EventSubscriptionProps, RegExp]>([
    ['without a subscriber', () => ({}), /"queue" cannot be undefined: give either a queue or a function\./],
    [
      'with two subscribers',
      (stack) => ({ queue: new Queue(stack, 'Queue'), function: functionIn(stack) }),
      /"queue" cannot be "Subscriber\/Queue": give either/,
    ],
    [
      'to no events',
      (stack) => ({ queue: new Queue(stack, 'Queue'), events: [] }),
      /"events" cannot be \[\]: give some of/,
    ],
    [
      'with two filters of types',
      (stack) => ({
        queue: new Queue(stack, 'Queue'),
        events: ['order_item.ok'],
        filterPolicy: { type: SubscriptionFilter.existsFilter() },
      }),
      /"filterPolicy" cannot be \["type"\]: "events" filters by type already\./,
    ],
    [
      'of a FIFO queue',
      (stack) => ({ queue: new Queue(stack, 'Queue', { fifo: true }) }),
      /"queue" cannot be "Subscriber\/Queue": give a standard queue/,
    ],
    [
      'with a FIFO dead-letter queue',
      (stack) => ({
        queue: new Queue(stack, 'Queue'),
        deadLetterQueue: new Queue(stack, 'Failed', { fifo: true }),
      }),
      /"deadLetterQueue" cannot be "Subscriber\/Failed": give a standard queue/,
    ],
    [
      'of a queue with the key of SQS',
      (stack) => ({ queue: new Queue(stack, 'Queue', { encryption: QueueEncryption.KMS_MANAGED }) }),
      /"queue" cannot be "Subscriber\/Queue": give a queue without the key alias\/aws\/sqs/,
    ],
    [
      'of a function with a dead-letter queue with the key of SQS',
      (stack) => ({
        function: functionIn(stack),
        deadLetterQueue: new Queue(stack, 'Failed', { encryption: QueueEncryption.KMS_MANAGED }),
      }),
      /"deadLetterQueue" cannot be "Subscriber\/Failed": give a queue without the key alias\/aws\/sqs/,
    ],
    [
      'of a function with raw messages',
      (stack) => ({ function: functionIn(stack), rawMessageDelivery: true }),
      /"rawMessageDelivery" cannot be true: leave it out/,
    ],
  ])('%s is rejected', (_, makeProps, message) => {
    expect(() => subscribed(makeProps)).toThrow(message);
  });
});
