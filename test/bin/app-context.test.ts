import { readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { CONTEXT_KEYS, readContext } from '../../bin/app-context.ts';
import { nearestName } from '../../bin/nearest-name.ts';
import { stackFromContext } from '../../bin/stack-from-context.ts';
import { errorOf } from '../lib/error-of.ts';
import { testApp } from '../lib/synthesize.ts';

describe('readContext', () => {
  const seconds = (...values: number[]) => values.map((value) => Duration.seconds(value));

  it.each([
    ['providerApplication', 'abc', { providerApplication: 'abc' }],
    ['environment', 'staging', { environment: 'staging' }],
    ['refreshConcurrency', '12', { refreshConcurrency: 12 }],
    ['refreshConcurrency', 12, { refreshConcurrency: 12 }],
    ['production', 'true', { production: true }],
    ['logRetentionInDays', '7', { logRetention: 7 }],
    ['reconcileEveryInMinutes', 3, { reconcileEvery: Duration.minutes(3) }],
    ['production', false, { production: false }],
    ['followUps', 'false', { settings: { followUps: false } }],
    ['acceptLanguage', 'it, en;q=0.5', { settings: { acceptLanguage: 'it, en;q=0.5' } }],
    ['callerAccounts', '012345678901,123456789012', { callerAccounts: ['012345678901', '123456789012'] }],
    ['callerAccounts', '["012345678901"]', { callerAccounts: ['012345678901'] }],
    ['refreshDelayInSeconds', '0', { settings: { refreshDelay: Duration.seconds(0) } }],
    ['minCheckGapInSeconds', 5, { settings: { minCheckGap: Duration.seconds(5) } }],
    ['voucherChecksInSeconds', '30,60, 90', { settings: { voucherChecks: seconds(30, 60, 90) } }],
    ['voucherChecksInSeconds', '[30,60]', { settings: { voucherChecks: seconds(30, 60) } }],
    ['hintChecksInSeconds', [300], { settings: { hintChecks: seconds(300) } }],
    ['@acme/tool:flag', 1, {}],
    ['acme:flag', 1, {}],
    ['cli-telemetry', false, {}],
  ])('reads %s, given as %j, and ignores keys of other tools', (key, given, expected) => {
    expect(readContext(testApp({ [key]: given }).node)).toEqual(expected);
  });

  it.each([
    ['refreshConcurrency', 'many', 'give a number'],
    ['refreshConcurrency', '', 'give a number'],
    ['production', 'yes', 'give true or false'],
    ['minCheckGapInSeconds', 'long', 'give a number of seconds'],
    ['minCheckGapInSeconds', '-1', 'give a number of seconds'],
    ['voucherChecksInSeconds', '30,soon', 'give numbers of seconds separated by commas'],
    ['voucherChecksInSeconds', '[30', 'give numbers of seconds separated by commas'],
    ['callerAccounts', '[1]', 'give strings separated by commas'],
    ['environment', 7, 'give a string'],
  ])('rejects %s, given as %j: %s', (key, given, remedy) => {
    const { message } = errorOf(() => readContext(testApp({ [key]: given }).node));
    expect(message).toContain(`"${key}" cannot be ${JSON.stringify(given)}`);
    expect(message).toContain(remedy);
  });

  it.each([
    ['Environment', 'environment'],
    ['ENVIRONMENT', 'environment'],
    ['enviroment', 'environment'],
    ['environemnt', 'environment'],
    ['environments', 'environment'],
    ['env', 'environment'],
    ['prod', 'production'],
    ['prodution', 'production'],
    ['provider-application', 'providerApplication'],
    ['provider_application', 'providerApplication'],
    ['providerAplication', 'providerApplication'],
    ['providerUrl', 'providerBaseUrl'],
    ['refreshConcurency', 'refreshConcurrency'],
    ['minCheckGap', 'minCheckGapInSeconds'],
    ['minCheckGapSeconds', 'minCheckGapInSeconds'],
    ['minCheckGapInMinutes', 'minCheckGapInSeconds'],
    ['reconcileEveryInSeconds', 'reconcileEveryInMinutes'],
    ['webhookRequestsPerMinute', 'webhookRequestsPerSecond'],
    ['voucherCheckInSeconds', 'voucherChecksInSeconds'],
    ['hintChecks', 'hintChecksInSeconds'],
    ['followups', 'followUps'],
    ['follow-up', 'followUps'],
    ['logRetention', 'logRetentionInDays'],
    ['retention', 'logRetentionInDays'],
    ['traceing', 'tracing'],
    ['callerAccount', 'callerAccounts'],
    ['subscriberAcounts', 'subscriberAccounts'],
    ['runbookURL', 'runbookUrl'],
    ['maxChecksPerDays', 'maxChecksPerDay'],
  ])('takes %s for a misspelled %s', (key, nearest) => {
    expect(nearestName(key, CONTEXT_KEYS)).toBe(nearest);
  });

  it('rejects a misspelled key, and names the nearest one', () => {
    const { property, message } = errorOf(() => readContext(testApp({ enviroment: 'production' }).node));

    expect(property).toBe('enviroment');
    expect(message).toBe(
      '"enviroment" cannot be "production": this app has no such context key. Did you mean environment? ' +
        'If it is a key of your own, give it a prefix, such as "acme:enviroment".',
    );
  });

  it("leaves a company's own keys alone, and those of other tools", () => {
    const words =
      'team owner customer order webhook project product products application app account accounts region stage ' +
      'tenant costCenter cost-center cost_center domain domainName vpcId subnetIds tags component service version ' +
      'branch commit buildNumber config training repository qualifier prefix suffix stack stackName hostedZoneId ' +
      'certificateArn pipeline timeout imageTag department contact email slackChannel x T ' +
      'acme:environment @acme/environment acme.environment aws:cdk:environment';
    const context = Object.fromEntries(words.split(' ').map((key) => [key, 'x']));

    expect(readContext(testApp(context).node)).toEqual({});
  });

  it.each(CONTEXT_KEYS)('takes every mistake in one letter of %s for a misspelled key', (key) => {
    const mistakes = [...key].flatMap((letter, index) => [
      key.slice(0, index) + key.slice(index + 1),
      `${key.slice(0, index)}q${key.slice(index)}`,
      `${key.slice(0, index)}${letter === 'q' ? 'x' : 'q'}${key.slice(index + 1)}`,
      key.slice(0, index) + key.slice(index + 1, index + 2) + letter + key.slice(index + 2),
    ]);

    for (const mistake of mistakes.filter((one) => one !== key)) {
      expect(nearestName(mistake, CONTEXT_KEYS)).toBe(key);
    }
  });
});

describe('stackFromContext', () => {
  it.each([
    ['minCheckGapInSeconds', '0', '"0": give at least 1 s. The default is 1 minute.'],
    ['providerTimeoutInSeconds', 2.3, '2.3: give whole seconds. The default is 5 seconds.'],
    ['hintChecksInSeconds', '5,20.5', '"5,20.5": give whole seconds. The default is [5 seconds, '],
    ['reconcileEveryInMinutes', '61', '"61": give 1 to 60 whole minutes.'],
    ['logRetentionInDays', 31, '31: give one of 1, 3, 5, 7, 14, 30,'],
    ['refreshConcurrency', '1', '"1": give a whole number from 2 to 1000.'],
    ['environment', 'Production', '"Production": use at most 20 lower-case letters'],
    ['environment', 'a'.repeat(21), 'use at most 20 lower-case letters'],
  ])('names the context key %s, given as %j, in the error of a property', (key, given, text) => {
    const context = { providerApplication: 'test', [key]: given };
    const { property, message } = errorOf(() => stackFromContext(testApp(context)));

    expect(property).toBe(key);
    expect(message).toContain(`"${key}" cannot be `);
    expect(message).toContain(text);
  });
});

it('docs/settings.md lists every context key once, and no other', () => {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  const tables = page.slice(0, page.indexOf('\n## Limits'));
  const rows = [...tables.matchAll(/^\| (?:`\w+` \| )?`(\w+)` \| [^|]+ \| [^|]+ \|$/gm)];

  expect(rows.map(([, key]) => key).toSorted()).toEqual(CONTEXT_KEYS.toSorted());
});
