import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { OrderTracker } from '../../lib/index.ts';
import { list, statementsOf, textOf } from './policies.ts';
import { environmentOf, functionNamed, onlyOne, resourcesOf, testApp } from './synthesize.ts';

const accounts = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

/** Ascending times of eight digits, which no setting may have more of. */
const longest = Array.from({ length: 24 }, (_, index) => Duration.seconds(5_000_000 + index));

/** 97 ranges of IPv4, as long as they can be: what fits into 2,048 characters. */
const addresses = Array.from({ length: 97 }, (_, index) => `203.113.${100 + index}.128/25`);

/** Every text, list and number as large as it may be. */
const stack = new Stack(testApp(), 's'.repeat(128));
new OrderTracker(stack, 'Tracker', {
  trackerName: 't'.repeat(64),
  encryptionKey: new Key(stack, 'Key'),
  providerApplication: 'a'.repeat(256),
  providerBaseUrl: `https://api.example.com/${'b'.repeat(232)}`,
  runbookUrl: 'r'.repeat(300),
  callerAccounts: accounts(40),
  subscriberAccounts: accounts(199),
  settings: {
    webhookSourceAddresses: addresses,
    voucherChecks: longest,
    hintChecks: longest,
    minCheckGap: Duration.days(60),
    instantGrace: Duration.days(60),
    unpaidGrace: Duration.days(60),
    rereadGap: Duration.days(60),
    hintGiveUp: Duration.days(60),
    rescueMargin: Duration.days(60),
    defaultConfirmationTime: Duration.days(365),
    resolutionWindow: Duration.days(365),
    refreshDelay: Duration.minutes(15),
    providerTimeout: Duration.seconds(10),
    retryBase: Duration.minutes(15),
    rescueBackoff: Duration.hours(4),
    webhookOverlap: Duration.days(14),
  },
  reconcileEvery: Duration.minutes(60),
  refreshConcurrency: 1000,
  webhookRequestsPerSecond: 10_000,
  ordersRequestsPerSecond: 10_000,
});

const template = Template.fromStack(stack);

/** A value as AWS receives it, with the longest partition there is, and names longer than CloudFormation generates. */
const deployedText = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll('{"Ref":"AWS::Partition"}', '"aws-us-gov"')
    .replaceAll(/\{"Fn::Join":\["",\[((?:"[^"]*",?)*)\]\]\}/g, (_, parts: string) =>
      JSON.stringify(JSON.parse(`[${parts}]`).join('')),
    );

const LONGEST_ARN = 180;

describe('the largest settings that are accepted stay within the limits of AWS', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  it.each([
    'ingest-webhook',
    'orders-api',
    'dispatch-changes',
    'refresh-order',
    'check-order',
    'publish-events',
    'reconcile',
  ])('Lambda: the environment variables of %s take at most 4 KB, and its timeout 15 minutes', (name) => {
    const [, { Properties }] = functionNamed(template, name);
    const sizes = Object.entries(environmentOf(Properties)).map(([key, value]) =>
      typeof value === 'string' ? key.length + Buffer.byteLength(value) : key.length + LONGEST_ARN,
    );

    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(4096);
    expect(Properties['Timeout']).toBeLessThanOrEqual(900);
  });

  it('Lambda: only ingest-webhook gets the addresses that webhooks may come from', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function')) {
      const { POWERTOOLS_SERVICE_NAME: name, TRACKER_SETTINGS } = environmentOf(Properties);
      const { webhookSourceAddresses } = JSON.parse(String(TRACKER_SETTINGS));

      expect(webhookSourceAddresses, String(name)).toEqual(name === 'ingest-webhook' ? addresses : undefined);
    }
  });

  it('IAM: the trust policy of the role for callers takes at most 2,048 characters', () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      expect(deployedText(Properties['AssumeRolePolicyDocument']).length, id).toBeLessThanOrEqual(2048);
    }
  });

  it('SNS: the policy of a topic has at most 200 principals and 30 KB', () => {
    // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html#sns-policy-quotas
    for (const [id, policy] of resourcesOf(template, 'AWS::SNS::TopicPolicy')) {
      const principals = statementsOf(policy).flatMap(({ Principal }) =>
        typeof Principal === 'string' ? Principal : Object.values(Principal as object).flatMap(list),
      );

      expect(principals.length, id).toBeLessThanOrEqual(200);
      expect(deployedText(policy.Properties['PolicyDocument']).length, id).toBeLessThan(30 * 1024);
    }
  });

  it('API Gateway: a route has at most the requests a second and the burst of the account', () => {
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    const [, stage] = onlyOne(template, 'AWS::ApiGatewayV2::Stage');

    for (const limits of Object.values(stage.Properties['RouteSettings'] as object)) {
      expect(limits).toEqual({ ThrottlingRateLimit: 10_000, ThrottlingBurstLimit: 5000 });
    }
  });

  it('SQS: delay, visibility timeout and retention are whole seconds within its limits', () => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::SQS::Queue')) {
      const { DelaySeconds = 0, VisibilityTimeout = 0, MessageRetentionPeriod = 0 } = Properties;

      for (const [value, maximum] of [
        [DelaySeconds, 900],
        [VisibilityTimeout, 43_200],
        [MessageRetentionPeriod, 1_209_600],
      ]) {
        expect(Number.isInteger(value), id).toBe(true);
        expect(value, id).toBeLessThanOrEqual(Number(maximum));
      }
    }
  });

  it('Systems Manager: the parameter for the command line takes at most 8 KB, and is of the tier that allows it', () => {
    // https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
    const [, { Properties }] = onlyOne(template, 'AWS::SSM::Parameter');
    const [, parts] = (Properties['Value'] as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
    const isOfFunction = (part: unknown) =>
      resourcesOf(template, 'AWS::Lambda::Function').some(([id]) => id === textOf(part));
    // A function's name has at most 64 characters. A topic's has at most 256, and no other is longer.
    const longest = parts.map((part) =>
      typeof part === 'string' ? part : 'x'.repeat(isOfFunction(part) ? 64 : 256 + 45),
    );

    expect(parts.length).toBeGreaterThan(30);
    expect(longest.join('').length).toBeLessThanOrEqual(8192);
    expect(Properties['Tier']).toBe('Intelligent-Tiering');
  });

  it('CloudWatch: the name of an alarm takes at most 255 characters, and its description 1,024', () => {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');

    expect(alarms.length).toBeGreaterThan(20);
    for (const [id, { Properties }] of alarms) {
      expect(String(Properties['AlarmName']).length, id).toBeLessThanOrEqual(255);
      expect(String(Properties['AlarmDescription']).length, id).toBeLessThanOrEqual(1024);
    }
  });

  it('CloudWatch Logs: the name of a log group takes at most 512 characters, and that of a query 255', () => {
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::Logs::LogGroup')) {
      expect(deployedText(Properties['LogGroupName'] ?? '').length, id).toBeLessThanOrEqual(512);
    }
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::Logs::QueryDefinition')) {
      expect(String(Properties['Name']).length, id).toBeLessThanOrEqual(255);
    }
  });

  it('API Gateway: the name of the API takes at most 128 characters', () => {
    // https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
    const [, { Properties }] = onlyOne(template, 'AWS::ApiGatewayV2::Api');

    expect(String(Properties['Name']).length).toBeLessThanOrEqual(128);
  });

  it('CloudFormation: the template takes at most 1 MB', () => {
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    expect(JSON.stringify(template.toJSON(), undefined, 1).length).toBeLessThan(1024 * 1024);
  });
});
