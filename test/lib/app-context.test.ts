import { readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { CONTEXT_KEYS, readContext } from '../../lib/app-context.ts';
import { InvalidPropertyError } from '../../lib/invalid-property-error.ts';
import { nearestName } from '../../lib/nearest-name.ts';
import { type OrderTrackerProps, resolveProps } from '../../lib/order-tracker-props.ts';
import { testApp } from './synthesize.ts';

const resolve = (props: Partial<OrderTrackerProps> = {}) =>
  resolveProps({ providerApplication: 'test', ...props });

/** So many accounts. */
const accounts = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

/** So many addresses, as long as an address of IPv4 can be. */
const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `203.0.113.${100 + (index % 100)}`);

/** After 1, 2, 3 … minutes, so many times. */
const minutes = (count: number): Duration[] =>
  Array.from({ length: count }, (_, index) => Duration.minutes(index + 1));

const errorOf = (act: () => unknown): InvalidPropertyError => {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidPropertyError) return error;
    throw error;
  }
  throw new Error('No error was thrown');
};

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
    ['acceptLanguage', 'it, en;q=0.5', { acceptLanguage: 'it, en;q=0.5' }],
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
        'If it is a key of your own, mark it, such as "acme:enviroment".',
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

  it.each([
    ['minCheckGapInSeconds', '0', '0: give at least 1 s. The default is 60.'],
    ['providerTimeoutInSeconds', '2.3', '2.3: give whole seconds. The default is 5.'],
    ['refreshDelayInSeconds', '0.5', '0.5: give whole seconds. The default is 1.'],
    ['hintChecksInSeconds', '5,20.5', '[5,20.5]: give whole seconds. The default is [5,20,80,'],
  ])('names the context key of the setting %s, given as %s', (key, given, text) => {
    const { message } = errorOf(() => readContext(testApp({ [key]: given }).node));

    expect(message).toContain(`"${key}" cannot be ${text}`);
  });
});

describe('docs/settings.md', () => {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  const rows = page.matchAll(/^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$/gm);
  const documented = new Map([...rows].map(([, key = '', byDefault = '']) => [key, byDefault]));

  it('lists every context key, and no other', () => {
    expect([...documented.keys()].toSorted()).toEqual(CONTEXT_KEYS.toSorted());
  });

  it.each(Object.entries(resolve().settings).filter(([key]) => key.endsWith('InSeconds')))(
    'gives the default of %s, %j',
    (key, byDefault) => {
      expect(documented.get(key)).toBe(String(byDefault));
    },
  );
});

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
      settings: { minCheckGapInSeconds: 60, acceptLanguage: 'en-US', temporaryEvents: false },
    });
  });

  it.each(['en-US', 'it', '*', 'zh-Hant-TW, zh;q=0.9,*;q=0.1'])(
    'accepts the languages %s',
    (acceptLanguage) => {
      expect(resolve({ acceptLanguage }).settings).toMatchObject({ acceptLanguage });
    },
  );

  it.each(['', 'en_US', 'italiano!', 'en\r\nX-Header: 1', 'é', 'en;q=2', 'en,', Array(11).fill('en').join()])(
    'rejects the languages %j',
    (acceptLanguage) => {
      const { property, message } = errorOf(() => resolve({ acceptLanguage }));
      expect(property).toBe('acceptLanguage');
      expect(message).toContain('such as en-US or it,en;q=0.5. The default is "en-US".');
    },
  );

  it('turns durations into settings in seconds', () => {
    const props = {
      minCheckGap: Duration.millis(2000),
      hintChecks: [Duration.minutes(1), Duration.hours(1)],
    };

    expect(resolve(props).settings).toMatchObject({
      minCheckGapInSeconds: 2,
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
    ['providerBaseUrl', 'https://api.example.com/caf\u00e9', 'ASCII'],
    ['providerBaseUrl', `https://api.example.com/${'a'.repeat(233)}`, 'at most 256'],
    ['providerApplication', undefined, '-c providerApplication='],
    ['providerApplication', '', '-c providerApplication='],
    ['providerApplication', 'a\nb', '-c providerApplication='],
    ['providerApplication', 'a'.repeat(257), 'at most 256'],
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
    ['callerAccounts', accounts(41), 'at most 40 accounts, because IAM limits'],
    ['subscriberAccounts', accounts(200), 'at most 199 accounts, because SNS limits'],
    ['runbookUrl', 'docs/our runbook.md', 'without spaces'],
    ['runbookUrl', `https://wiki.example.com/${'r'.repeat(276)}`, 'at most 300'],
    ['webhookSourceAddresses', ['203.0.113.0/33'], 'give addresses, or ranges'],
    ['webhookSourceAddresses', addresses(240), 'because Lambda allows 4 KB'],
    ['minCheckGap', Duration.seconds(0), '0 seconds: give at least 1 s. The default is 1 minute.'],
    ['voucherChecks', [], '[]: give at least one entry. The default is [30 seconds, 1 minute, 2 minutes, '],
    ['hintChecks', [Duration.minutes(1), Duration.seconds(0)], '[1 minute, 0 seconds]: give at least 1 s.'],
    [
      'refreshDelay',
      Duration.seconds(901),
      '15 minutes 1 second: give at most 900 s. The default is 1 second.',
    ],
    ['refreshDelay', Duration.millis(1500), '1 second 500 millis: give whole seconds.'],
    ['minCheckGap', Duration.millis(500), '500 millis: give whole seconds.'],
    ['voucherChecks', [Duration.millis(1500)], '[1 second 500 millis]: give whole seconds.'],
    [
      'hintChecks',
      [Duration.minutes(2), Duration.minutes(1)],
      '[2 minutes, 1 minute]: give times that ascend.',
    ],
    ['rereadGap', Duration.days(61), '61 days: give at most 5184000 s. The default is 1 minute.'],
    ['unpaidGrace', Duration.days(365), '365 days: give at most 5184000 s.'],
    ['defaultConfirmationTime', Duration.days(366), '366 days: give at most 31536000 s.'],
    ['retryBase', Duration.minutes(16), '16 minutes: give at most 900 s.'],
    ['rescueBackoff', Duration.hours(5), '5 hours: give at most 14400 s.'],
    ['providerTimeout', Duration.millis(2300), '2 seconds 300 millis: give whole seconds.'],
    ['providerTimeout', Duration.seconds(11), '11 seconds: give at most 10 s. The default is 5 seconds.'],
    ['webhookOverlap', Duration.days(15), '15 days: give at most 1209600 s. The default is 1 day.'],
  ])('rejects %s %j and says what to give: %s', (property, value, remedy) => {
    const error = errorOf(() => resolve({ [property]: value }));
    expect(error.property).toBe(property);
    expect(error.message).toContain(`"${property}" cannot be `);
    expect(error.message).toContain(remedy);
  });

  it('rejects a list with more entries than an item has scheduled checks', () => {
    const { message } = errorOf(() => resolve({ hintChecks: minutes(25) }));

    expect(message).toMatch(/^"hintChecks" cannot be \[.*: give at most 24 entries\. The default is/);
  });

  it('shortens a long value in its message', () => {
    const { message } = errorOf(() => resolve({ webhookSourceAddresses: addresses(240) }));

    expect(message).toContain('… (3841 characters): give fewer addresses');
    expect(message.length).toBeLessThan(600);
  });

  it('takes an account that is given twice as one', () => {
    expect(resolve({ callerAccounts: [...accounts(40), ...accounts(40)] }).callerAccounts).toEqual(
      accounts(40),
    );
  });
});
