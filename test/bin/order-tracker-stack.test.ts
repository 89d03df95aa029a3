import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { onlyOne, propertiesOf, resourcesOf, synthesize, testStack } from '../lib/synthesize.ts';

const sandbox = synthesize();
const production = synthesize({
  environment: 'production',
  providerBaseUrl: 'https://api.musement.com/api/v3',
});

describe('the stack', () => {
  it('has exactly the documented outputs', () => {
    expect(Object.keys(sandbox.findOutputs('*')).sort().join(' ')).toBe(
      'DashboardName NoticesTopicArn OperationsTopicArn OrdersUrl ProviderApplication ProviderBaseUrl ' +
        'ProviderSecretArn StateMachineArn TableName TopicArn WebhookSecretArn WebhookUrl',
    );
  });

  it.each([
    ['sandbox', undefined, 'OrderTracker-sandbox', false],
    ['production', undefined, 'OrderTracker-production', true],
    ['production', false, 'OrderTracker-production', false],
    ['live', true, 'OrderTracker-live', true],
  ])(
    'in %s with production %s has the name %s and termination protection %s',
    (environment, isProduction, name, isProtected) => {
      const stack = testStack({ environment, production: isProduction });
      expect(stack.stackName).toBe(name);
      expect(stack.terminationProtection).toBe(isProtected);
    },
  );

  it.each([
    [{ environment: 'production' }, 1],
    [{ environment: 'production', providerBaseUrl: 'https://api.musement.com/api/v3' }, 0],
    [{ environment: 'sandbox' }, 0],
    [{ environment: 'prod', providerBaseUrl: 'https://api.musement.com/api/v3' }, 1],
  ])('with %j gives %i warnings about provider and data protection', (props, warnings) => {
    const stack = testStack(props);
    const text = Match.stringLikeRegexp('api\\.musement\\.com|real bookings');
    const found = Annotations.fromStack(stack).findWarning('*', text);
    expect(found).toHaveLength(warnings);
  });
});

describe('stored data', () => {
  it.each([
    // A protected table cannot be deleted.
    ['AWS::DynamoDB::Table', 'Retain'],
    ['AWS::SecretsManager::Secret', 'RetainExceptOnCreate'],
    ['AWS::Logs::LogGroup', 'RetainExceptOnCreate'],
  ])('%s is retained in production (%s), and deleted with the stack elsewhere', (type, deletionPolicy) => {
    const policies = (template: typeof sandbox) =>
      resourcesOf(template, type).map(([, r]) => [r.DeletionPolicy, r.UpdateReplacePolicy]);

    for (const found of policies(production)) expect(found).toEqual([deletionPolicy, 'Retain']);
    for (const found of policies(sandbox)) expect(found).toEqual(['Delete', 'Delete']);
  });

  it('E7 keeps its logical ids, because CloudFormation replaces a resource with a new one', () => {
    const stateful = /^AWS::(DynamoDB::Table|SecretsManager::Secret|StepFunctions::StateMachine|SNS::Topic)$/;
    const ids = Object.entries(sandbox.toJSON()['Resources'] as Record<string, { Type: string }>)
      .filter(([, { Type }]) => stateful.test(Type))
      .map(([id]) => id);
    expect(ids.sort()).toEqual([
      'TrackerOperationsNoticesTopic00881FC3',
      'TrackerOperationsUrgentTopic17536857',
      'TrackerOrdersTable2A778691',
      'TrackerProviderProviderSecretCE3D9DC8',
      'TrackerProviderWebhookSecret1E648416',
      'TrackerPublicationEventsTopicD32E8C9A',
      'TrackerWatchWatchOrder327EB6E8',
    ]);
    // Running executions call the function by its ARN.
    expect(Object.keys(sandbox.findResources('AWS::Lambda::Function'))).toContain(
      'TrackerWatchCheckOrder990A2617',
    );
  });
});

describe('the table', () => {
  it('streams old and new images, expires records and can be restored', () => {
    sandbox.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: false,
    });
    production.hasResourceProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
  });

  it('has one sparse index of what is due, which holds keys, and what orders are listed by', () => {
    const [, { Properties }] = onlyOne(sandbox, 'AWS::DynamoDB::Table');
    const KeySchema = [
      { AttributeName: 'due', KeyType: 'HASH' },
      { AttributeName: 'dueAt', KeyType: 'RANGE' },
    ];
    expect(Properties['GlobalSecondaryIndexes']).toEqual([
      {
        IndexName: 'due-index',
        KeySchema,
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['rescueCount', 'states'] },
      },
    ]);
  });
});

describe('secrets', () => {
  // With any other value here, CloudFormation would overwrite the secret in use.
  it.each([
    ['{"client_id":""}', 'client_secret'],
    ['{"username":"musement"}', 'password'],
  ])(
    'with the fields %s generate %s at the first deployment, and no template holds a value',
    (fields, key) => {
      const secrets = propertiesOf(sandbox, 'AWS::SecretsManager::Secret');
      expect(secrets.map((secret) => secret['GenerateSecretString'])).toContainEqual({
        SecretStringTemplate: fields,
        GenerateStringKey: key,
        PasswordLength: 40,
        ExcludePunctuation: true,
      });
      expect(JSON.stringify(sandbox.toJSON())).not.toContain('"SecretString"');
    },
  );
});

describe('logs that services of AWS deliver', () => {
  it.each([
    ['states', 'WatchOrderLogs'],
    ['apigateway', 'AccessLogs'],
  ])(
    'of %s do not lengthen the resource policy of the account, nor collide with those of a former stack',
    (service, part) => {
      const [, logGroup] =
        resourcesOf(sandbox, 'AWS::Logs::LogGroup').find(([id]) => id.includes(part)) ?? [];

      expect(logGroup?.Properties['LogGroupName']).toEqual({
        'Fn::Join': [
          '',
          [
            expect.stringMatching(
              new RegExp(`^/aws/vendedlogs/${service}/OrderTracker-sandboxTracker\\w+-$`),
            ),
            // The UUID of the stack.
            { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] },
          ],
        ],
      });
    },
  );

  it('all other log groups get a unique name from CloudFormation', () => {
    const named = resourcesOf(sandbox, 'AWS::Logs::LogGroup').filter(
      ([, { Properties }]) => Properties['LogGroupName'] !== undefined,
    );

    expect(named).toHaveLength(2);
  });
});
