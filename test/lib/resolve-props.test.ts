import { Duration, Lazy, RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import type { OrderTrackerProps, OrderTrackerSettings } from '../../lib/index.ts';
import { resolveProps } from '../../lib/resolve-props.ts';
import { errorOf } from './error-of.ts';

const resolve = (props: Partial<OrderTrackerProps> = {}) =>
  resolveProps({ providerApplication: 'test', ...props });

/** This number of accounts. */
const accounts = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

/** This number of addresses, each as long as an IPv4 address can be. */
const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `203.0.113.${100 + (index % 100)}`);

/** This number of durations: 1, 2, 3 … minutes. */
const minutes = (count: number): Duration[] =>
  Array.from({ length: count }, (_, index) => Duration.minutes(index + 1));

describe('resolveProps', () => {
  it('needs nothing but the application', () => {
    expect(resolve()).toMatchObject({
      providerBaseUrl: 'https://sandbox.musement.com/api/v3',
      retain: true,
      logRetention: RetentionDays.ONE_MONTH,
      alarms: true,
      dashboard: true,
      refreshConcurrency: 5,
      maxChecksPerDay: 100_000,
      reconcileEvery: Duration.minutes(5),
      callerAccounts: [],
      tracing: true,
      settings: { minCheckGapInSeconds: 60, acceptLanguage: 'en-US', temporaryEvents: false },
    });
  });

  it('rejects a number where a Duration is needed, with the remedy', () => {
    // @ts-expect-error It is no Duration.
    const settings: OrderTrackerSettings = { minCheckGap: 30 };

    expect(errorOf(() => resolve({ settings })).message).toBe(
      '"settings.minCheckGap" cannot be 30: give a Duration of aws-cdk-lib. The default is 1 minute.',
    );
  });

  it.each(['en-US', 'it', '*', 'zh-Hant-TW, zh;q=0.9,*;q=0.1'])(
    'accepts the languages %s',
    (acceptLanguage) => {
      expect(resolve({ settings: { acceptLanguage } }).settings).toMatchObject({ acceptLanguage });
    },
  );

  it.each(['', 'en_US', 'italiano!', 'en\r\nX-Header: 1', 'é', 'en;q=2', 'en,', Array(11).fill('en').join()])(
    'rejects the languages %j',
    (acceptLanguage) => {
      const { property, message } = errorOf(() => resolve({ settings: { acceptLanguage } }));
      expect(property).toBe('settings.acceptLanguage');
      expect(message).toContain('such as en-US or it,en;q=0.5. The default is "en-US".');
    },
  );

  it('turns durations into settings in seconds', () => {
    const settings = {
      minCheckGap: Duration.millis(2000),
      hintChecks: [Duration.minutes(1), Duration.hours(1)],
    };

    expect(resolve({ settings }).settings).toMatchObject({
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
    ['providerApplication', undefined, 'the X-Musement-Application header'],
    ['providerApplication', '', 'the X-Musement-Application header'],
    ['providerApplication', 'a\nb', 'the X-Musement-Application header'],
    ['providerApplication', 'a'.repeat(257), 'at most 256'],
    ['logRetention', 31, '1, 3, 5, 7, 14, 30'],
    ['removalPolicy', RemovalPolicy.SNAPSHOT, 'RemovalPolicy.RETAIN or RemovalPolicy.DESTROY'],
    ['refreshConcurrency', 1, '2 to 1000'],
    ['refreshConcurrency', 2.5, 'whole number'],
    ['maxChecksPerDay', 0, '1 to 1000000000'],
    ['reconcileEvery', Duration.minutes(0), '1 to 60 whole minutes'],
    ['reconcileEvery', Duration.seconds(90), '1 minute 30 seconds: give 1 to 60 whole minutes'],
    ['reconcileEvery', Duration.hours(2), '2 hours: give 1 to 60 whole minutes'],
    ['webhookRequestsPerSecond', 0, '1 to 10000'],
    ['ordersRequestsPerSecond', -1, '1 to 10000'],
    ['callerAccounts', ['123'], 'twelve digits'],
    ['callerAccounts', accounts(41), 'at most 40 accounts, because IAM limits'],
    ['subscriberAccounts', accounts(200), 'at most 199 accounts, because SNS limits'],
    ['runbookUrl', 'docs/our runbook.md', 'without spaces'],
    ['runbookUrl', `https://wiki.example.com/${'r'.repeat(276)}`, 'at most 300'],
  ])('rejects %s %j and says what to give: %s', (property, value, remedy) => {
    const error = errorOf(() => resolve({ [property]: value }));
    expect(error.property).toBe(property);
    expect(error.message).toContain(`"${property}" cannot be `);
    expect(error.message).toContain(remedy);
  });

  it.each<[keyof OrderTrackerSettings, unknown, string]>([
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
  ])('rejects the setting %s %j and says what to give: %s', (property, value, remedy) => {
    const error = errorOf(() => resolve({ settings: { [property]: value } }));
    expect(error.property).toBe(`settings.${property}`);
    expect(error.message).toContain(`"settings.${property}" cannot be `);
    expect(error.message).toContain(remedy);
  });

  it('rejects a list with more entries than an item has scheduled checks', () => {
    const { message } = errorOf(() => resolve({ settings: { hintChecks: minutes(25) } }));

    expect(message).toMatch(
      /^"settings\.hintChecks" cannot be \[.*: give at most 24 entries\. The default is/,
    );
  });

  it('shortens a long value in its message', () => {
    const { message } = errorOf(() => resolve({ settings: { webhookSourceAddresses: addresses(240) } }));

    expect(message).toContain('… (3841 characters): give fewer addresses');
    expect(message.length).toBeLessThan(600);
  });

  it('counts an account that is given twice once', () => {
    expect(resolve({ callerAccounts: [...accounts(40), ...accounts(40)] }).callerAccounts).toEqual(
      accounts(40),
    );
  });

  describe('with tokens', () => {
    const text = Lazy.string({ produce: () => 'later' });
    const number = Token.asNumber({ resolve: () => 7 });

    it.each<[keyof OrderTrackerProps, unknown]>([
      ['providerApplication', text],
      ['providerBaseUrl', text],
      ['runbookUrl', text],
      ['refreshConcurrency', number],
      ['logRetention', number],
      ['callerAccounts', ['012345678901', text]],
      ['subscriberAccounts', [text]],
    ])('accepts one as %s', (property, value) => {
      expect(resolve({ [property]: value })).toMatchObject({ [property]: value });
    });

    it.each<[keyof OrderTrackerProps, unknown, string]>([
      ['maxChecksPerDay', number, 'known at synthesis'],
      ['webhookRequestsPerSecond', number, 'known at synthesis'],
      ['reconcileEvery', Duration.minutes(number), 'a token: give 1 to 60 whole minutes'],
      ['callerAccounts', Token.asList({ resolve: () => ['012345678901'] }), 'a list of known length'],
      [
        'settings',
        { minCheckGap: Duration.seconds(number) },
        'a token: give a value that is known at synthesis',
      ],
      ['settings', { hintChecks: [Duration.seconds(number)] }, 'give a value that is known at synthesis'],
      ['settings', { acceptLanguage: text }, 'a token: give a value that is known at synthesis'],
    ])('rejects one as %s, with which something is calculated', (property, value, remedy) => {
      expect(errorOf(() => resolve({ [property]: value })).message).toContain(remedy);
    });
  });
});
