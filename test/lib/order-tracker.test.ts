import { Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { trackerParameterSchema } from '../../lambdas/contracts/tracker-parameter.ts';
import { OrderTracker, type OrderTrackerProps, PRODUCTION_BASE_URL } from '../../lib/index.ts';
import { allowedTo, statementsOf, textOf } from './policies.ts';
import { environmentOf, functionNamed, onlyOne, propertiesOf, resourcesOf, testApp } from './synthesize.ts';

/** A tracker in a stack of somebody else. */
const trackerIn = (
  makeProps: (stack: Stack) => Partial<OrderTrackerProps> = () => ({}),
): { readonly stack: Stack; readonly tracker: OrderTracker; readonly template: Template } => {
  const stack = new Stack(testApp(), 'Travel');
  const tracker = new OrderTracker(stack, 'Tracker', {
    providerApplication: 'test-application',
    ...makeProps(stack),
  });
  return { stack, tracker, template: Template.fromStack(stack) };
};

const idOf = (stack: Stack, construct: { node: Stack['node'] }): string =>
  stack.getLogicalId(construct.node.defaultChild as never);

describe('by default', () => {
  const { template } = trackerIn();

  it.each([
    ['AWS::DynamoDB::Table', 'Retain'],
    ['AWS::SecretsManager::Secret', 'RetainExceptOnCreate'],
    ['AWS::Logs::LogGroup', 'RetainExceptOnCreate'],
  ])('%s is retained', (type, policy) => {
    for (const [, resource] of resourcesOf(template, type)) expect(resource.DeletionPolicy).toBe(policy);
  });

  it('the table is protected against deletion', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
  });
});

it('warns that the data of real bookings would be deleted', () => {
  const props = { providerBaseUrl: PRODUCTION_BASE_URL, removalPolicy: RemovalPolicy.DESTROY };
  const warned = ({ stack }: { stack: Stack }) =>
    Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('real bookings.*"removalPolicy"'));

  expect(warned(trackerIn(() => props))).toHaveLength(1);
  expect(warned(trackerIn(() => ({ ...props, removalPolicy: RemovalPolicy.RETAIN })))).toEqual([]);
});

describe('encryptionKey', () => {
  it('of this app encrypts everything, and its policy gets what two trackers need, once', () => {
    const stack = new Stack(testApp(), 'Travel');
    const encryptionKey = new Key(stack, 'Key');
    for (const id of ['One', 'Two']) {
      new OrderTracker(stack, id, { providerApplication: 'test-application', encryptionKey });
    }
    const template = Template.fromStack(stack);

    const [keyId, key] = onlyOne(template, 'AWS::KMS::Key');
    for (const { KmsKeyId } of propertiesOf(template, 'AWS::SecretsManager::Secret')) {
      expect(KmsKeyId).toEqual({ 'Fn::GetAtt': [keyId, 'Arn'] });
    }
    const ids = statementsOf(key, 'KeyPolicy').flatMap(({ Sid }) => Sid ?? []);
    expect(ids.sort()).toEqual(['GrantToDynamoDb', 'PublishAlarms', 'UseThroughServices', 'WriteLogs']);
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('encryptionKey'));
  });

  it('that is imported gets a warning, because its policy cannot be changed', () => {
    const { stack } = trackerIn((scope) => ({
      encryptionKey: Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:012345678901:key/abc'),
    }));

    Annotations.fromStack(stack).hasWarning('/Travel/Tracker', Match.stringLikeRegexp('"encryptionKey"'));
  });
});

describe('given secrets', () => {
  it('are used instead of new ones, and may be read by the functions that need them', () => {
    const name = 'travel/musement';
    const { stack, tracker, template } = trackerIn((scope) => ({
      providerSecret: Secret.fromSecretNameV2(scope, 'Login', name),
      webhookSecret: new Secret(scope, 'Webhook'),
    }));

    const [webhookId] = onlyOne(template, 'AWS::SecretsManager::Secret');
    expect(webhookId).toBe(idOf(stack, tracker.webhookSecret));
    const [, ingest] = functionNamed(template, 'ingest-webhook');
    expect(environmentOf(ingest.Properties)['WEBHOOK_SECRET_ARN']).toEqual({ Ref: webhookId });
    const read = expect.arrayContaining(['secretsmanager:GetSecretValue']);
    expect(allowedTo(template, 'ingest-webhook')).toMatchObject({ [webhookId]: read });
    const byName = Object.entries(allowedTo(template, 'check-order')).filter(([arn]) => arn.includes(name));
    expect(byName).toEqual([[expect.stringMatching(`:secret:${name}-\\?{6}$`), read]]);
  });
});

