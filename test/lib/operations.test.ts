import { globSync, readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { METRIC, METRICS_DIMENSION, metricsNamespace } from '../../lambdas/contracts/metrics.ts';
import { ALARM_NAMES, type AlarmName } from '../alarms/alarm-names.ts';
import { statementsOf } from './policies.ts';
import { functionNamed, onlyOne, propertiesOf, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const root = new URL('../../', import.meta.url);
const runbook = readFileSync(new URL('docs/runbook.md', root), 'utf8');

type Properties = Record<string, unknown>;

const alarmsOf = (of: typeof template) => propertiesOf(of, 'AWS::CloudWatch::Alarm');

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

  it.each(ALARM_NAMES)(
    '%s describes its impact, its threshold, the reason for it and missing data, and links to a complete section',
    (name) => {
      const { AlarmDescription, ...alarm } = alarmNamed(name);
      const [impact, link, condition = ''] = `${AlarmDescription}`.split('\n');
      expect(impact).toMatch(/^.{40,}$/);
      expect(link).toBe(`What to do: docs/runbook.md#${name.toLowerCase()}`);
      const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm;
      const period = Duration.seconds(Number(alarm['Period'])).toHumanString();
      expect(condition).toMatch(new RegExp(`of ${alarm['MetricName']} in ${period}( \\(|,| is )`));
      expect(condition).toContain(` is ${alarm['Threshold']}`);
      if (EvaluationPeriods !== 1) {
        expect(condition).toContain(`in ${DatapointsToAlarm} of ${EvaluationPeriods} periods`);
      }
      expect(condition).toMatch(/\. [^.]{15,}\..* No data: .+\.$/);
      expect(`${AlarmDescription}`.length, 'limit of CloudWatch').toBeLessThan(1024);
      const [section = '', ...others] = runbook.split(/^## /m).filter((part) => part.startsWith(`${name}\n`));
      expect(others).toEqual([]);
      const parts = [...section.matchAll(/^\*\*(.+?)\.\*\*/gm)].map(([, part]) => part);
      expect(parts).toEqual(['Meaning', 'Impact', 'Diagnosis', 'Fix', 'Resolved when']);
    },
  );

  it('link to another runbook when there is one', () => {
    for (const alarm of alarmsOf(synthesize({ runbookUrl: 'https://wiki.example.com/tracker' }))) {
      expect(alarm['AlarmDescription']).toContain('https://wiki.example.com/tracker#');
    }
  });

  it('notify one of two topics when they begin and when they end', () => {
    const urgent = refTo('AWS::SNS::Topic', 'UrgentTopic');
    const notices = refTo('AWS::SNS::Topic', 'NoticesTopic');
    const notifying = (topic: unknown): string =>
      alarms
        .filter(({ AlarmActions }) => JSON.stringify(AlarmActions) === JSON.stringify([topic]))
        .map(nameOf)
        .sort()
        .join(' ');
    for (const alarm of alarms) expect(alarm['OKActions']).toEqual(alarm['AlarmActions']);
    expect(notifying(urgent)).toBe(
      'ApiErrors DispatchLag LoginRejected OldestRescue ProviderFailing PublicationLag PublishFailures ' +
        'RefreshBacklog WebhooksRejected WebhooksSilent',
    );
    expect(notifying(notices).split(' ')).toHaveLength(ALARM_NAMES.length - 10);
  });

  it('OldestRescue is created after the schedule of the reconciler', () => {
    const [schedule] = onlyOne(template, 'AWS::Scheduler::Schedule');
    const found = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
      ([, { Properties }]) => nameOf(Properties) === 'OldestRescue',
    );
    expect(found?.[1]).toMatchObject({ DependsOn: expect.arrayContaining([schedule]) });
  });

  it.each([
    [
      'OldestRescue',
      'three runs of the reconciler',
      { reconcileEvery: Duration.minutes(60) },
      10_800,
      10_800,
    ],
    [
      'RefreshBacklog',
      'the delay and 15 minutes',
      { settings: { refreshDelay: Duration.minutes(10) } },
      1500,
      300,
    ],
  ] as const)('%s allows %s', (name, _, props, Threshold, Period) => {
    expect(alarmNamed(name, alarmsOf(synthesize(props)))).toMatchObject({ Threshold, Period });
  });

  // An average, a minimum or a maximum of a share can be that of a single sample.
  it.each(['WebhooksSilent', 'WebhookLoss'] as const)(
    '%s needs enough samples, and names how many',
    (name) => {
      const { ExtendedStatistic, AlarmDescription, ...alarm } = alarmNamed(name);
      const samples = { p50: 20, p80: 50 }[String(ExtendedStatistic)];

      expect(alarm).toMatchObject({ EvaluationPeriods: 1, EvaluateLowSampleCountPercentile: 'ignore' });
      expect(AlarmDescription).toContain(`(at least ${samples} samples)`);
    },
  );

  it('is evaluated over no more time than CloudWatch allows', () => {
    // A day, or seven days if a period is at least an hour.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    for (const alarm of alarms) {
      const { Period, EvaluationPeriods } = alarm as { Period: number; EvaluationPeriods: number };
      const days = Period >= 3600 ? 7 : 1;
      expect(Period * EvaluationPeriods, nameOf(alarm)).toBeLessThanOrEqual(days * 86_400);
    }
  });

  it('Spend has the threshold that the partner sets, and names the cost', () => {
    const spend = alarmNamed('Spend', alarmsOf(synthesize({ maxChecksPerDay: 2_000_000 })));
    expect(alarmNamed('Spend')).toMatchObject({ Threshold: 100_000 });
    expect(alarmNamed('Spend')['AlarmDescription']).toContain('$7.50 a day');
    expect(spend).toMatchObject({ Threshold: 2_000_000 });
  });
});

