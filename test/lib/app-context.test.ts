import { readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { CONTEXT_KEYS, readContext } from '../../lib/app-context.ts';
import { InvalidPropertyError } from '../../lib/invalid-property-error.ts';
import { type OrderTrackerProps, resolveProps } from '../../lib/order-tracker-props.ts';
import { testApp } from './synthesize.ts';

const resolve = (props: Partial<OrderTrackerProps> = {}) =>
  resolveProps({ providerApplication: 'test', ...props });

describe('readContext', () => {
  const seconds = (...values: number[]) => values.map((value) => Duration.seconds(value));

  it.each([
    ['providerApplication', 'abc', { providerApplication: 'abc' }],
    ['environment', 'staging', { environment: 'staging' }],
    ['refreshConcurrency', '12', { refreshConcurrency: 12 }],
    ['refreshConcurrency', 12, { refreshConcurrency: 12 }],
    ['production', 'true', { production: true }],
    ['production', false, { production: false }],
    ['followUps', 'false', { followUps: false }],
    ['callerAccounts', '012345678901,123456789012', { callerAccounts: ['012345678901', '123456789012'] }],
    ['callerAccounts', '["012345678901"]', { callerAccounts: ['012345678901'] }],
    ['refreshDelayInSeconds', '0', { refreshDelay: Duration.seconds(0) }],
    ['minCheckGapInSeconds', 5, { minCheckGap: Duration.seconds(5) }],
    ['voucherChecksInSeconds', '30,60, 90', { voucherChecks: seconds(30, 60, 90) }],
    ['voucherChecksInSeconds', '[30,60]', { voucherChecks: seconds(30, 60) }],
    ['hintChecksInSeconds', [300], { hintChecks: seconds(300) }],
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
    ['refreshConcurency', '12', 'The keys are environment, providerApplication'],
    ['minCheckGap', '12', 'The keys are environment, providerApplication'],
    ['Environment', 'production', 'The keys are environment, providerApplication'],
    ['provider-application', 'abc', 'The keys are environment, providerApplication'],
  ])('rejects %s, given as %j: %s', (key, given, remedy) => {
    const read = () => readContext(testApp({ [key]: given }).node);
    expect(read).toThrow(InvalidPropertyError);
    expect(read).toThrow(`"${key}" cannot be ${JSON.stringify(given)}`);
    expect(read).toThrow(remedy);
  });

  it('names the context key of a setting that is out of range', () => {
    const message = '"minCheckGapInSeconds" cannot be 0: give at least 1 s. The default is 60.';
    expect(() => readContext(testApp({ minCheckGapInSeconds: '0' }).node)).toThrow(message);
  });
});

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
const rows = page.matchAll(/^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$/gm);
const documented = new Map([...rows].map(([, key = '', byDefault = '']) => [key, byDefault]));

it('docs/settings.md lists every context key, and no other', () => {
  expect([...documented.keys()].toSorted()).toEqual(CONTEXT_KEYS.toSorted());
});

it.each(Object.entries(resolve().settings).filter(([key]) => key.endsWith('InSeconds')))(
  'docs/settings.md gives the default of %s, %j',
  (key, byDefault) => {
    expect(documented.get(key)).toBe(String(byDefault));
  },
);

describe('resolveProps', () => {
  it('needs nothing but the application', () => {
    expect(resolve()).toMatchObject({
      environment: 'sandbox',
      eventSource: 'urn:musement-order-tracker:sandbox',
      providerBaseUrl: 'https://sandbox.musement.com/api/v3',
      production: false,
      logRetentionInDays: 30,
      refreshConcurrency: 5,
      maxChecksPerDay: 100_000,
      reconcileEveryInMinutes: 5,
      callerAccounts: [],
      tracing: true,
      settings: { minCheckGapInSeconds: 60, temporaryEvents: false },
    });
  });

  it('turns durations into settings in seconds', () => {
    const hintChecks = [Duration.minutes(1), Duration.hours(1)];
    const props = { minCheckGap: Duration.millis(1500), hintChecks };
    expect(resolve(props).settings).toMatchObject({
      minCheckGapInSeconds: 1.5,
      hintChecksInSeconds: [60, 3600],
      rereadGapInSeconds: 60,
    });
  });

  it.each([
    ['https://api.musement.com/api/v3/', 'https://api.musement.com/api/v3'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://localhost:4010/api/v3', 'http://localhost:4010/api/v3'],
    ['http://[::1]:4010', 'http://[::1]:4010'],
  ])('accepts %s as the base URL', (given, expected) => {
    expect(resolve({ providerBaseUrl: given }).providerBaseUrl).toBe(expected);
  });

  it.each<[keyof OrderTrackerProps, unknown, string]>([
    ['providerBaseUrl', 'http://api.musement.com/api/v3', 'HTTPS'],
    ['providerBaseUrl', 'http://127.0.0.1.example.com', 'HTTPS'],
    ['providerBaseUrl', 'http://localhost.example.com', 'HTTPS'],
    ['providerBaseUrl', 'https://user:secret@api.musement.com', 'HTTPS'],
    ['providerBaseUrl', 'https://api.musement.com/api/v3?a=b', 'HTTPS'],
    ['providerBaseUrl', 'https://api.musement.com/api/v3?', 'HTTPS'],
    ['providerBaseUrl', 'https://api.musement.com/api/v3#', 'HTTPS'],
    ['providerBaseUrl', ' https://api.musement.com/api/v3\n', 'HTTPS'],
    ['providerBaseUrl', 'http://127.0.0.1@api.musement.com/api/v3', 'HTTPS'],
    ['providerBaseUrl', 'http://[::ffff:192.0.2.1]/api/v3', 'HTTPS'],
    ['providerBaseUrl', 'http://169.254.169.254/latest', 'HTTPS'],
    ['providerBaseUrl', 'http://0.0.0.0', 'HTTPS'],
    ['providerBaseUrl', 'file:///etc/passwd', 'HTTPS'],
    ['providerBaseUrl', 'ftp://127.0.0.1', 'HTTPS'],
    ['providerBaseUrl', 'sandbox', 'HTTPS'],
    ['providerApplication', undefined, '-c providerApplication='],
    ['providerApplication', '', '-c providerApplication='],
    ['providerApplication', 'a\nb', '-c providerApplication='],
    ['environment', 'Production', 'lower-case'],
    ['environment', 'a'.repeat(21), 'at most 20'],
    ['logRetentionInDays', 31, '30'],
    ['logRetentionInDays', 9999, '30'],
    ['refreshConcurrency', 1, '2 to 1000'],
    ['refreshConcurrency', 2.5, 'whole number'],
    ['maxChecksPerDay', 0, '1 to 1000000000'],
    ['reconcileEveryInMinutes', 0, '1 to 60'],
    ['webhookRequestsPerSecond', 0, '1 to 10000'],
    ['ordersRequestsPerSecond', -1, '1 to 10000'],
    ['callerAccounts', ['123'], 'twelve digits'],
    ['webhookSourceAddresses', ['203.0.113.0/33'], 'must be an address'],
    ['minCheckGap', Duration.seconds(0), '0 seconds: give at least 1 s. The default is 1 minute.'],
    ['voucherChecks', [], '[]: give at least one entry. The default is [30 seconds, 1 minute, 2 minutes, '],
    ['hintChecks', [Duration.minutes(1), Duration.seconds(0)], '[1 minute, 0 seconds]: give at least 1 s.'],
    [
      'refreshDelay',
      Duration.seconds(901),
      '15 minutes 1 second: give at most 900 s. The default is 1 second.',
    ],
    ['refreshDelay', Duration.millis(1500), '1 second 500 millis: give whole seconds.'],
    ['providerTimeout', Duration.seconds(11), '11 seconds: give at most 10 s. The default is 5 seconds.'],
    ['webhookOverlap', Duration.days(15), '15 days: give at most 1209600 s. The default is 1 day.'],
  ])('rejects %s %j and says what to give: %s', (property, value, remedy) => {
    const resolved = () => resolve({ [property]: value });
    expect(resolved).toThrow(InvalidPropertyError);
    expect(resolved).toThrow(`"${property}" cannot be `);
    expect(resolved).toThrow(remedy);
  });
});
