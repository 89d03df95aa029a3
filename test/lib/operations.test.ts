import { globSync, readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { METRIC, METRICS_DIMENSION, metricsNamespace } from '../../lambdas/contracts/metrics.ts';
import { ALARM_NAMES, type AlarmName } from '../alarms/alarm-names.ts';
import { functionNamed, onlyOne, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const root = new URL('../../', import.meta.url);
const runbook = readFileSync(new URL('docs/runbook.md', root), 'utf8');

type Properties = Record<string, unknown>;

const alarmsOf = (of: typeof template): readonly Properties[] =>
  resourcesOf(of, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);

const nameOf = (alarm: Properties): string => String(alarm['AlarmName']).replace('OrderTracker-sandbox-', '');

const alarms = alarmsOf(template);

const alarmNamed = (name: AlarmName, candidates = alarms): Properties => {
  const found = candidates.find((alarm) => nameOf(alarm) === name);
  if (!found) throw new Error(`No alarm ${name}`);
  return found;
};

/** The reference to the resource of a type whose logical id contains a part. */
const refTo = (type: string, part: string): unknown => {
  const found = resourcesOf(template, type).find(([id]) => id.includes(part));
  if (!found) throw new Error(`No ${type} ${part}`);
  return { Ref: found[0] };
};

describe('alarms', () => {
  it('are exactly the documented ones', () => {
    expect(alarms.map(nameOf).sort()).toEqual([...ALARM_NAMES].sort());
  });

  it.each(ALARM_NAMES)('%s describes its impact and links to its heading in the runbook', (name) => {
    expect(runbook.split('\n').filter((line) => line === `## ${name}`)).toHaveLength(1);
    expect(alarmNamed(name)['AlarmDescription']).toMatch(
      new RegExp(`^.{40,}\nWhat to do: docs/runbook\\.md#${name.toLowerCase()}\n`),
    );
  });

  it.each(ALARM_NAMES)(
    '%s describes its threshold, the reason for it, and what missing data means',
    (name) => {
      const { AlarmDescription, ...alarm } = alarmNamed(name);
      const condition = `${AlarmDescription}`.split('\n')[2] ?? '';
      const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm;

      expect(condition).toContain(`of ${alarm['MetricName']} in `);
      expect(condition).toContain(` is ${alarm['Threshold']}`);
      if (EvaluationPeriods !== 1) {
        expect(condition).toContain(`in ${DatapointsToAlarm} of ${EvaluationPeriods} periods`);
      }
      expect(condition).toMatch(/\. [^.]{15,}\..* No data: .+\.$/);
      expect(`${AlarmDescription}`.length, 'limit of CloudWatch').toBeLessThan(1024);
    },
  );

  it.each(ALARM_NAMES)('%s has a complete section in the runbook', (name) => {
    const section = runbook.split(/^## /m).find((candidate) => candidate.startsWith(`${name}\n`)) ?? '';

    const parts = [...section.matchAll(/^\*\*(.+?)\.\*\*/gm)].map(([, part]) => part);

    expect(parts).toEqual(['Meaning', 'Impact', 'Diagnosis', 'Fix', 'Resolved when']);
  });

  it('link to another runbook when there is one', () => {
    for (const alarm of alarmsOf(synthesize({ runbookUrl: 'https://wiki.example.com/tracker' }))) {
      expect(alarm['AlarmDescription']).toContain('https://wiki.example.com/tracker#');
    }
  });

  it('notify one of two topics when they begin and when they end', () => {
    const urgent = refTo('AWS::SNS::Topic', 'OperationsTopic');
    const notices = refTo('AWS::SNS::Topic', 'NoticesTopic');
    const notifying = (topic: unknown): string[] =>
      alarms
        .filter(({ AlarmActions }) => JSON.stringify(AlarmActions) === JSON.stringify([topic]))
        .map(nameOf)
        .sort();

    for (const alarm of alarms) expect(alarm['OKActions']).toEqual(alarm['AlarmActions']);
    expect(notifying(urgent)).toEqual([
      'ApiErrors',
      'DispatchLag',
      'LoginRefused',
      'OldestRescue',
      'ProviderFailing',
      'PublicationLag',
      'PublishFailures',
      'RefreshBacklog',
      'WebhooksRefused',
      'WebhooksSilent',
    ]);
    expect(notifying(notices)).toHaveLength(ALARM_NAMES.length - 10);
  });

  it('OldestRescue is created after the schedule of the reconciler', () => {
    const [schedule] = onlyOne(template, 'AWS::Scheduler::Schedule');
    const found = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
      ([, { Properties }]) => nameOf(Properties) === 'OldestRescue',
    );

    expect(found?.[1]).toMatchObject({ DependsOn: expect.arrayContaining([schedule]) });
  });

  it('OldestRescue allows three runs of the reconciler, however often it runs', () => {
    const slow = alarmsOf(synthesize({ reconcileEveryInMinutes: 60 }));

    expect(alarmNamed('OldestRescue', slow)).toMatchObject({ Period: 10_800, Threshold: 10_800 });
  });

  it('RefreshBacklog allows 15 minutes beyond the delay of the refresh queue', () => {
    const slow = alarmsOf(synthesize({ refreshDelay: Duration.minutes(10) }));

    expect(alarmNamed('RefreshBacklog', slow)).toMatchObject({ Threshold: 1500 });
  });

  it('Spend has the threshold that the partner sets, and names the cost', () => {
    const spend = alarmNamed('Spend', alarmsOf(synthesize({ maxChecksPerDay: 2_000_000 })));

    expect(alarmNamed('Spend')).toMatchObject({ Threshold: 100_000 });
    expect(alarmNamed('Spend')['AlarmDescription']).toContain('$7.50 a day');
    expect(spend).toMatchObject({ Threshold: 2_000_000 });
  });
});

describe('an alarm on a metric of the functions', () => {
  const sources = globSync('lambdas/**/*.ts', { cwd: root, exclude: ['lambdas/contracts/**'] }).map((path) =>
    readFileSync(new URL(path, root), 'utf8'),
  );

  // Statistic and period give the threshold its meaning: events in an hour, a share in 5 minutes.
  const definitions = [
    ['WebhooksRefused', 'webhookUnauthorized', 'Sum', 900, 'notBreaching'],
    ['QuarantineNotEmpty', 'webhookQuarantined', 'Sum', 3600, 'notBreaching'],
    ['WebhooksSilent', 'webhookMissing', 'Minimum', 3600, 'notBreaching'],
    ['WebhookLoss', 'webhookMissing', 'p80', 86_400, 'ignore'],
    ['ItemsOverdue', 'itemOverdue', 'Sum', 3600, 'notBreaching'],
    ['GivenUp', 'givenUp', 'Sum', 3600, 'notBreaching'],
    ['ProviderFailing', 'providerFailure', 'Average', 300, 'ignore'],
    ['LoginRefused', 'loginRefused', 'Sum', 300, 'notBreaching'],
    ['PublishFailures', 'eventRefused', 'Sum', 300, 'notBreaching'],
    ['OldestRescue', 'oldestRescue', 'Maximum', 900, 'breaching'],
    ['RecordsParked', 'recordParked', 'Sum', 86_400, 'notBreaching'],
    ['TooManyChecks', 'watchChecks', 'Maximum', 3600, 'notBreaching'],
  ] as const;

  it.each(definitions)('%s evaluates %s by %s in %i s, without data: %s', (name, metric, ...expected) => {
    const alarm = alarmNamed(name);
    const [statistic, period, missingData] = expected;

    expect(alarm).toMatchObject({
      Namespace: metricsNamespace('sandbox'),
      MetricName: METRIC[metric],
      Dimensions: Object.entries(METRICS_DIMENSION).map(([Name, Value]) => ({ Name, Value })),
      Period: period,
      TreatMissingData: missingData,
    });
    expect(alarm['Statistic'] ?? alarm['ExtendedStatistic']).toBe(statistic);
    // With a unit the alarm would ignore samples in another one.
    expect(alarm['Unit']).toBeUndefined();
  });

  it('is in the table above', () => {
    const own = alarms.filter((alarm) => alarm['Namespace'] === metricsNamespace('sandbox'));

    expect(own.map(nameOf).sort()).toEqual(definitions.map(([name]) => name).sort());
  });

  it.each([...new Set(definitions.map(([, metric]) => metric))])('%s is emitted by a function', (metric) => {
    expect(sources.some((source) => new RegExp(`\\bMETRIC\\.${metric}\\b`).test(source))).toBe(true);
  });
});

describe('an alarm on a metric of AWS', () => {
  const functionDimension = (name: string) => ['FunctionName', { Ref: functionNamed(template, name)[0] }];
  const queueDimension = (part: string) => {
    const { Ref } = refTo('AWS::SQS::Queue', part) as { Ref: string };
    return ['QueueName', { 'Fn::GetAtt': [Ref, 'QueueName'] }];
  };
  const VISIBLE = 'ApproximateNumberOfMessagesVisible';

  const definitions = [
    ['ApiErrors', '5xx', 'Sum', 300, ['ApiId', refTo('AWS::ApiGatewayV2::Api', '')]],
    ['DispatchLag', 'IteratorAge', 'Maximum', 300, functionDimension('dispatch-changes')],
    ['PublicationLag', 'IteratorAge', 'Maximum', 300, functionDimension('publish-events')],
    [
      'DeliveryFailures',
      'NumberOfNotificationsFailed',
      'Sum',
      3600,
      ['TopicName', { 'Fn::GetAtt': [expect.stringContaining('PublicationEvents'), 'TopicName'] }],
    ],
    ['RefreshBacklog', 'ApproximateAgeOfOldestMessage', 'Maximum', 300, queueDimension('RefreshQueueE')],
    [
      'WatchesFailed',
      'ExecutionsFailed',
      'Sum',
      300,
      ['StateMachineArn', refTo('AWS::StepFunctions::StateMachine', '')],
    ],
    ['Throttles', 'Throttles', 'Sum', 300, undefined],
    ['RefreshDeadLetters', VISIBLE, 'Maximum', 300, queueDimension('RefreshQueueDeadLetters')],
    ['DispatchFailures', VISIBLE, 'Maximum', 300, queueDimension('DispatchChangesFailures')],
    ['PublicationFailures', VISIBLE, 'Maximum', 300, queueDimension('NewEventsFailures')],
    ['MissedRuns', VISIBLE, 'Maximum', 300, queueDimension('MissedRuns')],
    ['Spend', 'Invocations', 'Sum', 86_400, functionDimension('check-order')],
  ] as const;

  it.each(definitions)('%s evaluates %s of its resource', (name, metric, statistic, period, dimension) => {
    const alarm = alarmNamed(name);

    expect(alarm).toMatchObject({
      MetricName: metric,
      Statistic: statistic,
      Period: period,
      TreatMissingData: 'notBreaching',
    });
    expect(alarm['Dimensions']).toEqual(dimension && [{ Name: dimension[0], Value: dimension[1] }]);
  });

  it('is in the table above', () => {
    const ofAws = alarms.filter((alarm) => String(alarm['Namespace']).startsWith('AWS/'));

    expect(ofAws.map(nameOf).sort()).toEqual(definitions.map(([name]) => name).sort());
  });
});

describe('the topics of alarms', () => {
  it('allow CloudWatch to publish, and are not encrypted with the key of SNS, which alarms cannot use', () => {
    const isOfOperations = ([id]: [string, unknown]) => id.includes('TrackerOperations');
    const topics = resourcesOf(template, 'AWS::SNS::Topic').filter(isOfOperations);
    const policies = resourcesOf(template, 'AWS::SNS::TopicPolicy').filter(isOfOperations);

    expect(topics).toHaveLength(2);
    for (const [, topic] of topics) expect(topic.Properties['KmsMasterKeyId']).toBeUndefined();
    expect(policies).toHaveLength(2);
    for (const [, { Properties }] of policies) {
      expect(Properties['PolicyDocument']).toMatchObject({
        Statement: [
          { Effect: 'Deny' },
          { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish' },
        ],
      });
    }
  });
});