describe('the metric of an alarm', () => {
  const sources = globSync('lambdas/**/*.ts', { cwd: root, exclude: ['lambdas/contracts/**'] }).map((path) =>
    readFileSync(new URL(path, root), 'utf8'),
  );
  const { service } = METRICS_DIMENSION;
  const functionNames = (name: string) => ['FunctionName', { Ref: functionNamed(template, name)[0] }];
  const queueNames = (part: string) => {
    const { Ref } = refTo('AWS::SQS::Queue', part) as { Ref: string };
    return ['QueueName', { 'Fn::GetAtt': [Ref, 'QueueName'] }];
  };
  const eventsTopic = { 'Fn::GetAtt': [expect.stringContaining('PublicationEvents'), 'TopicName'] };
  const stateMachine = refTo('AWS::StepFunctions::StateMachine', '');
  const VISIBLE = 'ApproximateNumberOfMessagesVisible';

  // Statistic and period give the threshold its meaning: events in an hour, a share in 5 minutes.
  const ofFunctions: readonly [AlarmName, keyof typeof METRIC, string, number, string?][] = [
    ['WebhooksRejected', 'webhookUnauthorized', 'Sum', 900],
    ['QuarantineNotEmpty', 'webhookQuarantined', 'Sum', 3600],
    ['WebhooksSilent', 'webhookMissing', 'p50', 21_600, 'ignore'],
    ['NoWebhooks', 'webhookMissing', 'Minimum', 86_400],
    ['WebhookLoss', 'webhookMissing', 'p80', 86_400, 'ignore'],
    ['ItemsOverdue', 'itemOverdue', 'Sum', 3600],
    ['GivenUp', 'givenUp', 'Sum', 3600],
    ['ProviderFailing', 'providerFailure', 'Average', 1800, 'ignore'],
    ['LoginRejected', 'loginRejected', 'Sum', 300],
    ['PublishFailures', 'eventRejected', 'Sum', 300],
    ['OldestRescue', 'oldestRescue', 'Maximum', 900, 'breaching'],
    ['RecordsParked', 'recordParked', 'Sum', 86_400],
    ['TooManyChecks', 'watchChecks', 'Maximum', 3600],
  ];
  const ofAws = [
    ['ApiErrors', '5xx', 'Sum', 300, ['ApiId', refTo('AWS::ApiGatewayV2::Api', '')]],
    ['DispatchLag', 'IteratorAge', 'Maximum', 300, functionNames('dispatch-changes')],
    ['PublicationLag', 'IteratorAge', 'Maximum', 300, functionNames('publish-events')],
    ['DeliveryFailures', 'NumberOfNotificationsFailed', 'Sum', 3600, ['TopicName', eventsTopic]],
    ['RefreshBacklog', 'ApproximateAgeOfOldestMessage', 'Maximum', 300, queueNames('RefreshQueueE')],
    [
      'InvalidAttributes',
      'NumberOfNotificationsFilteredOut-InvalidAttributes',
      'Sum',
      3600,
      ['TopicName', eventsTopic],
    ],
    ['WatchesFailed', 'ExecutionsFailed', 'Sum', 300, ['StateMachineArn', stateMachine]],
    ['WatchesTimedOut', 'ExecutionsTimedOut', 'Sum', 300, ['StateMachineArn', stateMachine]],
    ['WatchesAborted', 'ExecutionsAborted', 'Sum', 300, ['StateMachineArn', stateMachine]],
    ['Throttles', 'Throttles', 'Sum', 300, functionNames('check-order')],
    ['RefreshDeadLetters', VISIBLE, 'Maximum', 300, queueNames('RefreshQueueDeadLetters')],
    ['DispatchFailures', VISIBLE, 'Maximum', 300, queueNames('DispatchChangesFailures')],
    ['PublicationFailures', VISIBLE, 'Maximum', 300, queueNames('NewEventsFailures')],
    ['MissedRuns', VISIBLE, 'Maximum', 300, queueNames('MissedRuns')],
    ['Spend', 'Invocations', 'Sum', 86_400, functionNames('check-order')],
  ] as const;

  const expectMetric = (name: AlarmName, statistic: string, dimension: readonly unknown[], more: object) => {
    const alarm = alarmNamed(name);
    expect(alarm).toMatchObject(more);
    expect(alarm['Statistic'] ?? alarm['ExtendedStatistic']).toBe(statistic);
    expect(alarm['Dimensions']).toEqual([{ Name: dimension[0], Value: dimension[1] }]);
    // With a unit the alarm would ignore samples in another one.
    expect(alarm['Unit']).toBeUndefined();
  };

  it.for(ofFunctions)(
    'of %s is %s, which a function emits: %s in %i s',
    ([name, metric, statistic, Period, TreatMissingData = 'notBreaching']) => {
      const Namespace = metricsNamespace('sandbox');
      const expected = { Namespace, MetricName: METRIC[metric], Period, TreatMissingData };
      expectMetric(name, statistic, ['service', service], expected);
      expect(sources.some((source) => new RegExp(`\\bMETRIC\\.${metric}\\b`).test(source))).toBe(true);
    },
  );

  it.each(ofAws)(
    'of %s is %s of its resource: %s in %i s',
    (name, MetricName, statistic, Period, dimension) => {
      expectMetric(name, statistic, dimension, { MetricName, Period, TreatMissingData: 'notBreaching' });
      expect(alarmNamed(name)['Namespace']).toMatch(/^AWS\//);
    },
  );

  it('is in one of these tables', () => {
    expect([...ofFunctions, ...ofAws].map(([name]) => name).sort()).toEqual([...ALARM_NAMES].sort());
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
    const Principal = { Service: 'cloudwatch.amazonaws.com' };
    const Statement = [{ Effect: 'Deny' }, { Effect: 'Allow', Principal, Action: 'sns:Publish' }];
    for (const [, policy] of policies) expect(statementsOf(policy)).toMatchObject(Statement);
  });
});
