import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** Services that use the key on behalf of their callers. */
const SERVICES = ['dynamodb', 'secretsmanager', 'sns', 'sqs'] as const;

/**
 * One key of this account for everything that is stored. Its policy is like that of AWS managed keys: everyone who may
 * use a table, topic, queue or secret may use the key through that service, but not directly. Alarms and logs use the key
 * without a caller, so the policy names their services.
 */
export class CustomerKey extends Key {
  constructor(scope: Construct, id: string, props: { readonly removalPolicy: RemovalPolicy }) {
    super(scope, id, {
      description: 'Encrypts the data of the order tracker',
      enableKeyRotation: true,
      removalPolicy: props.removalPolicy,
    });
    const { account, region, partition, urlSuffix } = Stack.of(this);
    const USE = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*', 'kms:DescribeKey'];

    this.addToResourcePolicy(
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
    );
    // DynamoDB uses the key in the background, for time to live and recovery.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    this.addToResourcePolicy(
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
    );
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'PublishAlarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    this.addToResourcePolicy(
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
    );
  }
}
