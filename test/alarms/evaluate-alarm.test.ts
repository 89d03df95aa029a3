import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesize } from '../lib/synthesize.ts';
import { ALARM_NAMES, type AlarmName } from './alarm-names.ts';
import { type AlarmDefinition, type AlarmState, evaluateAlarm, type Sample } from './evaluate-alarm.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const template = synthesize();

const alarmNamed = (name: AlarmName): AlarmDefinition => {
  const found = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
    ([, { Properties }]) => Properties['AlarmName'] === `OrderTracker-sandbox-${name}`,
  );
  if (!found) throw new Error(`No alarm ${name}`);
  return found[1].Properties as AlarmDefinition;
};

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

/** The given numbers of samples of 1 and of 0, one a minute. */
const mixed = (ones: number, zeros: number): Value[] =>
  everyMinute(ones + zeros, 0).map(([minutesAgo], index) => [minutesAgo, index < ones ? 1 : 0]);

/** In minutes. */
const DAY = 24 * 60;

const CASES: readonly (readonly [AlarmName, situation: string, readonly Value[], AlarmState])[] = [
  ['ApiErrors', 'an error in each of two periods', at(1, 1, 6), 'ALARM'],
  ['ApiErrors', 'twenty errors in one period', everyMinute(4, 5), 'OK'],

  ['WebhooksRejected', 'ten rejected webhooks in ten minutes', everyMinute(10, 1), 'ALARM'],
  ['WebhooksRejected', 'two requests of a stranger', everyMinute(2, 1), 'OK'],

  ['QuarantineNotEmpty', 'a malformed body half an hour ago', at(1, 30), 'ALARM'],
  ['QuarantineNotEmpty', 'a malformed body two hours ago', at(1, 120), 'OK'],

  ['WebhooksSilent', 'E9 20 of 20 statuses without a webhook', everyMinute(20, 1), 'ALARM'],
  ['WebhooksSilent', 'E9 three of six hours without any webhook', mixed(60, 60), 'ALARM'],
  ['WebhooksSilent', 'a third of the statuses without a webhook', mixed(40, 80), 'OK'],
  ['WebhooksSilent', 'a lost webhook in each of six hours', at(1, 10, 70, 130, 190, 250, 310), 'unchanged'],
  ['WebhooksSilent', '19 of 19 statuses without a webhook', everyMinute(19, 1), 'unchanged'],
  ['WebhooksSilent', 'a night without orders', [], 'unchanged'],

  ['NoWebhooks', 'E9 one status a day for two days, without a webhook', at(1, 60, DAY + 60), 'ALARM'],
  ['NoWebhooks', 'one lost webhook', at(1, 60), 'OK'],
  ['NoWebhooks', 'one webhook in two days', [...at(1, 60, 120, DAY + 60), ...at(0, DAY + 120)], 'OK'],
  ['NoWebhooks', 'two days without orders', [], 'OK'],

  ['WebhookLoss', '20 of 80 statuses without a webhook', mixed(20, 60), 'ALARM'],
  ['WebhookLoss', 'a few more than a fifth without a webhook', mixed(11, 40), 'ALARM'],
  ['WebhookLoss', 'a fifth of 50 without a webhook: the percentile is 0.2', mixed(10, 40), 'OK'],
  ['WebhookLoss', '8 of 80 statuses without a webhook', mixed(8, 72), 'OK'],
  ['WebhookLoss', '49 of 49 statuses without a webhook', everyMinute(49, 1), 'unchanged'],

  ['ItemsOverdue', 'five overdue items in an hour', everyMinute(5, 1), 'ALARM'],
  ['ItemsOverdue', 'four overdue items in an hour', everyMinute(4, 1), 'OK'],

  ['GivenUp', 'a webhook that was given up', at(1, 20), 'ALARM'],
  ['GivenUp', 'nothing given up', [], 'OK'],

  ['ProviderFailing', 'one order that stays without an answer, and no other check', at(1, 1, 16), 'ALARM'],
  [
    'ProviderFailing',
    'half of the checks of half an hour',
    [...at(1, 1, 11, 21), ...at(0, 2, 12, 22)],
    'ALARM',
  ],
  [
    'ProviderFailing',
    'one order without an answer among others',
    [...at(1, 1, 16), ...at(0, 2, 9, 20)],
    'OK',
  ],
  ['ProviderFailing', 'failed checks that the next one makes good', at(0, 1, 6, 11), 'OK'],
  ['ProviderFailing', 'silence', [], 'unchanged'],
  ['ProviderFailing', 'a successful check after silence', at(0, 1), 'OK'],

  ['LoginRejected', 'one rejected login', at(1, 1), 'ALARM'],
  ['LoginRejected', 'successful logins', at(0, 1, 2), 'OK'],

  ['DispatchLag', 'a consumer that was off for six minutes', at(360_000, 1), 'ALARM'],
  ['DispatchLag', 'a minute of throttling', at(60_000, 1), 'OK'],

  ['PublicationLag', 'a consumer that was off for six minutes', at(360_000, 1), 'ALARM'],
  ['PublicationLag', 'a minute of throttling', at(60_000, 1), 'OK'],

  ['PublishFailures', 'a rejected event that the reconciler cannot publish either', at(1, 1, 6), 'ALARM'],
  ['PublishFailures', 'a rejected event that the reconciler publishes', [...at(1, 6), ...at(0, 1)], 'OK'],

  ['DeliveryFailures', 'failed deliveries in two hours of six', at(1, 10, 100), 'ALARM'],
  ['DeliveryFailures', 'three failed attempts in an hour', at(1, 10, 11, 12), 'OK'],

  ['InvalidAttributes', 'one event that SNS dropped for a filter policy', at(1, 30), 'ALARM'],
  ['InvalidAttributes', 'no such event', at(0, 30), 'OK'],

  ['RefreshBacklog', 'a message that waits for 20 minutes', at(1200, 1), 'ALARM'],
  ['RefreshBacklog', 'a message that failed once and is received again after 6 minutes', at(361, 1), 'OK'],

  ['WatchesFailed', 'one failed watch', at(1, 1), 'ALARM'],
  ['WatchesFailed', 'no failed watch', at(0, 1), 'OK'],
  ['WatchesTimedOut', 'one watch that ran for a year', at(1, 1), 'ALARM'],
  ['WatchesTimedOut', 'no such watch', at(0, 1), 'OK'],
  ['WatchesAborted', 'one watch that somebody stopped', at(1, 1), 'ALARM'],
  ['WatchesAborted', 'no such watch', at(0, 1), 'OK'],

  ['OldestRescue', 'a record that is overdue by 20 minutes', at(1200, 1), 'ALARM'],
  ['OldestRescue', 'a reconciler that does not run', [], 'ALARM'],
  ['OldestRescue', 'runs that find nothing due', at(0, 1, 6, 11), 'OK'],

  ['RecordsParked', 'a record that was parked 20 hours ago', at(1, 20 * 60), 'ALARM'],
  ['RecordsParked', 'a record that was parked 25 hours ago', at(1, 25 * 60), 'OK'],

  ['Throttles', 'twenty throttled calls in each of three periods', at(20, 1, 6, 11), 'ALARM'],
  ['Throttles', 'a burst with a hundred throttled calls', at(100, 1), 'OK'],

  ['RefreshDeadLetters', 'one message', at(1, 1), 'ALARM'],
  ['RefreshDeadLetters', 'an empty queue', at(0, 1), 'OK'],
  ['DispatchFailures', 'one message', at(1, 1), 'ALARM'],
  ['DispatchFailures', 'an empty queue', at(0, 1), 'OK'],
  ['PublicationFailures', 'one message', at(1, 1), 'ALARM'],
  ['PublicationFailures', 'an empty queue', at(0, 1), 'OK'],
  ['MissedRuns', 'one message', at(1, 1), 'ALARM'],
  ['MissedRuns', 'an empty queue', at(0, 1), 'OK'],

  ['Spend', '20,000 orders in a day with 7 checks each', [[60, 20_000 * 7]], 'ALARM'],
  ['Spend', '10,000 orders in a day with 7 checks each', [[60, 10_000 * 7]], 'OK'],

  ['TooManyChecks', 'a watch that hands over after 500 checks', at(500, 1), 'ALARM'],
  ['TooManyChecks', 'a provider outage of a week and three items', at(180 + 3 * 24, 1), 'OK'],
];

describe('evaluateAlarm', () => {
  it.each(CASES)('%s with %s', (name, _, values, state) => {
    const alarm = alarmNamed(name);
    expect(evaluateAlarm(alarm, samplesFor(alarm, values), NOW)).toBe(state);
  });

  it.each(ALARM_NAMES)('has a case that %s reaches, and one that it does not reach', (name) => {
    const states = CASES.filter(([candidate]) => candidate === name).map(([, , , state]) => state);
    expect(states).toEqual(expect.arrayContaining(['ALARM', 'OK']));
  });

  it('ignores samples with other dimensions', () => {
    const alarm = alarmNamed('LoginRejected');
    const [sample] = samplesFor(alarm, at(1, 1));
    if (!sample) throw new Error('No sample');
    const elsewhere = { ...sample, dimensions: { service: 'check-order' } };
    expect(evaluateAlarm(alarm, [sample], NOW)).toBe('ALARM');
    expect(evaluateAlarm(alarm, [elsewhere], NOW)).toBe('OK');
  });
});
