import { Annotations, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';

/** Services that use the key on behalf of their callers. */
const SERVICES = ['dynamodb', 'secretsmanager', 'sns', 'sqs'] as const;

const USE = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*', 'kms:DescribeKey'];

/**
 * Allows a key to be used for everything that a tracker stores, as if it were managed by AWS: everyone who may use a
 * table, topic, queue or secret may use the key through that service, but not directly. Alarms and logs use the key
 * without a caller, so the policy names their services. The policy of an imported key cannot be changed, so it gets a
 * warning.
 */
export const allowTrackerToUse = (key: IKey, tracker: IConstruct): void => {
  const added = keyStatements(tracker).map((statement) => key.addToResourcePolicy(statement));
  if (added.every(({ statementAdded }) => statementAdded)) return;
  Annotations.of(tracker).addWarningV2(
    'musement-order-tracker:key-policy',
    'The policy of "encryptionKey" cannot be changed, because the key is imported: it must contain the statements that docs/construct.md lists.',
  );
};

const keyStatements = (tracker: IConstruct): readonly PolicyStatement[] => {
  const { account, region, partition, urlSuffix } = Stack.of(tracker);
  return [
    new PolicyStatement({
      sid: 'UseThroughServices',
      principals: [new AnyPrincipal()],
      actions: USE,
      resources: ['*'],
      conditions: {
        StringEquals: {
          'kms:CallerAccount': account,
          'kms:ViaService': SERVICES.map((service) => `${service}.${region}.${urlSuffix}`),
        },
      },
    }),
    // DynamoDB uses the key in the background, for time to live and recovery.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    new PolicyStatement({
      sid: 'GrantToDynamoDb',
      principals: [new AnyPrincipal()],
      actions: ['kms:CreateGrant'],
      resources: ['*'],
      conditions: {
        StringEquals: {
          'kms:CallerAccount': account,
          'kms:ViaService': `dynamodb.${region}.${urlSuffix}`,
        },
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
      },
    }),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    new PolicyStatement({
      sid: 'PublishAlarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    new PolicyStatement({
      sid: 'WriteLogs',
      principals: [new ServicePrincipal(`logs.${region}.${urlSuffix}`)],
      actions: USE,
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
        },
      },
    }),
  ];
};
