import { describe, expect, it } from 'vitest';
import { statementsOf } from './policies.ts';
import { onlyOne, propertiesOf, resourcesOf, synthesize } from './synthesize.ts';

const byDefault = synthesize();
const withKey = synthesize({ customerManagedKey: true, production: true });
const [keyId, key] = onlyOne(withKey, 'AWS::KMS::Key');

it('messages of the topic are signed with SHA256, for HTTPS endpoints', () => {
  const signed = propertiesOf(byDefault, 'AWS::SNS::Topic').filter(
    ({ SignatureVersion }) => SignatureVersion === '2',
  );
  expect(signed).toMatchObject([{ DisplayName: 'Musement order items' }]);
});

describe('encryption at rest', () => {
  it('uses keys of AWS by default', () => {
    expect(resourcesOf(byDefault, 'AWS::KMS::Key')).toEqual([]);
    const [, topic] = resourcesOf(byDefault, 'AWS::SNS::Topic').find(([id]) => id.includes('Events')) ?? [];
    expect(JSON.stringify(topic?.Properties['KmsMasterKeyId'])).toContain('alias/aws/sns');
    const queues = propertiesOf(byDefault, 'AWS::SQS::Queue');
    expect(queues.map((queue) => queue['SqsManagedSseEnabled'])).toEqual(Array(5).fill(true));
  });

  it.each([
    ['AWS::DynamoDB::Table', 'SSESpecification', 1],
    ['AWS::SNS::Topic', 'KmsMasterKeyId', 3],
    ['AWS::SQS::Queue', 'KmsMasterKeyId', 5],
    ['AWS::SecretsManager::Secret', 'KmsKeyId', 2],
    ['AWS::Logs::LogGroup', 'KmsKeyId', 9],
  ])('encrypts every %s with the customer managed key', (type, property, count) => {
    const resources = resourcesOf(withKey, type);
    expect(resources).toHaveLength(count);
    for (const [id, { Properties }] of resources) {
      expect(JSON.stringify(Properties[property]), id).toContain(JSON.stringify([keyId, 'Arn']));
    }
  });

  it('retains the key in production, and allows it to this account and to named services only', () => {
    expect(key.DeletionPolicy).toBe('RetainExceptOnCreate');
    const statements = statementsOf(key, 'KeyPolicy');
    for (const { Sid, Effect, Principal, Condition } of statements) {
      expect(Effect).toBe('Allow');
      const isOfAccount = JSON.stringify(Principal).includes(':root');
      if (!isOfAccount) expect(Condition, Sid).toBeDefined();
      if (JSON.stringify(Principal).includes('"*"')) {
        expect(Condition?.['StringEquals'], Sid).toMatchObject({
          'kms:CallerAccount': { Ref: 'AWS::AccountId' },
          'kms:ViaService': expect.anything(),
        });
      }
    }
  });

  it.each(['UseThroughServices', 'GrantToDynamoDb', 'WriteLogs'])(
    '%s names services by the domain of the partition, which in China is another one',
    (sid) => {
      const statement = statementsOf(key, 'KeyPolicy').find(({ Sid }) => Sid === sid);

      expect(JSON.stringify(statement)).toContain('{"Ref":"AWS::URLSuffix"}');
      expect(JSON.stringify(statement)).not.toContain('amazonaws.com');
    },
  );

  it('allows alarms and logs to use the key', () => {
    const statements = statementsOf(key, 'KeyPolicy');
    expect(statements.find(({ Sid }) => Sid === 'PublishAlarms')).toMatchObject({
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
    expect(JSON.stringify(statements.find(({ Sid }) => Sid === 'WriteLogs'))).toContain('log-group:*');
  });
});

describe('topics', () => {
  it('reject plain HTTP', () => {
    const policies = resourcesOf(byDefault, 'AWS::SNS::TopicPolicy');
    expect(policies).toHaveLength(resourcesOf(byDefault, 'AWS::SNS::Topic').length);
    for (const [id, policy] of policies) {
      const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
      const denied = { Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Condition };
      expect(statementsOf(policy), id).toContainEqual(expect.objectContaining(denied));
    }
  });

  it('allow other accounts only if they are given, and only to subscribe to events', () => {
    const open = synthesize({ subscriberAccounts: ['012345678901', '210987654321'] });
    const allowed = (template: typeof open) =>
      resourcesOf(template, 'AWS::SNS::TopicPolicy').flatMap(([id, policy]) =>
        statementsOf(policy).flatMap(({ Effect, Principal, Action }) => {
          const principal = JSON.stringify(Principal);
          return Effect === 'Allow' && principal.includes('"AWS"') ? [{ id, Action, principal }] : [];
        }),
      );
    expect(allowed(byDefault)).toEqual([]);
    const id = expect.stringContaining('Events');
    const principal = expect.stringMatching(/:iam::012345678901:root.*:iam::210987654321:root/);
    // CloudFormation, with which they usually subscribe, reads the attributes first.
    const Action = ['sns:GetTopicAttributes', 'sns:Subscribe'];
    expect(allowed(open)).toEqual([{ id, Action, principal }]);
  });

  it('reject a subscriber account that is no account ID', () => {
    expect(() => synthesize({ subscriberAccounts: ['*'] })).toThrow(/"subscriberAccounts" cannot be "\*"/);
  });
});
