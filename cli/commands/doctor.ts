import { randomUUID } from 'node:crypto';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { paginateListSubscriptionsByTopic } from '@aws-sdk/client-sns';
import type { Deployment } from '../deployment.ts';
import { EXIT, type Outcome } from '../outcome.ts';
import { showProvider } from './provider.ts';
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
        ? 'refuses the credentials in its own secret; changed ones are accepted after 5 minutes at the latest'
        : `answers with HTTP ${status}`,
    );
  },
  async provider(deployment) {
    const why = await deployment.provider.logIn();
    return why ? broken(why) : ok(`lets us in (${deployment.outputs.ProviderBaseUrl})`);
  },
  async calls(deployment) {
    const { lines, exitCode } = await showProvider(deployment);
    return exitCode ? attention(lines[0] ?? '') : ok('to the provider are made as usual');
  },
  async consumers(deployment) {
    const states = await Promise.all(
      FED.map(async (part) => {
        const { physicalId } = await deployment.resource('AWS::Lambda::Function', part);
        const { EventSourceMappings = [] } = await deployment.lambda.send(
          new ListEventSourceMappingsCommand({ FunctionName: physicalId }),
        );
        const [mapping] = EventSourceMappings;
        const state = mapping?.State ?? 'missing';
        if (state === 'Enabled') return [];
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
    return State === 'ENABLED' ? ok('is called by its schedule') : broken(`its schedule ${Name} is ${State}`);
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
    return firing.map(({ AlarmName, AlarmDescription }) => attention(`${AlarmName}: ${AlarmDescription}`));
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
      sound ? 'All is well.' : 'The runbook (docs/runbook.md) says what to do about each.',
    ],
    exitCode: sound ? EXIT.done : EXIT.attention,
  };
};

const MARK: Readonly<Record<Verdict, string>> = { ok: '✓', attention: '!', broken: '✗' };

const describeError = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

const subscriptions = async ({ sns }: Deployment, topicArn: string, nobody: string) => {
  const found: string[] = [];
  let pending = 0;
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
    { client: sns },
    { TopicArn: topicArn },
  )) {
    for (const { SubscriptionArn = '' } of Subscriptions) {
      if (SubscriptionArn.startsWith('arn:')) found.push(SubscriptionArn);
      else pending += 1;
    }
  }
  if (pending > 0) return attention(`${pending} subscriptions were not confirmed by their receivers`);
  return found.length === 0 ? attention(nobody) : ok(`${found.length} subscribed, all confirmed`);
};
