import { randomUUID } from 'node:crypto';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { paginateListSubscriptionsByTopic } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { Deployment } from '../deployment.ts';
import { EXIT, isMissing, type Outcome } from '../outcome.ts';
import { isStopped, showProvider } from './provider.ts';
import { postWebhook } from './quarantine.ts';

type Verdict = 'ok' | 'attention' | 'broken';

interface Finding {
  readonly subject: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

type Examination = (deployment: Deployment) => Promise<Omit<Finding, 'subject'> | Omit<Finding, 'subject'>[]>;

const ok = (detail: string) => ({ verdict: 'ok' as const, detail });
const attention = (detail: string) => ({ verdict: 'attention' as const, detail });
const broken = (detail: string) => ({ verdict: 'broken' as const, detail });

/** Functions that something must feed, by what their ids hold. */
const FED = ['DispatchChanges', 'PublishEvents', 'RefreshOrder'] as const;

/** Queues that hold something only when something went wrong: what their ids hold, and the runbook's heading. */
const DEAD_LETTERS = [
  ['RefreshQueueDeadLetters', 'RefreshDeadLetters'],
  ['DispatchChangesFailures', 'DispatchFailures'],
  ['NewEventsFailures', 'PublicationFailures'],
  ['MissedRuns', 'MissedRuns'],
] as const;

const EXAMINATIONS: Readonly<Record<string, Examination>> = {
  async table({ dynamoDb, outputs }) {
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: outputs.TableName }));
    const isGood = Table?.TableStatus === 'ACTIVE' && Table.StreamSpecification?.StreamEnabled;
    return isGood ? ok('is there, with its stream') : broken(`is ${Table?.TableStatus}`);
  },
  async 'state machine'({ stepFunctions, outputs }) {
    const { status } = await stepFunctions.send(
      new DescribeStateMachineCommand({ stateMachineArn: outputs.StateMachineArn }),
    );
    return status === 'ACTIVE' ? ok('is there') : broken(`is ${status}`);
  },
  async functions(deployment) {
    const functions = await deployment.resources('AWS::Lambda::Function');
    const found = await Promise.all(
      functions.map(async ({ physicalId }) => {
        try {
          await deployment.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: physicalId }));
          return [];
        } catch (error) {
          if (!isMissing(error)) throw error;
          return [broken(`${physicalId} is not there (runbook: A part of the stack is gone)`)];
        }
      }),
    );
    const missing = found.flat();
    return missing.length > 0 ? missing : ok(`all ${functions.length} are there`);
  },
  async secrets(deployment) {
    const found = await Promise.all(
      (['ProviderSecretArn', 'WebhookSecretArn'] as const).map(async (name) => {
        if (await deployment.secret(name).read('AWSCURRENT')) return [];
        const arn = deployment.outputs[name];
        return [
          broken(
            `${name} is not there; if it was deleted: aws secretsmanager restore-secret --secret-id ${arn}`,
          ),
        ];
      }),
    );
    const missing = found.flat();
    return missing.length > 0 ? missing : ok('both are there');
  },
  async 'dead letters'(deployment) {
    const found = await Promise.all(
      DEAD_LETTERS.map(async ([part, heading]) => {
        const { physicalId: QueueUrl } = await deployment.resource('AWS::SQS::Queue', part);
        const { Attributes } = await deployment.sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
        );
        const count = Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
        return count > 0 ? [attention(`${count} in ${QueueUrl} (runbook: ${heading})`)] : [];
      }),
    );
    const letters = found.flat();
    return letters.length > 0 ? letters : ok('none');
  },
  async 'orders API'(deployment) {
    const { status } = await (await deployment.orders()).read(randomUUID());
    // Nobody tracks an order with a random UUID: it is known not to be there.
    if (status === 404) return ok('answers, and you may call it');
    if (status === 403) return attention('does not let you in: your credentials lack execute-api:Invoke');
    return broken(`answers with HTTP ${status}`);
  },
  async webhook(deployment) {
    // Credentials are looked at before the content type, and nothing is stored of the wrong one.
    const { status } = await postWebhook(deployment, 'doctor', 'text/plain');
    if (status === 415) return ok('answers, and accepts the current credentials');
    return broken(
      status === 401
        ? 'refuses the credentials in its own secret; changed ones are accepted after 15 seconds'
        : `answers with HTTP ${status}`,
    );
  },
  async provider(deployment) {
    // Whoever stopped all calls means this one too.
    if (await areCallsStopped(deployment)) return attention('is not asked: calls are stopped');
    const why = await deployment.provider.logIn();
    const { ProviderBaseUrl, ProviderSecretArn } = deployment.outputs;
    return why
      ? broken(`${why} Its credentials are in ${ProviderSecretArn} (runbook: LoginRefused)`)
      : ok(`lets us in (${ProviderBaseUrl})`);
  },
  async calls(deployment) {
    const { lines, exitCode } = await showProvider(deployment);
    return exitCode
      ? attention(`${lines[0]} To make them again: order-tracker provider start`)
      : ok('to the provider are made as usual');
  },
  async consumers(deployment) {
    const stopped = await areCallsStopped(deployment);
    const states = await Promise.all(
      FED.map(async (part) => {
        const { physicalId } = await deployment.resource('AWS::Lambda::Function', part);
        const { EventSourceMappings = [] } = await deployment.lambda.send(
          new ListEventSourceMappingsCommand({ FunctionName: physicalId }),
        );
        const [mapping] = EventSourceMappings;
        const state = mapping?.State ?? 'missing';
        if (state === 'Enabled') return [];
        // Switched on while the function may not run, it would make dead letters of its messages.
        if (stopped && part === 'RefreshOrder') {
          return [attention(`what feeds ${physicalId} is ${state}: calls to the provider are stopped`)];
        }
        const remedy = mapping
          ? `aws lambda update-event-source-mapping --uuid ${mapping.UUID} --enabled`
          : 'cdk deploy';
        return [broken(`what feeds ${physicalId} is ${state}; to switch it on: ${remedy}`)];
      }),
    );
    const found = states.flat();
    return found.length > 0 ? found : ok('of stream and queue are switched on');
  },
  async reconciler(deployment) {
    const { physicalId: Name } = await deployment.resource('AWS::Scheduler::Schedule', 'Schedule');
    const { State } = await deployment.scheduler.send(new GetScheduleCommand({ Name }));
    return State === 'ENABLED'
      ? ok('is called by its schedule')
      : broken(
          `its schedule ${Name} is ${State}; enable it in EventBridge Scheduler (runbook: OldestRescue)`,
        );
  },
  async subscribers(deployment) {
    return await subscriptions(deployment, deployment.outputs.TopicArn, 'nobody receives final statuses');
  },
  async 'who is on call'(deployment) {
    return await subscriptions(
      deployment,
      deployment.outputs.OperationsTopicArn,
      'nobody is told of urgent alarms',
    );
  },
  async notices(deployment) {
    return await subscriptions(
      deployment,
      deployment.outputs.NoticesTopicArn,
      'nobody is told of other alarms',
    );
  },
  async alarms({ cloudWatch, stackName }) {
    const { MetricAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `${stackName}-`, MaxRecords: 100 }),
    );
    if (MetricAlarms.length === 0) return broken('there are none');
    const firing = MetricAlarms.filter(({ StateValue }) => StateValue === 'ALARM');
    if (firing.length === 0) return ok(`none of ${MetricAlarms.length} is firing`);
    return firing.map(({ AlarmName, AlarmDescription = '' }) =>
      // What it compares follows in further lines.
      attention(`${AlarmName}: ${AlarmDescription.split('\n').slice(0, 2).join(' ')}`),
    );
  },
};

