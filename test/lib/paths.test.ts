import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { metricsNamespace } from '../../lambdas/contracts/metrics.ts';
import {
  environmentOf,
  functionNamed,
  onlyOne,
  propertiesOf,
  resourcesOf,
  synthesize,
} from './synthesize.ts';

const template = synthesize({
  refreshConcurrency: 7,
  settings: { refreshDelay: Duration.seconds(90) },
  reconcileEvery: Duration.minutes(3),
  webhookRequestsPerSecond: 20,
});

const mappingOf = (functionName: string): Record<string, unknown> => {
  const fn = JSON.stringify({ Ref: functionNamed(template, functionName)[0] });
  const mappings = propertiesOf(template, 'AWS::Lambda::EventSourceMapping');
  const found = mappings.find((mapping) => JSON.stringify(mapping['FunctionName']) === fn);
  if (!found) throw new Error(`No event source of ${functionName}`);
  return found;
};

const patternsOf = (functionName: string): unknown[] => {
  const { Filters } = mappingOf(functionName)['FilterCriteria'] as { Filters: { Pattern: string }[] };
  return Filters.map(({ Pattern }) => JSON.parse(Pattern));
};

const text = { S: [{ exists: true }] };

describe('the API', () => {
  const [, { Properties: stage }] = onlyOne(template, 'AWS::ApiGatewayV2::Stage');

  it('has five routes, each with its authorization and its own request limits', () => {
    const routes = propertiesOf(template, 'AWS::ApiGatewayV2::Route');
    expect(
      Object.fromEntries(routes.map((route) => [route['RouteKey'], route['AuthorizationType']])),
    ).toEqual({
      'POST /webhooks': 'NONE',
      'PUT /orders/{orderUuid}': 'AWS_IAM',
      'GET /orders/{orderUuid}': 'AWS_IAM',
      'DELETE /orders/{orderUuid}': 'AWS_IAM',
      'GET /orders': 'AWS_IAM',
    });
    const ofOrders = { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 };
    expect(stage['RouteSettings']).toEqual({
      'POST /webhooks': { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
      'PUT /orders/{orderUuid}': ofOrders,
      'GET /orders/{orderUuid}': ofOrders,
      'DELETE /orders/{orderUuid}': ofOrders,
      'GET /orders': ofOrders,
    });
  });

  it('has a name that tells the environment', () => {
    for (const environment of ['sandbox', 'production']) {
      const [, api] = onlyOne(synthesize({ environment }), 'AWS::ApiGatewayV2::Api');

      expect(api.Properties['Name']).toBe(`OrderTracker-${environment}`);
    }
  });

  it('logs requests without headers', () => {
    const { Format } = stage['AccessLogSettings'] as { Format: string };
    expect(JSON.parse(Format)).toMatchObject({ routeKey: '$context.routeKey', status: '$context.status' });
    expect(Format).not.toMatch(/header|authorization/i);
  });
});

describe('stream consumers', () => {
  it.each(['dispatch-changes', 'publish-events'])('%s does not block a shard by a failing batch', (name) => {
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
  });

  const written = ['INSERT', 'MODIFY'];
  const keys = (...sk: unknown[]) => ({ sk: { S: sk } });

  it('dispatch-changes is called for fresh hints, and for orders that were given a new generation', () => {
    const hint = { requestedAt: text, due: text };
    const order = { newGeneration: { N: [{ exists: true }] } };
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
  it('hides a message for six timeouts of the function, gives up after five failures, and delays by refreshDelay', () => {
    const [, { Properties }] = functionNamed(template, 'refresh-order');
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 6 * Number(Properties['Timeout']),
      RedrivePolicy: { maxReceiveCount: 5 },
      DelaySeconds: 90,
    });
  });

  it('is a FIFO queue in high-throughput mode, whose dead-letter queue is FIFO too', () => {
    const queues = resourcesOf(template, 'AWS::SQS::Queue');
    const [deadLetters, queue, ...others] = queues.filter(([, { Properties }]) => Properties['FifoQueue']);
    expect(others).toEqual([]);
    expect(deadLetters?.[0]).toContain('RefreshQueueDeadLetters');
    expect(queue?.[1].Properties).toMatchObject({
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
});

it('the watch is a standard workflow that logs errors without data, and repeats a check only after an error of the platform', () => {
  const [, { Properties: machine }] = onlyOne(template, 'AWS::StepFunctions::StateMachine');
  const joined = machine['DefinitionString'] as { 'Fn::Join': [string, unknown[]] };
  const parts = joined['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x'));
  expect(machine['StateMachineType'] ?? 'STANDARD').toBe('STANDARD');
  expect(machine['LoggingConfiguration']).toMatchObject({ Level: 'ERROR', IncludeExecutionData: false });
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

it('the reconciler runs at a fixed rate, and a call that is late is left to the next run', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(3 minutes)',
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 180, MaximumRetryAttempts: 3 } },
  });
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 180,
  });
});

it('E12 every function runs on Node 24 and arm64, logs JSON to its own log group, and reserves no concurrency', () => {
  const functions = propertiesOf(template, 'AWS::Lambda::Function');
  const groups = functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig));
  expect(new Set(groups).size).toBe(7);
  expect(functions).toHaveLength(7);
  for (const fn of functions) {
    expect(fn).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: { LogFormat: 'JSON', LogGroup: expect.anything() },
      TracingConfig: { Mode: 'Active' },
    });
    expect(environmentOf(fn)).toMatchObject({ POWERTOOLS_METRICS_NAMESPACE: metricsNamespace('sandbox') });
    expect(fn['ReservedConcurrentExecutions']).toBeUndefined();
  }
});

it('every function and everything else keeps its logs for the same time', () => {
  const groups = propertiesOf(template, 'AWS::Logs::LogGroup');
  expect(new Set(groups.map((group) => group['RetentionInDays']))).toEqual(new Set([30]));
});
