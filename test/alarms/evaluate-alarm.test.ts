import { expect, it } from 'vitest';
import { alarmNamed, synthesize } from '../lib/synthesize.ts';
import { ALARM_NAMES, type AlarmName } from './alarm-names.ts';
import { type AlarmDefinition, type AlarmState, evaluateAlarm, type Sample } from './evaluate-alarm.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const template = synthesize();

const alarmOf = (name: AlarmName): AlarmDefinition => alarmNamed(template, name);

type Value = readonly [minutesAgo: number, value: number];

/** Samples of the alarm's own metric. */
const samplesFor = (alarm: AlarmDefinition, values: readonly Value[]): Sample[] =>
  values.map(([minutesAgo, value]) => ({
    namespace: `${alarm.Namespace}`,
    name: `${alarm.MetricName}`,
    dimensions: Object.fromEntries(
      (alarm.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value]),
    ),
    at: NOW - minutesAgo * 60_000,
    value,
  }));

/** The same value once a minute, the last one now. */
const everyMinute = (count: number, value: number): Value[] =>
  Array.from({ length: count }, (_, index) => [index, value]);

const at = (value: number, ...minutesAgo: number[]): Value[] => minutesAgo.map((minutes) => [minutes, value]);

type Case = readonly [AlarmName, situation: string, readonly Value[], AlarmState];

const LAGS = ['DispatchLag', 'PublicationLag'] as const;
const DEAD_LETTERS = ['RefreshDeadLetters', 'DispatchFailures', 'PublicationFailures', 'MissedRuns'] as const;

