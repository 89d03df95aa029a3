import { describe, expect, it } from 'vitest';
import { allowedToRole, list, statementsOf, textOf } from './policies.ts';
import { functionNamed, onlyOne, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const withEveryAccess = synthesize({
  customerManagedKey: true,
  callerAccounts: ['012345678901', '210987654321'],
  subscriberAccounts: ['012345678901'],
});

describe('services that act on behalf of the stack', () => {
  it('Step Functions may call check-order and set up logs and traces, and nothing else', () => {
    const [id] = functionNamed(template, 'check-order');
    expect(allowedToRole(template, 'WatchOrderRole')).toEqual({
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

  it('only state machines of this account can use the role of the watch', () => {
    const [, { Properties }] = resourcesOf(template, 'AWS::IAM::Role').find(([id]) =>
      id.includes('WatchOrderRole'),
    ) as [string, { Properties: Record<string, unknown> }];
    expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'states.amazonaws.com' },
          Condition: {
            ArnLike: { 'aws:SourceArn': expect.toSatisfy((arn) => textOf(arn).endsWith(':stateMachine:*')) },
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          },
        },
      ],
    });
  });

  it('Scheduler may call reconcile and store the calls that it cannot deliver, and nothing else', () => {
    const [id] = functionNamed(template, 'reconcile');
    expect(allowedToRole(template, 'SchedulerRole')).toEqual({
      [`${id}.Arn`]: ['lambda:InvokeFunction'],
      [`${id}.Arn:*`]: ['lambda:InvokeFunction'],
      'TrackerReconciliationMissedRuns2DAA99E9.Arn': ['sqs:SendMessage'],
    });
  });

  it('API Gateway may call the two functions behind it, each for its own routes of this API', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(([, { Properties }]) => ({
      fn: textOf(Properties['FunctionName']),
      principal: Properties['Principal'],
      route: textOf(Properties['SourceArn']).replace(/^.*(TrackerApi\w+)/, '$1'),
    }));
    const [ingest] = functionNamed(template, 'ingest-webhook');
    const [orders] = functionNamed(template, 'orders-api');
    const [api] = onlyOne(template, 'AWS::ApiGatewayV2::Api');
    const principal = 'apigateway.amazonaws.com';
    const permission = (fn: string, route: string) => ({
      fn: `${fn}.Arn`,
      principal,
      route: `${api}/*/*/${route}`,
    });
    expect(permissions).toEqual([
      permission(ingest, 'webhooks'),
      permission(orders, 'orders/{orderUuid}'),
      permission(orders, 'orders/{orderUuid}'),
      permission(orders, 'orders/{orderUuid}'),
      permission(orders, 'orders'),
    ]);
  });

  it('may assume their own role only; Step Functions and Scheduler only for this account', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    expect(roles).toHaveLength(9);
    const Condition = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    for (const [id, role] of roles) {
      const service = id.includes('WatchOrder')
        ? 'states'
        : id.includes('Scheduler')
          ? 'scheduler'
          : 'lambda';
      const Principal = { Service: `${service}.amazonaws.com` };
      expect(statementsOf(role, 'AssumeRolePolicyDocument'), id).toMatchObject([
        service === 'lambda' ? { Principal } : { Principal, Condition },
      ]);
    }
  });

  it.each([
    ['AWS::SNS::TopicPolicy', 'PolicyDocument', ['cloudwatch', 'cloudwatch']],
    ['AWS::SQS::QueuePolicy', 'PolicyDocument', []],
    ['AWS::KMS::Key', 'KeyPolicy', ['cloudwatch', 'logs']],
  ])('%s allows services of AWS for this account only', (type, document, services) => {
    const statements = resourcesOf(withEveryAccess, type)
      .flatMap(([, resource]) => statementsOf(resource, document))
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
  });
});

it('the role for callers of other accounts can be assumed by those only, and may call the order routes only', () => {
  const isOfCallers = ([id]: [string, unknown]) => id.includes('CallerRole');
  const trusted = resourcesOf(withEveryAccess, 'AWS::IAM::Role')
    .filter(isOfCallers)
    .flatMap(([, role]) => statementsOf(role, 'AssumeRolePolicyDocument'))
    .flatMap(({ Principal }) => list((Principal as { AWS: unknown }).AWS).map(textOf));
  expect(trusted).toEqual([
    'arn:AWS::Partition:iam::012345678901:root',
    'arn:AWS::Partition:iam::210987654321:root',
  ]);
  const allowed = Object.entries(allowedToRole(withEveryAccess, 'CallerRole'));
  expect(allowed.map(([resource, actions]) => [resource.replace(/.*\/\*\//, ''), actions])).toEqual([
    ['DELETE/orders/*', ['execute-api:Invoke']],
    ['GET/orders', ['execute-api:Invoke']],
    ['GET/orders/*', ['execute-api:Invoke']],
    ['PUT/orders/*', ['execute-api:Invoke']],
  ]);
  expect(Object.keys(withEveryAccess.findOutputs('*'))).toContain('CallerRoleArn');
});
