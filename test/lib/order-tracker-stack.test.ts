import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { onlyOne, resourcesOf, synthesize, testStack } from './synthesize.ts';

const sandbox = synthesize();
const production = synthesize({
  environment: 'production',
  providerBaseUrl: 'https://api.musement.com/api/v3',
});

describe('the stack', () => {
  it('has exactly the outputs that the outside relies on', () => {
    expect(Object.keys(sandbox.findOutputs('*')).sort()).toEqual([
      'DashboardName',
      'NoticesTopicArn',
      'OperationsTopicArn',
      'OrdersUrl',
      'ProviderApplication',
      'ProviderBaseUrl',
      'ProviderSecretArn',
      'StateMachineArn',
      'TableName',
      'TopicArn',
      'WebhookSecretArn',
      'WebhookUrl',
    ]);
  });

  it.each([
    ['sandbox', undefined, 'OrderTracker-sandbox', false],
    ['production', undefined, 'OrderTracker-production', true],
    ['production', false, 'OrderTracker-production', false],
    ['live', true, 'OrderTracker-live', true],
  ])(
    'in %s with production %s is called %s, protected: %s',
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
  ])('with %j gives %i warnings about where it asks and what it protects', (props, warnings) => {
    const stack = testStack(props);

    const found = Annotations.fromStack(stack).findWarning(
      '*',
      Match.stringLikeRegexp('api\\.musement\\.com|real bookings'),
    );

    expect(found).toHaveLength(warnings);
  });
});

describe('what must survive', () => {
  it.each(['AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup'])(
    '%s is retained in production and goes with the stack elsewhere',
    (type) => {
      const policies = (template: typeof sandbox) =>
        new Set(resourcesOf(template, type).flatMap(([, r]) => [r.DeletionPolicy, r.UpdateReplacePolicy]));

      expect(policies(production)).toEqual(new Set(['Retain']));
      expect(policies(sandbox)).toEqual(new Set(['Delete']));
    },
  );

  it('E7 keeps its logical ids: with another one CloudFormation would replace it, and what hangs on it is lost', () => {
    const ids = [
      'AWS::DynamoDB::Table',
      'AWS::SecretsManager::Secret',
      'AWS::StepFunctions::StateMachine',
      'AWS::SNS::Topic',
    ].flatMap((type) => resourcesOf(sandbox, type).map(([id]) => id));

    expect(ids.sort()).toEqual([
      'TrackerOperationsNoticesTopic00881FC3',
      'TrackerOperationsTopic0EEF6A45',
      'TrackerOrdersTable2A778691',
      'TrackerProviderProviderSecretCE3D9DC8',
      'TrackerProviderWebhookSecret1E648416',
      'TrackerPublicationEventsTopicD32E8C9A',
      'TrackerWatchWatchItem72A5EC51',
    ]);
    // Waiting executions call it by its ARN.
    expect(Object.keys(sandbox.findResources('AWS::Lambda::Function'))).toContain(
      'TrackerWatchCheckItem9039AA08',
    );
  });
});

describe('the table', () => {
  it('tells of changes with both images, expires records and can be restored', () => {
    sandbox.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: false,
    });
    production.hasResourceProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
  });

  it('has one sparse index of what is due, which copies no data', () => {
    const [, { Properties }] = onlyOne(sandbox, 'AWS::DynamoDB::Table');

    expect(Properties['GlobalSecondaryIndexes']).toEqual([
      {
        IndexName: 'due-index',
        KeySchema: [
          { AttributeName: 'due', KeyType: 'HASH' },
          { AttributeName: 'dueAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
  });
});

describe('secrets', () => {
  // Any change of these would make CloudFormation write a new value over the one that is in use.
  it.each([
    ['{"client_id":""}', 'client_secret'],
    ['{"username":"musement"}', 'password'],
  ])('with %s generate %s once, and no template holds a value', (template, key) => {
    const generators = resourcesOf(sandbox, 'AWS::SecretsManager::Secret').map(
      ([, { Properties }]) => Properties['GenerateSecretString'],
    );

    expect(generators).toContainEqual({
      SecretStringTemplate: template,
      GenerateStringKey: key,
      PasswordLength: 40,
      ExcludePunctuation: true,
    });
    expect(JSON.stringify(sandbox.toJSON())).not.toContain('"SecretString"');
  });
});
