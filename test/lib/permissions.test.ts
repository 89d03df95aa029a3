import { describe, expect, it } from 'vitest';
import {
  environmentOf,
  functionNamed,
  onlyOne,
  type Resource,
  resourcesOf,
  synthesize,
} from './synthesize.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

interface ResourceStatement {
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Condition?: unknown;
}

const template = synthesize();
const everythingOn = synthesize({
  customerManagedKey: true,
  callerAccounts: ['012345678901', '210987654321'],
  subscriberAccounts: ['012345678901'],
});

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

const statementsOf = ({ Properties }: Resource): readonly Statement[] =>
  (Properties['PolicyDocument'] as { Statement: readonly Statement[] }).Statement;

const roleOf = (logicalId: string): unknown =>
  (template.toJSON()['Resources'][logicalId] as Resource).Properties['Role'];

/** Statements of a function's role, without its own logs and X-Ray, which all of them have. */
const allowed = (name: string): Record<string, string[]> => {
  const [id] = functionNamed(template, name);
  const role = (roleOf(id) as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0];
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(
    ([, { Properties }]) => JSON.stringify(Properties['Roles']) === JSON.stringify([{ Ref: role }]),
  );
  const byResource: Record<string, string[]> = {};
  for (const { Action, Resource } of policies.flatMap(([, policy]) => statementsOf(policy))) {
    for (const resource of list(Resource)) {
      const actions = list(Action).filter((action) => !/^(logs|xray):/.test(action));
      if (actions.length > 0) byResource[nameOf(resource)] = [...actions].sort();
    }
  }
  return byResource;
};

/** Statements of the roles whose id holds this, by resource. */
const rolePolicies = (part: string): Record<string, string[]>[] =>
  resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([id]) => id.includes(part))
    .map(([, policy]) => {
      const byResource: Record<string, string[]> = {};
      for (const { Action, Resource } of statementsOf(policy)) {
        for (const resource of list(Resource)) byResource[nameOf(resource)] = [...list(Action)].sort();
      }
      return byResource;
    });

const TABLE = onlyOne(template, 'AWS::DynamoDB::Table')[0];

/** `Table.Arn`, `Topic`, `Table.Arn/index/due-index`. */
const nameOf = (resource: unknown): string => {
  if (typeof resource === 'string') return resource;
  const [[key, value] = ['', '']] = Object.entries(resource as Record<string, unknown>);
  if (key === 'Ref') return String(value);
  if (key === 'Fn::GetAtt') return (value as string[]).join('.');
  if (key === 'Fn::Join') return (value as [string, unknown[]])[1].map(nameOf).join('');
  return JSON.stringify(resource);
};

const STREAM = {
  [`${TABLE}.StreamArn`]: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
};
/** The action knows no resource. */
const LIST_STREAMS = { '*': ['dynamodb:ListStreams'] };
const SEND = ['sqs:SendMessage'];
const EXAMINE = ['dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'];
const PROVIDER_SECRET = { 'TrackerProviderProviderSecretCE3D9DC8.Id': ['secretsmanager:GetSecretValue'] };
const REFRESH_QUEUE = 'TrackerRefreshQueueE41C1E09.Arn';
const TOPIC = 'TrackerPublicationEventsTopicD32E8C9A';
const MACHINE = 'TrackerWatchWatchItem72A5EC51';

