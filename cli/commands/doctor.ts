import { randomUUID } from 'node:crypto';
import { type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { PROBE_HEADER } from '../../lambdas/application/ingest-webhook.ts';
import { alarmNamePrefix } from '../../lambdas/contracts/tracker-parameter.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, isMissing, type Outcome } from '../outcome.ts';
import { readSubscriptions } from '../subscriptions.ts';
import { counted } from '../text.ts';
import { invokeWebhook, postWebhook, type WebhookAnswer } from '../webhook-requests.ts';
import { areStopped, showProvider } from './provider.ts';
import { readOpenQuarantine } from './quarantine.ts';

type Verdict = 'ok' | 'attention' | 'broken';

interface Result {
  readonly verdict: Verdict;
  readonly detail: string;
}

interface Finding extends Result {
  readonly subject: string;
}

/** What the checks work on. */
interface Subject {
  readonly deployment: Deployment;
  /** Whether calls to the provider are possible. Read once, because several checks depend on it. */
  readonly calls: ReturnType<typeof showProvider>;
}

type Check = (subject: Subject) => Promise<Result | readonly Result[]>;

const ok = (detail: string): Result => ({ verdict: 'ok', detail });
const attention = (detail: string): Result => ({ verdict: 'attention', detail });
const broken = (detail: string): Result => ({ verdict: 'broken', detail });

/** The problems, or that there is none. */
const problemsOr = (problems: readonly (readonly Result[])[], detail: string): Result | readonly Result[] => {
  const found = problems.flat();
  return found.length > 0 ? found : ok(detail);
};

/** Functions with an event source mapping. */
const CONSUMERS = ['dispatch-changes', 'publish-events', 'refresh-order'] as const;

const CHECKS: Readonly<Record<string, Check>> = {
  async table({ deployment: { aws, tracker } }) {
    const { Table } = await aws.dynamoDb.send(new DescribeTableCommand({ TableName: tracker.tableName }));
    if (Table?.TableStatus !== 'ACTIVE') return broken(`has the status ${Table?.TableStatus}`);
    return Table.StreamSpecification?.StreamEnabled ? ok('exists, with its stream') : broken('has no stream');
  },
  async 'state machine'({ deployment: { aws, tracker } }) {
    const { status } = await aws.stepFunctions.send(
      new DescribeStateMachineCommand({ stateMachineArn: tracker.stateMachineArn }),
    );
    return status === 'ACTIVE' ? ok('exists') : broken(`has the status ${status}`);
  },
  async functions({ deployment: { aws, tracker } }) {
    const functions = Object.values(tracker.functions);
    const missing = await Promise.all(
      functions.map(async (name) => {
        try {
          await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
          return [];
        } catch (error) {
          if (!isMissing(error)) throw error;
          return [broken(`${name} does not exist (runbook: A part of the stack is gone)`)];
        }
      }),
    );
    return problemsOr(missing, `all ${functions.length} exist`);
  },
  async secrets({ deployment }) {
    const problems = await Promise.all(
      (['providerSecretArn', 'webhookSecretArn'] as const).map(async (name) => {
        const arn = deployment.tracker[name];
        try {
          if (await deployment.secret(name).read('AWSCURRENT')) return [];
          return [broken(`${arn} does not exist (runbook: A part of the stack is gone)`)];
        } catch (error) {
          if (!isMarkedForDeletion(error)) throw error;
          const restore = `aws secretsmanager restore-secret --secret-id ${arn}`;
          return [broken(`${arn} is scheduled for deletion; to restore it with its value: ${restore}`)];
        }
      }),
    );
    return problemsOr(problems, 'both exist');
  },
  async 'dead-letter queues'({ deployment: { aws, tracker } }) {
    const filled = await Promise.all(
      Object.entries(tracker.deadLetterQueues).map(async ([heading, QueueUrl]) => {
        const { Attributes } = await aws.sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
        );
        const count = Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
        return count > 0
          ? [attention(`${counted(count, 'message')} in ${QueueUrl} (runbook: ${heading})`)]
          : [];
      }),
    );
    return problemsOr(filled, 'all are empty');
  },
  async 'orders API'({ deployment }) {
    // Nobody tracks an order with a random UUID, so the right answer is 404.
    const { status } = await (await deployment.orders()).read(randomUUID());
    if (status === 404) return ok('accepts your AWS credentials');
    if (status === 403) return attention('rejects your AWS credentials: they lack execute-api:Invoke');
    return broken(`answers with HTTP ${status}`);
  },
  async webhook({ deployment }) {
    const answer = await postWebhook(deployment, PROBE);
    return answer.status === 403 ? await probeFunction(deployment) : judgeProbe(answer);
  },
  async quarantine({ deployment }) {
    const { length } = await readOpenQuarantine(deployment);
    return length > 0
      ? attention(
          `${counted(length, 'rejected webhook')} to replay or dismiss: order-tracker quarantine list (runbook: QuarantineNotEmpty)`,
        )
      : ok('is empty');
  },
  async 'provider login'({ deployment, calls }) {
    // A login is a call too.
    if (await areCallsStopped(calls)) return attention('not tested: calls to Musement are stopped');
    const error = await deployment.provider.logIn();
    const { providerBaseUrl, providerSecretArn } = deployment.tracker;
    return error
      ? broken(`${error} The credentials are in ${providerSecretArn} (runbook: LoginRejected)`)
      : ok(`accepted by ${providerBaseUrl}`);
  },
  async 'provider calls'({ calls }) {
    const { lines, exitCode } = await calls;
    return exitCode
      ? attention(`${lines[0]} To start them again: order-tracker provider start`)
      : ok('possible');
  },
  async 'event sources'({ deployment, calls }) {
    const stopped = await areCallsStopped(calls);
    const problems = await Promise.all(
      CONSUMERS.map(async (consumer) => {
        const FunctionName = deployment.tracker.functions[consumer];
        const { EventSourceMappings = [] } = await deployment.aws.lambda.send(
          new ListEventSourceMappingsCommand({ FunctionName }),
        );
        const [mapping] = EventSourceMappings;
        if (mapping?.State === 'Enabled') return [];
        const problem = `the event source of ${FunctionName} is ${mapping?.State ?? 'missing'}`;
        // Switched on while the function may not run, its messages would end in the dead-letter queue.
        if (stopped && consumer === 'refresh-order')
          return [attention(`${problem}: calls to Musement are stopped`)];
        const remedy = mapping
          ? `aws lambda update-event-source-mapping --uuid ${mapping.UUID} --enabled`
          : 'cdk deploy';
        return [broken(`${problem}; to switch it on: ${remedy}`)];
      }),
    );
    return problemsOr(problems, `all ${CONSUMERS.length} are switched on`);
  },
  async reconciler({ deployment }) {
    const { scheduleName: Name } = deployment.tracker;
    const { State } = await deployment.aws.scheduler.send(new GetScheduleCommand({ Name }));
    return State === 'ENABLED'
      ? ok('its schedule is enabled')
      : broken(
          `its schedule ${Name} is ${State}; enable it in EventBridge Scheduler (runbook: OldestRescue)`,
        );
  },
  subscribers: ({ deployment }) => checkSubscriptions(deployment, deployment.tracker.topicArn),
  'urgent alarms': ({ deployment }) => checkSubscriptions(deployment, deployment.tracker.urgentTopicArn),
  notices: ({ deployment }) => checkSubscriptions(deployment, deployment.tracker.noticesTopicArn),
  async alarms({ deployment: { aws, tracker } }) {
    if (!tracker.alarms) return ok('switched off');
    const prefix = alarmNamePrefix(tracker.trackerName);
    const own: MetricAlarm[] = [];
    const pages = paginateDescribeAlarms({ client: aws.cloudWatch }, { AlarmNamePrefix: prefix });
    for await (const { MetricAlarms = [] } of pages) {
      // The name of another tracker can begin with the name of this one.
      own.push(...MetricAlarms.filter(({ AlarmName = '' }) => !AlarmName.slice(prefix.length).includes('-')));
    }
    if (own.length === 0) return broken('none exist');
    const firing = own.filter(({ StateValue }) => StateValue === 'ALARM');
    // The first two lines of a description say what happened and what it affects.
    const problems = firing.map(({ AlarmName, AlarmDescription = '' }) =>
      attention(`${AlarmName}: ${AlarmDescription.split('\n').slice(0, 2).join(' ')}`),
    );
    return problemsOr([problems], `none of ${own.length} is firing`);
  },
};

