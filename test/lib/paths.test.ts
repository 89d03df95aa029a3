import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { metricsNamespace } from '../../lambdas/contracts/metrics.ts';
import { environmentOf, functionNamed, onlyOne, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize({
  refreshConcurrency: 7,
  refreshDelay: Duration.seconds(90),
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
  ])('%s is authorized by %s and has its own request limits', (route, authorization, rate, burst) => {
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

  it('logs requests without headers', () => {
    const [, stage] = onlyOne(template, 'AWS::ApiGatewayV2::Stage');
    const { Format } = stage.Properties['AccessLogSettings'] as { Format: string };
    expect(JSON.parse(Format)).toMatchObject({ routeKey: '$context.routeKey', status: '$context.status' });
    expect(Format).not.toMatch(/header|authorization/i);
  });

  it('has a role for callers of other accounts, which may call the order routes only', () => {
    const open = synthesize({ callerAccounts: ['012345678901'] });
    const [id] = resourcesOf(open, 'AWS::IAM::Role').find(([key]) => key.includes('CallerRole')) ?? [];
    const policies = resourcesOf(open, 'AWS::IAM::Policy').filter(
      ([, { Properties }]) => JSON.stringify(Properties['Roles']) === JSON.stringify([{ Ref: id }]),
    );
    expect(Object.keys(open.findOutputs('*'))).toContain('CallerRoleArn');
    expect(policies).toHaveLength(1);
    expect(JSON.stringify(policies)).toContain('/GET/orders/*');
    expect(JSON.stringify(policies)).toContain('/PUT/orders/*');
    expect(JSON.stringify(policies)).not.toContain('webhooks');
  });
});

describe('stream consumers', () => {
  it.each(['dispatch-changes', 'publish-events'])(
    '%s does not block a shard by a batch that keeps failing',
    (name) => {
      const mapping = mappingOf(name);
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 5,
        MaximumRecordAgeInSeconds: 3600,
      });
      expect(JSON.stringify(mapping['DestinationConfig'])).toContain('Failures');
      // Partial failures are not reported: records that failed are due, and the reconciler takes them up.
      expect(mapping['FunctionResponseTypes']).toBeUndefined();
    },
  );

  const written = ['INSERT', 'MODIFY'];
  const keys = (...sk: unknown[]) => ({ sk: { S: sk } });

  it('dispatch-changes is called for fresh hints, and for orders whose clock is a watch', () => {
    const hint = { requestedAt: text, due: text };
    const order = { nextCheckAt: text, clock: { S: ['watch'] } };
    expect(patternsOf('dispatch-changes')).toEqual([
      {
        eventName: written,
        dynamodb: { Keys: keys({ prefix: 'WEBHOOK#' }, { prefix: 'TRACK#' }), NewImage: hint },
      },
      { eventName: written, dynamodb: { Keys: keys('ORDER'), NewImage: order } },
    ]);
  });

  it('publish-events is called for new events that are not published yet', () => {
    const dynamodb = { Keys: keys({ prefix: 'EVENT#' }), NewImage: { due: text } };
    expect(patternsOf('publish-events')).toEqual([{ eventName: ['INSERT'], dynamodb }]);
  });
});

describe('the refresh queue', () => {
  it('hides a message for six timeouts of the function, gives up after five failures, and delays as it is told', () => {
    const [, { Properties }] = functionNamed(template, 'refresh-order');
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 6 * Number(Properties['Timeout']),
      RedrivePolicy: { maxReceiveCount: 5 },
      DelaySeconds: 90,
    });
  });

  it('is a FIFO queue in high-throughput mode, whose dead-letter queue is FIFO too', () => {
    const fifo = resourcesOf(template, 'AWS::SQS::Queue').filter(
      ([, queue]) => queue.Properties['FifoQueue'],
    );
    expect(fifo).toEqual([
      [expect.stringContaining('RefreshQueueDeadLetters'), expect.anything()],
      [expect.stringContaining('RefreshQueue'), expect.anything()],
    ]);
    expect(fifo[1]?.[1].Properties).toMatchObject({
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      ContentBasedDeduplication: false,
    });
  });

  it('bounds how many batches are processed at the same time', () => {
    expect(mappingOf('refresh-order')).toMatchObject({
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 7 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('and every other queue are encrypted and reject plain HTTP', () => {
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
  const joined = machine.Properties['DefinitionString'] as { 'Fn::Join': [string, unknown[]] };
  const parts = joined['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x'));

  it('repeats a check only after an error of the platform', () => {
    expect(JSON.parse(parts.join('')).States['Check order'].Retry).toEqual([
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
  it('runs at a fixed rate, and a call that is late is left to the next run', () => {
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
  it('E12 runs on Node 24 and arm64, logs JSON to its own log group, and reserves no concurrency', () => {
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

  it('and everything else keep their logs for the same time', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::Logs::LogGroup')) {
      expect(Properties['RetentionInDays']).toBe(30);
    }
  });
});