/** Looks whether everything is there, reachable and lets us in. One thing that is broken hides no other. */
export const doctor = async (deployment: Deployment): Promise<Outcome> => {
  const findings = (
    await Promise.all(
      Object.entries(EXAMINATIONS).map(async ([subject, examine]): Promise<Finding[]> => {
        try {
          return [await examine(deployment)].flat().map((finding) => ({ subject, ...finding }));
        } catch (error) {
          return [{ subject, verdict: 'broken', detail: describeError(error) }];
        }
      }),
    )
  ).flat();
  const sound = findings.every(({ verdict }) => verdict === 'ok');
  return {
    data: { stack: deployment.stackName, sound, findings },
    lines: [
      `Stack ${deployment.stackName}`,
      ...findings.map(({ subject, verdict, detail }) => `  ${MARK[verdict]} ${subject}: ${detail}`),
      '',
      sound
        ? 'All is well.'
        : 'The runbook (docs/runbook.md) says what to do: each alarm has a heading, others are named above.',
    ],
    exitCode: sound ? EXIT.done : EXIT.attention,
  };
};

const MARK: Readonly<Record<Verdict, string>> = { ok: '✓', attention: '!', broken: '✗' };

const describeError = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** A function that is gone is told of by its own examination, and hides no other. */
const areCallsStopped = async (deployment: Deployment): Promise<boolean> => {
  try {
    return isStopped((await showProvider(deployment)).data);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return false;
  }
};

/** Of a subscribed queue of this account: whether it is gone. What cannot be looked at is taken to be there. */
const isGone = async ({ sqs }: Deployment, queueArn: string, topicArn: string): Promise<boolean> => {
  const [, , service, region, account, name] = queueArn.split(':');
  const [, , , topicRegion, topicAccount] = topicArn.split(':');
  if (service !== 'sqs' || region !== topicRegion || account !== topicAccount) return false;
  try {
    await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    return false;
  } catch (error) {
    return isMissing(error);
  }
};

const subscriptions = async (deployment: Deployment, topicArn: string, nobody: string) => {
  const found: string[] = [];
  const gone: string[] = [];
  let pending = 0;
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
    { client: deployment.sns },
    { TopicArn: topicArn },
  )) {
    for (const { SubscriptionArn = '', Endpoint = '' } of Subscriptions) {
      if (SubscriptionArn.startsWith('arn:')) found.push(SubscriptionArn);
      else pending += 1;
      if (await isGone(deployment, Endpoint, topicArn)) gone.push(Endpoint);
    }
  }
  if (gone.length > 0) {
    return broken(`${gone.join(', ')} subscribed and is not there (runbook: A subscriber misses messages)`);
  }
  if (pending > 0) return attention(`${pending} subscriptions were not confirmed by their receivers`);
  return found.length === 0 ? attention(nobody) : ok(`${found.length} subscribed, all confirmed`);
};