/** Nothing is stored of it. */
const PROBE = { body: Buffer.alloc(0), headers: { [PROBE_HEADER]: 'doctor' } };

const judgeProbe = ({ status }: WebhookAnswer, how = ''): Result => {
  if (status === 204) return ok(`accepts the credentials in its secret${how}`);
  return broken(
    status === 401
      ? `rejects the credentials in its secret${how}; changed credentials are accepted after 15 seconds`
      : `answers with HTTP ${status}${how}`,
  );
};

/** Tests the credentials where the address of this machine is not allowed to send webhooks. */
const probeFunction = async (deployment: Deployment): Promise<Result> => {
  const reason = 'webhookSourceAddresses does not list your address';
  try {
    return judgeProbe(
      await invokeWebhook(deployment, PROBE),
      ` (its function was invoked, because ${reason})`,
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AccessDeniedException') throw error;
    return attention(`not tested: ${reason}, and your AWS credentials lack lambda:InvokeFunction`);
  }
};

const MARK: Readonly<Record<Verdict, string>> = { ok: '✓', attention: '!', broken: '✗' };

/** Checks that every resource exists, is reachable and accepts our credentials. Every check runs, whatever the others find. */
export const doctor = async (deployment: Deployment): Promise<Outcome> => {
  const calls = showProvider(deployment);
  const findings = await Promise.all(
    Object.entries(CHECKS).map(async ([subject, check]): Promise<readonly Finding[]> => {
      try {
        return [await check({ deployment, calls })].flat().map((result) => ({ subject, ...result }));
      } catch (error) {
        return [{ subject, ...broken(describeError(error)) }];
      }
    }),
  ).then((results) => results.flat());
  const isHealthy = findings.every(({ verdict }) => verdict === 'ok');
  return {
    data: { tracker: deployment.tracker.trackerName, healthy: isHealthy, findings },
    lines: [
      `Tracker ${deployment.tracker.trackerName} in the stack ${deployment.tracker.stackName}`,
      ...findings.map(({ subject, verdict, detail }) => `  ${MARK[verdict]} ${subject}: ${detail}`),
      '',
      isHealthy
        ? 'No problem found.'
        : 'To fix these problems, see the runbook (docs/runbook.md): each alarm has a heading, others are named above.',
    ],
    exitCode: isHealthy ? EXIT.success : EXIT.attention,
  };
};

/** Secrets Manager has no error of its own for a secret that can be restored but not read. */
const isMarkedForDeletion = (error: unknown): boolean =>
  error instanceof Error &&
  error.name === 'InvalidRequestException' &&
  /(marked|scheduled) for deletion/.test(error.message);

const describeError = (error: unknown): string => {
  if (isMarkedForDeletion(error)) return 'not tested: its secret is scheduled for deletion, see "secrets"';
  if (error instanceof CommandError) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
};

/** Whether calls to the provider are stopped. A missing function has a check of its own, and hides no other result. */
const areCallsStopped = async (calls: Subject['calls']): Promise<boolean> => {
  try {
    return areStopped((await calls).data);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return false;
  }
};

const checkSubscriptions = async (deployment: Deployment, topicArn: string | undefined): Promise<Result> => {
  if (topicArn === undefined) return ok('there is no topic, because alarms are switched off');
  const { confirmed, unconfirmed, missingQueues } = await readSubscriptions(deployment, topicArn);
  if (missingQueues.length > 0) {
    return broken(
      `${missingQueues.join(', ')} subscribed but does not exist (runbook: A subscriber misses messages)`,
    );
  }
  if (unconfirmed > 0)
    return attention(`not confirmed by the receiver: ${counted(unconfirmed, 'subscription')}`);
  return confirmed === 0
    ? attention('no confirmed subscribers')
    : ok(counted(confirmed, 'confirmed subscriber'));
};