describe('a function is allowed what it does, and nothing else', () => {
  it.each([
    [
      'ingest-webhook',
      {
        [`${TABLE}.Arn`]: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
        'TrackerProviderWebhookSecret1E648416.Id': ['secretsmanager:GetSecretValue'],
      },
    ],
    ['orders-api', { [`${TABLE}.Arn`]: ['dynamodb:PutItem', 'dynamodb:Query'] }],
    [
      'dispatch-changes',
      {
        ...STREAM,
        ...LIST_STREAMS,
        [REFRESH_QUEUE]: ['sqs:SendMessage'],
        [MACHINE]: ['states:StartExecution'],
        'TrackerDispatchChangesFailuresEA301ACC.Arn': SEND,
      },
    ],
    [
      'refresh-order',
      {
        [`${TABLE}.Arn`]: EXAMINE,
        ...PROVIDER_SECRET,
        [REFRESH_QUEUE]: [
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ReceiveMessage',
          'sqs:SendMessage',
        ],
      },
    ],
    ['check-item', { [`${TABLE}.Arn`]: EXAMINE, ...PROVIDER_SECRET, [REFRESH_QUEUE]: ['sqs:SendMessage'] }],
    [
      'publish-events',
      {
        ...STREAM,
        ...LIST_STREAMS,
        [`${TABLE}.Arn`]: ['dynamodb:UpdateItem'],
        [TOPIC]: ['sns:Publish'],
        'TrackerPublicationNewEventsFailures9B855DB9.Arn': SEND,
      },
    ],
    [
      'reconcile',
      {
        [`${TABLE}.Arn/index/due-index`]: ['dynamodb:Query'],
        [`${TABLE}.Arn`]: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        [REFRESH_QUEUE]: ['sqs:SendMessage'],
        [MACHINE]: ['states:StartExecution'],
        [TOPIC]: ['sns:Publish'],
      },
    ],
  ])('%s', (name, expected) => {
    expect(allowed(name)).toEqual(expected);
  });

  it('asks for all resources only where the action knows none', () => {
    const unbounded = resourcesOf(template, 'AWS::IAM::Policy')
      .flatMap(([, policy]) => statementsOf(policy))
      .filter(({ Resource }) => list(Resource).includes('*'))
      .flatMap(({ Action }) => list(Action));

    // Delivery of Step Functions' logs is set up by these, in the words of its documentation.
    // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    expect(unbounded.filter((action) => !/^(xray:|logs:|dynamodb:ListStreams$)/.test(action))).toEqual([]);
    expect(unbounded).not.toContain('logs:PutLogEvents');
  });

  it('lets the workflow call check-item and set up its logs and traces, and nothing else', () => {
    const [id] = functionNamed(template, 'check-item');
    const [policies] = rolePolicies('WatchItemRole');
    expect(policies).toEqual({
      [`${id}.Arn`]: ['lambda:InvokeFunction'],
      [`${id}.Arn:*`]: ['lambda:InvokeFunction'],
      // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and …/concepts-xray-tracing.html
      '*': [
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ],
    });
  });

  it('lets the schedule call reconcile and set aside what it cannot deliver, and nothing else', () => {
    const [id] = functionNamed(template, 'reconcile');
    const [policies] = rolePolicies('SchedulerRole');
    expect(policies).toEqual({
      [`${id}.Arn`]: ['lambda:InvokeFunction'],
      [`${id}.Arn:*`]: ['lambda:InvokeFunction'],
      'TrackerReconciliationMissedRuns2DAA99E9.Arn': ['sqs:SendMessage'],
    });
  });

  it('lets a role be taken by the service that it is for, and Step Functions and Scheduler only for this account', () => {
    const trust = resourcesOf(template, 'AWS::IAM::Role').map(([id, { Properties }]) => ({
      id,
      statements: (Properties['AssumeRolePolicyDocument'] as { Statement: unknown[] }).Statement,
    }));
    expect(trust).toHaveLength(9);
    for (const { id, statements } of trust) {
      expect(statements, id).toHaveLength(1);
      const service = /WatchItemRole/.test(id) ? 'states' : /SchedulerRole/.test(id) ? 'scheduler' : 'lambda';
      expect(statements[0], id).toMatchObject({
        Principal: { Service: `${service}.amazonaws.com` },
        ...(service !== 'lambda' && {
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      });
    }
  });

  it('lets API Gateway call the two functions behind it, for their own routes of this API only', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(([, { Properties }]) => ({
      fn: nameOf(Properties['FunctionName']),
      principal: Properties['Principal'],
      route: nameOf(Properties['SourceArn']).replace(/^.*(TrackerApi\w+)/, '$1'),
    }));
    const [ingest] = functionNamed(template, 'ingest-webhook');
    const [orders] = functionNamed(template, 'orders-api');
    const [api] = onlyOne(template, 'AWS::ApiGatewayV2::Api');
    const allow = (fn: string, route: string) => ({
      fn: `${fn}.Arn`,
      principal: 'apigateway.amazonaws.com',
      route: `${api}/*/*/${route}`,
    });
    expect(permissions).toEqual([
      allow(ingest, 'webhooks'),
      allow(orders, 'orders/{orderUuid}'),
      allow(orders, 'orders/{orderUuid}'),
    ]);
  });

  it.each([
    ['AWS::SNS::TopicPolicy', 'PolicyDocument', ['cloudwatch', 'cloudwatch']],
    ['AWS::SQS::QueuePolicy', 'PolicyDocument', []],
    ['AWS::KMS::Key', 'KeyPolicy', ['cloudwatch', 'logs']],
  ])(
    '%s lets in a service of AWS for this account only: no other can make it act for them',
    (type, document, services) => {
      const statements = resourcesOf(everythingOn, type)
        .flatMap(
          ([, { Properties }]) => (Properties[document] as { Statement: ResourceStatement[] }).Statement,
        )
        .filter(
          ({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('"Service"'),
        );

      expect(statements.map(({ Principal }) => /"(\w+)\./.exec(JSON.stringify(Principal))?.[1])).toEqual(
        services,
      );
      for (const { Condition } of statements) {
        expect(JSON.stringify(Condition)).toMatch(/"(aws:SourceAccount|kms:EncryptionContext:aws:logs:arn)"/);
        expect(JSON.stringify(Condition)).toContain('{"Ref":"AWS::AccountId"}');
      }
    },
  );

  it('lets callers of other accounts in by a role that names the accounts and nobody else', () => {
    const trusted = resourcesOf(everythingOn, 'AWS::IAM::Role')
      .filter(([id]) => id.includes('CallerRole'))
      .map(
        ([, { Properties }]) => Properties['AssumeRolePolicyDocument'] as { Statement: ResourceStatement[] },
      )
      .flatMap(({ Statement }) => Statement)
      .flatMap(({ Principal }) => list((Principal as { AWS: unknown }).AWS).map(nameOf));

    expect(trusted).toEqual([
      'arn:AWS::Partition:iam::012345678901:root',
      'arn:AWS::Partition:iam::210987654321:root',
    ]);
  });

  it('uses no managed policy', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      expect(Properties['ManagedPolicyArns']).toBeUndefined();
    }
  });
});

const EXAMINATION = [
  'EVENT_SOURCE',
  'PROVIDER_APPLICATION',
  'PROVIDER_BASE_URL',
  'PROVIDER_SECRET_ARN',
  'REFRESH_QUEUE_URL',
  'TABLE_NAME',
];

describe('a function is told what it uses, and nothing else', () => {
  it.each([
    ['ingest-webhook', ['TABLE_NAME', 'WEBHOOK_SECRET_ARN']],
    ['orders-api', ['TABLE_NAME']],
    ['dispatch-changes', ['REFRESH_QUEUE_URL', 'STATE_MACHINE_ARN']],
    ['refresh-order', EXAMINATION],
    ['check-item', EXAMINATION],
    ['publish-events', ['TABLE_NAME', 'TOPIC_ARN']],
    ['reconcile', ['REFRESH_QUEUE_URL', 'STATE_MACHINE_ARN', 'TABLE_NAME', 'TOPIC_ARN']],
  ])('%s: %j', (name, expected) => {
    const [, { Properties }] = functionNamed(template, name);
    const { TRACKER_SETTINGS, ...variables } = environmentOf(Properties);

    expect(
      Object.keys(variables)
        .filter((key) => !/^(NODE_OPTIONS|POWERTOOLS_)/.test(key))
        .sort(),
    ).toEqual(expected);
    expect(JSON.parse(String(TRACKER_SETTINGS))).toMatchObject({
      smallestGapInSeconds: 60,
      careEnabled: true,
    });
  });
});
