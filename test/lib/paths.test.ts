import { describe, expect, it } from 'vitest';
import { metricsNamespace } from '../../lambdas/contracts/metrics.ts';
import { environmentOf, functionNamed, onlyOne, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize({
  refreshConcurrency: 7,
  reconcileEveryInMinutes: 3,
  webhookRequestsPerSecond: 20,
});

const mappingOf = (functionName: string): Record<string, unknown> => {
  const [id] = functionNamed(template, functionName);
  const found = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').find(
    ([, { Properties }]) => JSON.stringify(Properties['FunctionName']) === JSON.stringify({ Ref: id }),
  );
  if (!found) throw new Error(`No event source of ${functionName}`);
  return found[1].Properties;
};

const patternsOf = (functionName: string): unknown[] =>
  (mappingOf(functionName)['FilterCriteria'] as { Filters: { Pattern: string }[] }).Filters.map(
    ({ Pattern }) => JSON.parse(Pattern),
  );

const text = { S: [{ exists: true }] };

describe('the API', () => {
  it.each([
    ['POST /webhooks', 'NONE', 20, 40],
    ['PUT /orders/{orderUuid}', 'AWS_IAM', 50, 100],
    ['GET /orders/{orderUuid}', 'AWS_IAM', 50, 100],
  ])('%s is authorized by %s and has an allowance of its own', (route, authorization, rate, burst) => {
    const [, stage] = onlyOne(template, 'AWS::ApiGatewayV2::Stage');

    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: route,
      AuthorizationType: authorization,
    });
    expect((stage.Properties['RouteSettings'] as Record<string, unknown>)[route]).toEqual({
      ThrottlingRateLimit: rate,
      ThrottlingBurstLimit: burst,
    });
  });

  it('has no other route', () => {
    expect(resourcesOf(template, 'AWS::ApiGatewayV2::Route')).toHaveLength(3);
  });

  it('logs who asked for what, no header', () => {
    const [, stage] = onlyOne(template, 'AWS::ApiGatewayV2::Stage');
    const { Format } = stage.Properties['AccessLogSettings'] as { Format: string };

    expect(JSON.parse(Format)).toMatchObject({ routeKey: '$context.routeKey', status: '$context.status' });
    expect(Format).not.toMatch(/header|authorization/i);
  });

  it('has a role for callers in other accounts when asked for, which may do that only', () => {
    const open = synthesize({ callerAccounts: ['012345678901'] });

    const [id] =
      Object.entries(open.findResources('AWS::IAM::Role')).find(([key]) => key.includes('CallerRole')) ?? [];
    const policies = Object.values(open.findResources('AWS::IAM::Policy')).filter(
      ({ Properties }) => JSON.stringify(Properties.Roles) === JSON.stringify([{ Ref: id }]),
    );

    expect(Object.keys(open.findOutputs('*'))).toContain('CallerRoleArn');
    expect(policies).toHaveLength(1);
    expect(JSON.stringify(policies)).toContain('/GET/orders/*');
    expect(JSON.stringify(policies)).toContain('/PUT/orders/*');
    expect(JSON.stringify(policies)).not.toContain('webhooks');
  });
});

describe('followers of the stream', () => {
  it.each(['dispatch-changes', 'publish-events'])(
    '%s give up on a batch instead of blocking the shard',
    (name) => {
      const mapping = mappingOf(name);

      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 5,
        MaximumRecordAgeInSeconds: 3600,
      });
      expect(JSON.stringify(mapping['DestinationConfig'])).toContain('Failures');
      // A partial failure would repeat the rest of the batch too; what was refused is due instead.
      expect(mapping['FunctionResponseTypes']).toBeUndefined();
    },
  );

  it('dispatch-changes is called for hints that are owed a look and for items with a next check', () => {
    expect(patternsOf('dispatch-changes')).toEqual([
      {
        eventName: ['INSERT', 'MODIFY'],
        dynamodb: {
          Keys: { sk: { S: [{ prefix: 'WEBHOOK#' }, { prefix: 'TRACK#' }] } },
          NewImage: { requestedAt: text, due: text },
        },
      },
      {
        eventName: ['INSERT', 'MODIFY'],
        dynamodb: { Keys: { sk: { S: [{ prefix: 'ITEM#' }] } }, NewImage: { nextCheckAt: text } },
      },
    ]);
  });

  it('publish-events is called for new events that are owed', () => {
    expect(patternsOf('publish-events')).toEqual([
      {
        eventName: ['INSERT'],
        dynamodb: { Keys: { sk: { S: [{ prefix: 'EVENT#' }] } }, NewImage: { due: text } },
      },
    ]);
  });
});

