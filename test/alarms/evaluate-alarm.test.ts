import { describe, expect, test } from 'vitest';
import { resourcesOf, synthesize } from '../lib/synthesize.ts';
import { type AlarmDefinition, evaluateAlarm, type Sample } from './evaluate-alarm.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const template = synthesize();

const alarm = (name: string): AlarmDefinition => {
  const found = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
    ([, { Properties }]) => Properties['AlarmName'] === `OrderTracker-sandbox-${name}`,
  );
  if (!found) throw new Error(`There is no alarm ${name}.`);
  return found[1].Properties as AlarmDefinition;
};

/** Samples of the alarm's own metric, so many minutes ago. */
const measured = (definition: AlarmDefinition, ...values: (readonly [minutesAgo: number, value: number])[]) =>
  values.map(
    ([minutesAgo, value]): Sample => ({
      namespace: `${definition.Namespace}`,
      name: `${definition.MetricName}`,
      dimensions: Object.fromEntries(
        (definition.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value]),
      ),
      at: NOW - minutesAgo * 60_000,
      value,
    }),
  );

const times = (count: number, value: number) =>
  Array.from({ length: count }, (_, index) => [index, value] as const);

describe('an alarm', () => {
  test.for([
    [
      'ProviderFailing',
      'half of the looks for 15 minutes',
      [
        [1, 1],
        [1, 0],
        [6, 1],
        [11, 1],
      ],
      'ALARM',
    ],
    [
      'ProviderFailing',
      'a third of them',
      [
        [1, 1],
        [1, 0],
        [1, 0],
        [6, 1],
        [11, 1],
      ],
      'OK',
    ],
    ['ProviderFailing', 'the first bad answers after silence', [[1, 1]], 'unchanged'],
    ['ProviderFailing', 'silence', [], 'unchanged'],
    ['ProviderFailing', 'one good answer after a failure', [[1, 0]], 'OK'],
    [
      'WebhooksSilent',
      'E9 three hours of six in which statuses were found, none of them by webhook',
      [
        [10, 1],
        [100, 1],
        [200, 1],
      ],
      'ALARM',
    ],
    [
      'WebhooksSilent',
      'one of many told',
      [
        [10, 1],
        [11, 0],
        [100, 1],
        [200, 1],
      ],
      'OK',
    ],
    ['WebhooksSilent', 'a night without orders', [], 'OK'],
    ['WebhookLoss', 'a quarter of eighty', [...times(20, 1), ...times(60, 0)], 'ALARM'],
    ['WebhookLoss', 'a tenth of eighty', [...times(8, 1), ...times(72, 0)], 'OK'],
    ['WebhookLoss', 'all of ten', times(10, 1), 'unchanged'],
    [
      'PublishFailures',
      'a refusal that the next run makes good',
      [
        [6, 1],
        [1, 0],
      ],
      'OK',
    ],
    [
      'PublishFailures',
      'a refusal that comes back',
      [
        [6, 1],
        [1, 1],
      ],
      'ALARM',
    ],
    ['OldestRescue', 'nothing old', [[1, 0]], 'OK'],
    ['OldestRescue', 'a reconciler that does not run', [], 'ALARM'],
    ['ItemsOverdue', 'four within an hour', times(4, 1), 'OK'],
    ['ItemsOverdue', 'five within an hour', times(5, 1), 'ALARM'],
    ['RecordsParked', 'one 20 hours ago', [[1200, 1]], 'ALARM'],
    ['RecordsParked', 'one the day before', [[1500, 1]], 'OK'],
    ['WatchesRestless', 'as many checks as planned', [[1, 46]], 'OK'],
  ] as const)('%s with %s: %s', ([name, , values, state]) => {
    const definition = alarm(name);
    expect(evaluateAlarm(definition, measured(definition, ...values), NOW)).toBe(state);
  });

  test('does not see what was measured with other dimensions', () => {
    const definition = alarm('LoginRefused');
    const [sample] = measured(definition, [1, 1]);
    const elsewhere = { ...(sample as Sample), dimensions: { service: 'check-item' } };
    expect(evaluateAlarm(definition, [sample as Sample], NOW)).toBe('ALARM');
    expect(evaluateAlarm(definition, [elsewhere], NOW)).toBe('OK');
  });

  test('on a percentile leaves few samples alone, in the words of CloudFormation', () => {
    expect(alarm('WebhookLoss')).toMatchObject({
      ExtendedStatistic: 'p80',
      EvaluateLowSampleCountPercentile: 'ignore',
    });
  });
});