const CASES: readonly Case[] = [
  ['ApiErrors', 'an error in each of two periods', at(1, 1, 6), 'ALARM'],
  ['ApiErrors', 'twenty errors in one period', everyMinute(4, 5), 'OK'],
  ['WebhooksRefused', 'ten rejected webhooks in ten minutes', everyMinute(10, 1), 'ALARM'],
  ['WebhooksRefused', 'two requests of a stranger', everyMinute(2, 1), 'OK'],
  ['QuarantineNotEmpty', 'a malformed body half an hour ago', at(1, 30), 'ALARM'],
  ['QuarantineNotEmpty', 'a malformed body two hours ago', at(1, 120), 'OK'],
  ['WebhooksSilent', 'E9 three hours of six without any webhook', at(1, 10, 100, 200), 'ALARM'],
  ['WebhooksSilent', 'one status with a webhook in the last hour', [...at(1, 10, 100, 200), [11, 0]], 'OK'],
  ['WebhooksSilent', 'a night without orders', [], 'OK'],
  [
    'WebhookLoss',
    '20 of 80 statuses without a webhook',
    [...everyMinute(20, 1), ...everyMinute(60, 0)],
    'ALARM',
  ],
  ['WebhookLoss', '8 of 80 statuses without a webhook', [...everyMinute(8, 1), ...everyMinute(72, 0)], 'OK'],
  ['WebhookLoss', '10 of 10 statuses without a webhook', everyMinute(10, 1), 'unchanged'],
  ['ItemsOverdue', 'five overdue items in an hour', everyMinute(5, 1), 'ALARM'],
  ['ItemsOverdue', 'four overdue items in an hour', everyMinute(4, 1), 'OK'],
  ['GivenUp', 'a webhook that was given up', at(1, 20), 'ALARM'],
  ['GivenUp', 'nothing given up', [], 'OK'],
  ['ProviderFailing', 'half of the checks for 15 minutes', [...at(1, 1, 6, 11), ...at(0, 2, 7, 12)], 'ALARM'],
  ['ProviderFailing', 'a third of the checks in the last period', [...at(1, 1, 6, 11), ...at(0, 2, 3)], 'OK'],
  ['ProviderFailing', 'a failed check after silence', at(1, 1), 'unchanged'],
  ['ProviderFailing', 'silence', [], 'unchanged'],
  ['ProviderFailing', 'a successful check after silence', at(0, 1), 'OK'],
  ['LoginRefused', 'one rejected login', at(1, 1), 'ALARM'],
  ['LoginRefused', 'successful logins', at(0, 1, 2), 'OK'],
  ...LAGS.flatMap((name): Case[] => [
    [name, 'a consumer that was off for six minutes', at(360_000, 1), 'ALARM'],
    [name, 'a minute of throttling', at(60_000, 1), 'OK'],
  ]),
  ['PublishFailures', 'a rejected event that the reconciler cannot publish either', at(1, 1, 6), 'ALARM'],
  ['PublishFailures', 'a rejected event that the reconciler publishes', [...at(1, 6), ...at(0, 1)], 'OK'],
  ['DeliveryFailures', 'failed deliveries in two hours of six', at(1, 10, 100), 'ALARM'],
  ['DeliveryFailures', 'three failed attempts in an hour', at(1, 10, 11, 12), 'OK'],
  ['RefreshBacklog', 'a message that waits for 20 minutes', at(1200, 1), 'ALARM'],
  ['RefreshBacklog', 'a message that failed once and is received again after 6 minutes', at(361, 1), 'OK'],
  ['WatchesFailed', 'one failed watch', at(1, 1), 'ALARM'],
  ['WatchesFailed', 'no failed watch', at(0, 1), 'OK'],
  ['OldestRescue', 'a record that is overdue by 20 minutes', at(1200, 1), 'ALARM'],
  ['OldestRescue', 'a reconciler that does not run', [], 'ALARM'],
  ['OldestRescue', 'runs that find nothing due', at(0, 1, 6, 11), 'OK'],
  ['RecordsParked', 'a record that was parked 20 hours ago', at(1, 20 * 60), 'ALARM'],
  ['RecordsParked', 'a record that was parked 25 hours ago', at(1, 25 * 60), 'OK'],
  ['Throttles', 'twenty throttled calls in each of three periods', at(20, 1, 6, 11), 'ALARM'],
  ['Throttles', 'a burst with a hundred throttled calls', at(100, 1), 'OK'],
  ...DEAD_LETTERS.flatMap((name): Case[] => [
    [name, 'one message', at(1, 1), 'ALARM'],
    [name, 'an empty queue', at(0, 1), 'OK'],
  ]),
  ['Spend', '20,000 orders in a day with 7 checks each', [[60, 20_000 * 7]], 'ALARM'],
  ['Spend', '10,000 orders in a day with 7 checks each', [[60, 10_000 * 7]], 'OK'],
  ['TooManyChecks', 'a watch that hands over after 500 checks', at(500, 1), 'ALARM'],
  ['TooManyChecks', 'a provider outage of a week and three items', at(180 + 3 * 24, 1), 'OK'],
];

it.each(CASES)('%s with %s', (name, _, values, state) => {
  const alarm = alarmOf(name);
  expect(evaluateAlarm(alarm, samplesFor(alarm, values), NOW)).toBe(state);
});

it.each(ALARM_NAMES)('there is a case that %s reaches, and one that it does not reach', (name) => {
  const states = CASES.filter(([candidate]) => candidate === name).map(([, , , state]) => state);
  expect(states).toEqual(expect.arrayContaining(['ALARM', 'OK']));
});

it('evaluateAlarm ignores samples with other dimensions', () => {
  const alarm = alarmOf('LoginRefused');
  const [sample] = samplesFor(alarm, at(1, 1)) as [Sample];
  const elsewhere = { ...sample, dimensions: { service: 'check-order' } };
  expect(evaluateAlarm(alarm, [sample], NOW)).toBe('ALARM');
  expect(evaluateAlarm(alarm, [elsewhere], NOW)).toBe('OK');
});

it('evaluateAlarm leaves an alarm on a percentile unchanged when there are few samples, as its template says', () => {
  expect(alarmOf('WebhookLoss')).toMatchObject({
    ExtendedStatistic: 'p80',
    EvaluateLowSampleCountPercentile: 'ignore',
  });
});