describe('the refresh queue', () => {
  it('waits six times as long as the function may take, and sets aside what failed five times', () => {
    const [, { Properties }] = functionNamed(template, 'refresh-order');

    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 6 * Number(Properties['Timeout']),
      RedrivePolicy: { maxReceiveCount: 5 },
    });
  });

  it('bounds how many batches are worked on at once', () => {
    expect(mappingOf('refresh-order')).toMatchObject({
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 7 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('and every other queue is encrypted and refuses plain HTTP', () => {
    const queues = resourcesOf(template, 'AWS::SQS::Queue');
    const policies = JSON.stringify(resourcesOf(template, 'AWS::SQS::QueuePolicy'));

    expect(queues).toHaveLength(5);
    for (const [id, { Properties }] of queues) {
      expect(Properties['SqsManagedSseEnabled']).toBe(true);
      expect(policies).toContain(`"Resource":{"Fn::GetAtt":["${id}","Arn"]}`);
    }
    expect(policies.match(/"aws:SecureTransport":"false"/g)).toHaveLength(5);
  });
});

describe('the watch', () => {
  const [, machine] = onlyOne(template, 'AWS::StepFunctions::StateMachine');
  const [, parts] = (machine.Properties['DefinitionString'] as { 'Fn::Join': [string, unknown[]] })[
    'Fn::Join'
  ];
  const definition = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join(''));

  it('waits, checks, and waits again until the check says otherwise', () => {
    expect(definition.StartAt).toBe('Wait until next check');
    expect(definition.States).toMatchObject({
      'Wait until next check': { Type: 'Wait', TimestampPath: '$.nextCheckAt', Next: 'Check item' },
      'Check item': { Parameters: { 'Payload.$': '$' }, OutputPath: '$.Payload', Next: 'Done?' },
      'Done?': {
        Choices: [{ Variable: '$.decision', StringEquals: 'wait', Next: 'Wait until next check' }],
        Default: 'Watched to the end',
      },
      'Watched to the end': { Type: 'Succeed' },
    });
    expect(Object.keys(definition.States)).toHaveLength(4);
  });

  it('repeats a check only for failures of the platform', () => {
    expect(definition.States['Check item'].Retry).toEqual([
      {
        ErrorEquals: [
          'Lambda.ServiceException',
          'Lambda.AWSLambdaException',
          'Lambda.SdkClientException',
          'Lambda.ClientExecutionTimeoutException',
          'Lambda.TooManyRequestsException',
        ],
        IntervalSeconds: 2,
        BackoffRate: 2,
        MaxDelaySeconds: 300,
        MaxAttempts: 10,
        JitterStrategy: 'FULL',
      },
    ]);
  });

  it('is a standard workflow that logs errors without data', () => {
    expect(machine.Properties['StateMachineType'] ?? 'STANDARD').toBe('STANDARD');
    expect(machine.Properties['LoggingConfiguration']).toMatchObject({
      Level: 'ERROR',
      IncludeExecutionData: false,
    });
  });
});

describe('the reconciler', () => {
  it('is called every few minutes; a call that cannot be delivered in time gives way to the next', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(3 minutes)',
      Target: { RetryPolicy: { MaximumEventAgeInSeconds: 180, MaximumRetryAttempts: 3 } },
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 180,
    });
  });
});

describe('every function', () => {
  it('E12 runs on Node 24 and arm64, logs JSON to a group of its own, and reserves no concurrency', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    const groups = functions.map(([, { Properties }]) =>
      JSON.stringify((Properties['LoggingConfig'] as { LogGroup: unknown }).LogGroup),
    );

    expect(functions).toHaveLength(7);
    expect(new Set(groups).size).toBe(7);
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogFormat: 'JSON' },
        TracingConfig: { Mode: 'Active' },
      });
      expect(environmentOf(Properties)).toMatchObject({
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace('sandbox'),
        NODE_OPTIONS: '--enable-source-maps',
      });
      expect(Properties['ReservedConcurrentExecutions']).toBeUndefined();
    }
  });

  it('and everything else keeps its logs for the same time', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::Logs::LogGroup')) {
      expect(Properties['RetentionInDays']).toBe(30);
    }
  });
});