describe('alarms', () => {
  it('can be switched off, with their topics; the dashboard then shows none', () => {
    const { tracker, template } = trackerIn(() => ({ alarms: false }));

    expect(propertiesOf(template, 'AWS::CloudWatch::Alarm')).toEqual([]);
    onlyOne(template, 'AWS::SNS::Topic');
    expect(tracker.urgentTopic).toBeUndefined();
    expect(tracker.noticesTopic).toBeUndefined();
    const [, dashboard] = onlyOne(template, 'AWS::CloudWatch::Dashboard');
    expect(JSON.stringify(dashboard.Properties['DashboardBody'])).not.toContain('"alarms\\"');
  });

  it('notify given topics, whose policies allow it', () => {
    const { stack, tracker, template } = trackerIn((scope) => ({
      urgentTopic: new Topic(scope, 'Pager', { enforceSSL: true }),
      noticesTopic: Topic.fromTopicArn(scope, 'Mail', 'arn:aws:sns:eu-west-1:012345678901:mail'),
    }));

    const pager = { Ref: idOf(stack, tracker.urgentTopic as Topic) };
    expect(propertiesOf(template, 'AWS::SNS::Topic')).toHaveLength(2);
    const actions = propertiesOf(template, 'AWS::CloudWatch::Alarm').map(({ AlarmActions }) => AlarmActions);
    expect(new Set(actions.map((action) => JSON.stringify(action)))).toEqual(
      new Set([JSON.stringify([pager]), '["arn:aws:sns:eu-west-1:012345678901:mail"]']),
    );
    const [, policy] =
      resourcesOf(template, 'AWS::SNS::TopicPolicy').find(([id]) => id.startsWith('Pager')) ?? [];
    expect(policy && statementsOf(policy)).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: pager,
      }),
    );
  });

  it('of two trackers can share one topic', () => {
    const stack = new Stack(testApp(), 'Travel');
    const topic = new Topic(stack, 'Alarms');
    for (const id of ['One', 'Two']) {
      const topics = { urgentTopic: topic, noticesTopic: topic };
      new OrderTracker(stack, id, { providerApplication: 'test-application', ...topics });
    }
    const [, policy] =
      resourcesOf(Template.fromStack(stack), 'AWS::SNS::TopicPolicy').find(([id]) =>
        id.startsWith('Alarms'),
      ) ?? [];

    expect(policy && statementsOf(policy)).toMatchObject([{ Sid: 'AllowAlarms' }]);
  });
});

it('the dashboard can be switched off', () => {
  const { tracker, template } = trackerIn(() => ({ dashboard: false }));

  expect(propertiesOf(template, 'AWS::CloudWatch::Dashboard')).toEqual([]);
  expect(tracker.dashboardName).toBeUndefined();
});

describe('the parameter for the command line', () => {
  /** Its content, with the logical id of each resource for its name. */
  const described = (template: Template) => {
    const [, { Properties }] = onlyOne(template, 'AWS::SSM::Parameter');
    return {
      name: Properties['Name'],
      content: trackerParameterSchema.parse(JSON.parse(textOf(Properties['Value']))),
    };
  };

  it('describes the tracker', () => {
    const { stack, tracker, template } = trackerIn(() => ({ trackerName: 'travel' }));

    const { name, content } = described(template);

    expect(name).toBe('/musement-order-tracker/travel');
    expect(content).toMatchObject({
      trackerName: 'travel',
      stackName: 'Travel',
      topicArn: idOf(stack, tracker.topic),
      urgentTopicArn: idOf(stack, tracker.urgentTopic as Topic),
      noticesTopicArn: idOf(stack, tracker.noticesTopic as Topic),
      tableName: idOf(stack, tracker.table),
      providerBaseUrl: 'https://sandbox.musement.com/api/v3',
    });
    for (const [service, id] of Object.entries(content.functions)) {
      expect(functionNamed(template, service)[0]).toBe(id);
    }
    const queues = resourcesOf(template, 'AWS::SQS::Queue').map(([id]) => id);
    expect(queues).toEqual(expect.arrayContaining(Object.values(content.deadLetterQueues)));
  });

  it('says that there are no alarms', () => {
    const { content } = described(trackerIn(() => ({ alarms: false })).template);

    expect(content.alarms).toBe(false);
    expect(content).not.toHaveProperty('urgentTopicArn');
  });
});

it('tokens reach the template', () => {
  const token = Lazy.string({ produce: () => 'known-later' });
  const { template } = trackerIn(() => ({ providerApplication: token, providerBaseUrl: token }));

  expect(environmentOf(functionNamed(template, 'check-order')[1].Properties)).toMatchObject({
    PROVIDER_APPLICATION: 'known-later',
    PROVIDER_BASE_URL: 'known-later',
  });
});
