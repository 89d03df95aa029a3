import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRIC, METRIC_UNIT, METRICS_DIMENSION, metricsNamespace } from '../../lambdas/contracts/metrics.ts';
import { ALARM_NAMES } from '../alarms/alarm-names.ts';
import { onlyOne, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

const nameOf = (alarm: Record<string, unknown>): string =>
  String(alarm['AlarmName']).replace('OrderTracker-sandbox-', '');

const topicNamed = (part: string): unknown => {
  const found = resourcesOf(template, 'AWS::SNS::Topic').find(([id]) => id.includes(part));
  return { Ref: found?.[0] };
};

/** Dimensions of an own metric, as functions emit them. */
const OWN_DIMENSIONS = Object.entries(METRICS_DIMENSION).map(([Name, Value]) => ({ Name, Value }));

describe('alarms', () => {
  it('are the ones that are proven, and no other', () => {
    expect(alarms.map(nameOf).sort()).toEqual([...ALARM_NAMES].sort());
  });

  it.each(ALARM_NAMES)('%s has a heading of its own in the runbook, to which it links', (name) => {
    const alarm = alarms.find((candidate) => nameOf(candidate) === name);

    expect(runbook.split('\n').filter((line) => line === `## ${name}`)).toHaveLength(1);
    expect(alarm?.['AlarmDescription']).toMatch(
      new RegExp(`^.{40,}\nWhat to do: docs/runbook\\.md#${name.toLowerCase()}\n`),
    );
  });

  it.each(ALARM_NAMES)(
    '%s tells at which threshold it fires, why there, and what missing data means',
    (name) => {
      const alarm = alarms.find((candidate) => nameOf(candidate) === name) ?? {};
      const condition = `${alarm['AlarmDescription']}`.split('\n')[2] ?? '';
      const { Threshold, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm;

      expect(condition).toContain(`of ${alarm['MetricName']} within `);
      expect(condition).toContain(`reaches ${Threshold}`);
      if (EvaluationPeriods !== 1) {
        expect(condition).toContain(`${DatapointsToAlarm} times in ${EvaluationPeriods} periods`);
      }
      expect(condition).toMatch(/\. [^.]{15,}\..* Nothing measured: .+\.$/);
      // CloudWatch takes no longer one.
      expect(`${alarm['AlarmDescription']}`.length).toBeLessThan(1024);
    },
  );

  it('begin to miss the reconciler only when there is something that calls it', () => {
    const [schedule] = onlyOne(template, 'AWS::Scheduler::Schedule');
    const [, alarm] =
      resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
        ([, { Properties }]) => nameOf(Properties) === 'OldestRescue',
      ) ?? [];
    expect(alarm).toMatchObject({ DependsOn: expect.arrayContaining([schedule]) });
  });

  it('have sections in the runbook that say what it means, how to look, how to mend, and when it is over', () => {
    const sections = runbook.split(/^## /m).slice(1);
    for (const name of ALARM_NAMES) {
      const section = sections.find((candidate) => candidate.startsWith(`${name}\n`)) ?? '';
      for (const part of ['Means', 'Affected', 'Look', 'Mend', 'Over when']) {
        expect(section, name).toContain(`**${part}.**`);
      }
    }
  });

  it('link to another runbook where there is one', () => {
    const elsewhere = synthesize({ runbookUrl: 'https://wiki.example.com/tracker' });
    for (const [, { Properties }] of resourcesOf(elsewhere, 'AWS::CloudWatch::Alarm')) {
      expect(Properties['AlarmDescription']).toContain('https://wiki.example.com/tracker#');
    }
  });

  it('tell one of two topics, when they begin and when they are over', () => {
    for (const alarm of alarms) {
      expect(alarm['AlarmActions']).toHaveLength(1);
      expect(alarm['OKActions']).toEqual(alarm['AlarmActions']);
    }
    const told = (topic: unknown): string[] =>
      alarms
        .filter((alarm) => JSON.stringify(alarm['AlarmActions']) === JSON.stringify([topic]))
        .map(nameOf)
        .sort();
    expect(told(topicNamed('OperationsTopic'))).toEqual([
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
    expect(told(topicNamed('NoticesTopic'))).toHaveLength(ALARM_NAMES.length - 10);
  });

  it('look at metrics that functions emit, with the very dimensions', () => {
    const own = alarms.filter((alarm) => alarm['Namespace'] === metricsNamespace('sandbox'));
    expect(own.length).toBeGreaterThan(8);
    for (const alarm of own) {
      expect(Object.keys(METRIC_UNIT)).toContain(alarm['MetricName']);
      expect(alarm['Dimensions']).toEqual(OWN_DIMENSIONS);
      expect(alarm['Unit']).toBeUndefined();
    }
  });

  it('miss the reconciler, and nothing else, when nothing is measured', () => {
    const missing = (treatment: string): string[] =>
      alarms.filter((alarm) => alarm['TreatMissingData'] === treatment).map(nameOf);
    expect(missing('breaching')).toEqual(['OldestRescue']);
    expect(missing('ignore').sort()).toEqual(['ProviderFailing', 'WebhookLoss']);
    expect(missing('missing')).toEqual([]);
  });

  it('let the partner say what is planned to be spent', () => {
    const spend = (props: Parameters<typeof synthesize>[0]) =>
      resourcesOf(synthesize(props), 'AWS::CloudWatch::Alarm').find(([, { Properties }]) =>
        `${Properties['AlarmName']}`.endsWith('Spend'),
      )?.[1].Properties;
    expect(spend({})).toMatchObject({ Threshold: 100_000 });
    expect(spend({})?.['AlarmDescription']).toContain('$7.50 a day');
    expect(spend({ mostChecksADay: 2_000_000 })).toMatchObject({ Threshold: 2_000_000 });
  });

  it('give the reconciler three of its runs, whatever its rhythm', () => {
    const slow = resourcesOf(synthesize({ reconcileEveryInMinutes: 60 }), 'AWS::CloudWatch::Alarm');
    const oldest = slow.find(([, { Properties }]) => `${Properties['AlarmName']}`.endsWith('OldestRescue'));
    expect(oldest?.[1].Properties).toMatchObject({ Period: 10_800, Threshold: 10_800 });
  });

  it('watch a dead-letter queue each, never the refresh queue, which is full in good times too', () => {
    const watched = alarms
      .filter((alarm) => alarm['MetricName'] === 'ApproximateNumberOfMessagesVisible')
      .map((alarm) => JSON.stringify(alarm['Dimensions']));
    const sources = resourcesOf(template, 'AWS::SQS::Queue').filter(
      ([, { Properties }]) => Properties['RedrivePolicy'],
    );

    expect(new Set(watched).size).toBe(4);
    for (const [id] of sources) expect(watched.join()).not.toContain(`"${id}"`);
  });

  it('may publish to both topics, which no key of SNS itself keeps them from', () => {
    const topics = resourcesOf(template, 'AWS::SNS::Topic').filter(([id]) =>
      id.includes('TrackerOperations'),
    );
    const policies = resourcesOf(template, 'AWS::SNS::TopicPolicy').filter(([id]) =>
      id.includes('TrackerOperations'),
    );

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

describe('the dashboard', () => {
  const [, dashboard] = onlyOne(template, 'AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(dashboard.Properties['DashboardBody']).replaceAll('\\"', '"');

  it('shows each own metric, by the names under which functions emit them', () => {
    const own = [...body.matchAll(/"MusementOrderTracker\/sandbox","([A-Za-z]+)"/g)].map(([, name]) => name);
    expect([...new Set(own)].sort()).toEqual(Object.values(METRIC).sort());
  });

  it('asks a question with each graph', () => {
    const titles = [...body.matchAll(/"title":"([^"]+)"/g)].map(([, title]) => title);
    expect(titles.length).toBeGreaterThan(15);
    for (const title of titles) expect(title).toMatch(/\?$/);
  });

  it('links the runbook and says how to ask the logs about one order', () => {
    const elsewhere = synthesize({ runbookUrl: 'https://wiki.example.com/tracker' });
    const [, { Properties }] = onlyOne(elsewhere, 'AWS::CloudWatch::Dashboard');
    expect(JSON.stringify(Properties['DashboardBody'])).toContain(
      '[runbook](https://wiki.example.com/tracker)',
    );
    expect(body).toContain('filter @message like');
  });

  it('links no path, which would lead nowhere', () => {
    expect(body).toContain('the runbook, `docs/runbook.md` in the repository');
    expect(body).not.toContain('](docs/');
  });
});

describe('saved queries', () => {
  it('ask the logs of every function', () => {
    const queries = resourcesOf(template, 'AWS::Logs::QueryDefinition');
    expect(queries.map(([, { Properties }]) => Properties['Name'])).toContain(
      'OrderTracker-sandbox/Everything about one order',
    );
    for (const [, { Properties }] of queries) expect(Properties['LogGroupNames']).toHaveLength(7);
  });

  it('can be left out', () => {
    expect(resourcesOf(synthesize({ savedQueries: false }), 'AWS::Logs::QueryDefinition')).toEqual([]);
  });
});
