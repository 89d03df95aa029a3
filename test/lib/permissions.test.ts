import { describe, expect, it } from 'vitest';
import { allowedTo, list, statementsOf, textOf } from './policies.ts';
import { environmentOf, functionNamed, onlyOne, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();

const TABLE = onlyOne(template, 'AWS::DynamoDB::Table')[0];
const MACHINE = onlyOne(template, 'AWS::StepFunctions::StateMachine')[0];
const REFRESH_QUEUE = 'TrackerRefreshQueueE41C1E09.Arn';
const TOPIC = 'TrackerPublicationEventsTopicD32E8C9A';

const READ_STREAM = {
  [`${TABLE}.StreamArn`]: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
  // This action supports no resource-level permissions.
  '*': ['dynamodb:ListStreams'],
};
const COMMIT_ORDERS = {
  [`${TABLE}.Arn`]: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  [`${TABLE}.Arn/index/unresolved-index`]: ['dynamodb:Query'],
};
const CHECK_ORDERS = {
  ...COMMIT_ORDERS,
  'TrackerProviderProviderSecretCE3D9DC8.Id': ['secretsmanager:GetSecretValue'],
};
const SEND = ['sqs:SendMessage'];

describe('the permissions of a function', () => {
  it.each([
    [
      'ingest-webhook',
      {
        [`${TABLE}.Arn`]: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
        'TrackerProviderWebhookSecret1E648416.Id': ['secretsmanager:GetSecretValue'],
      },
    ],
    [
      'orders-api',
      {
        ...COMMIT_ORDERS,
        [`${TABLE}.Arn/index/due-index`]: ['dynamodb:Query'],
      },
    ],
    [
      'dispatch-changes',
      {
        ...READ_STREAM,
        [`${TABLE}.Arn`]: ['dynamodb:Query'],
        [REFRESH_QUEUE]: SEND,
        [MACHINE]: ['states:StartExecution'],
        'TrackerDispatchChangesFailuresEA301ACC.Arn': SEND,
      },
    ],
    [
      'refresh-order',
      {
        ...CHECK_ORDERS,
        [REFRESH_QUEUE]: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      },
    ],
    ['check-order', CHECK_ORDERS],
    [
      'publish-events',
      {
        ...READ_STREAM,
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
        [REFRESH_QUEUE]: SEND,
        [TOPIC]: ['sns:Publish'],
      },
    ],
  ])('are exactly what %s needs', (name, expected) => {
    expect(allowedTo(template, name)).toEqual(expected);
  });

  it('cover all resources only for actions without resource-level permissions', () => {
    const unbounded = resourcesOf(template, 'AWS::IAM::Policy')
      .flatMap(([, policy]) => statementsOf(policy))
      .flatMap(({ Resource, Action }) => (list(Resource).includes('*') ? list(Action) : []));
    // Step Functions needs these logs actions to set up the delivery of its logs.
    // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    expect(unbounded.filter((action) => !/^(xray:|logs:|dynamodb:ListStreams$)/.test(action))).toEqual([]);
    expect(unbounded).not.toContain('logs:PutLogEvents');
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
  it('let no function send to the queue that calls it, a loop that Lambda stops after about 16 turns', () => {
    const queues = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) => {
      const queue = textOf(Properties['EventSourceArn']);
      return queue.includes('Queue') ? [{ queue, fn: textOf(Properties['FunctionName']) }] : [];
    });
    const [refreshOrder] = functionNamed(template, 'refresh-order');

    expect(queues).toEqual([{ queue: REFRESH_QUEUE, fn: refreshOrder }]);
    expect(allowedTo(template, 'refresh-order')[REFRESH_QUEUE]).not.toContain('sqs:SendMessage');
    // Nor can it call those that do.
    expect(JSON.stringify(allowedTo(template, 'refresh-order'))).not.toMatch(/lambda:|sns:|states:/);
  });
});

describe('the environment of a function', () => {
  const forChecks = 'EVENT_SOURCE PROVIDER_APPLICATION PROVIDER_BASE_URL PROVIDER_SECRET_ARN TABLE_NAME';

  it.each([
    ['ingest-webhook', 'TABLE_NAME WEBHOOK_SECRET_ARN'],
    ['orders-api', 'EVENT_SOURCE TABLE_NAME'],
    ['dispatch-changes', 'REFRESH_QUEUE_URL STATE_MACHINE_ARN TABLE_NAME'],
    ['refresh-order', forChecks],
    ['check-order', forChecks],
    ['publish-events', 'TABLE_NAME TOPIC_ARN'],
    ['reconcile', 'REFRESH_QUEUE_URL TABLE_NAME TOPIC_ARN'],
  ])('has exactly the variables that %s needs: %s', (name, expected) => {
    const [, { Properties }] = functionNamed(template, name);
    const { TRACKER_SETTINGS, ...variables } = environmentOf(Properties);
    const own = Object.keys(variables).filter((key) => !key.startsWith('POWERTOOLS_'));
    expect(own.sort().join(' ')).toBe(expected);
    expect(JSON.parse(String(TRACKER_SETTINGS))).toMatchObject({ minCheckGapInSeconds: 60, followUps: true });
  });
});
