import { describe, expect, it } from 'vitest';
import { onlyOne, type Resource, resourcesOf, synthesize } from './synthesize.ts';

const byDefault = synthesize();
const withKey = synthesize({ customerManagedKey: true, production: true });
const [keyId, key] = onlyOne(withKey, 'AWS::KMS::Key');

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: string | readonly string[];
  readonly Condition?: Record<string, Record<string, unknown>>;
}

const statementsOf = ({ Properties }: Resource, document = 'PolicyDocument'): readonly Statement[] =>
  (Properties[document] as { Statement: readonly Statement[] }).Statement;

describe('encryption at rest', () => {
  it('is by keys of AWS, unless asked for otherwise', () => {
    expect(resourcesOf(byDefault, 'AWS::KMS::Key')).toEqual([]);
    const [, topic] = resourcesOf(byDefault, 'AWS::SNS::Topic').find(([id]) => id.includes('Events')) ?? [];
    expect(JSON.stringify(topic?.Properties['KmsMasterKeyId'])).toContain('alias/aws/sns');
  });

  it.each([
    ['AWS::DynamoDB::Table', 'SSESpecification', 1],
    ['AWS::SNS::Topic', 'KmsMasterKeyId', 3],
    ['AWS::SQS::Queue', 'KmsMasterKeyId', 5],
    ['AWS::SecretsManager::Secret', 'KmsKeyId', 2],
    ['AWS::Logs::LogGroup', 'KmsKeyId', 9],
  ])('every %s has the customer managed key', (type, property, count) => {
    const resources = resourcesOf(withKey, type);
    expect(resources).toHaveLength(count);
    for (const [id, { Properties }] of resources) {
      expect(JSON.stringify(Properties[property]), id).toContain(JSON.stringify([keyId, 'Arn']));
    }
  });

  it('the key is rotated, and kept in production', () => {
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
  });

  it('nobody but this account and the services that it names may use the key', () => {
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

  it('alarms can publish to the topics for people, and logs can be written', () => {
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
  it('refuse plain HTTP', () => {
    const policies = resourcesOf(byDefault, 'AWS::SNS::TopicPolicy');
    expect(policies).toHaveLength(resourcesOf(byDefault, 'AWS::SNS::Topic').length);
    for (const [id, policy] of policies) {
      expect(statementsOf(policy), id).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Principal: '*',
          Action: 'sns:Publish',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    }
  });

  it('let in no other account, unless it is named, and then to subscribe to events only', () => {
    const open = synthesize({ subscriberAccounts: ['012345678901', '210987654321'] });
    const allowed = (template: typeof open) =>
      resourcesOf(template, 'AWS::SNS::TopicPolicy').flatMap(([id, policy]) =>
        statementsOf(policy)
          .filter(
            ({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('"AWS"'),
          )
          .map((statement) => ({ id, statement })),
      );

    expect(allowed(byDefault)).toEqual([]);
    expect(allowed(open)).toEqual([
      {
        id: expect.stringContaining('Events'),
        statement: expect.objectContaining({ Action: 'sns:Subscribe' }),
      },
    ]);
    const principal = JSON.stringify(allowed(open)[0]?.statement.Principal);
    expect(principal).toContain(':iam::012345678901:root');
    expect(principal).toContain(':iam::210987654321:root');
  });

  it('refuses what is no account', () => {
    expect(() => synthesize({ subscriberAccounts: ['*'] })).toThrow(/"subscriberAccounts" cannot be "\*"/);
  });
});
