import { describe, expect, it } from 'vitest';
import { readContext } from '../../lib/app-context.ts';
import { InvalidPropertyError, type OrderTrackerProps, resolveProps } from '../../lib/order-tracker-props.ts';
import { testApp } from './synthesize.ts';

const resolve = (props: Partial<OrderTrackerProps> = {}) =>
  resolveProps({ providerApplication: 'test', ...props });

const refusal = (act: () => unknown): InvalidPropertyError => {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidPropertyError) return error;
    throw error;
  }
  throw new Error('Nothing was refused');
};

describe('reading the context', () => {
  it.each([
    ['providerApplication', 'abc', 'abc'],
    ['environment', 'staging', 'staging'],
    ['refreshConcurrency', '12', 12],
    ['refreshConcurrency', 12, 12],
    ['gatherInSeconds', '0', 0],
    ['production', 'true', true],
    ['production', false, false],
    ['careEnabled', 'false', false],
    ['voucherChecksInSeconds', '30,60, 90', [30, 60, 90]],
    ['voucherChecksInSeconds', '[30,60]', [30, 60]],
    ['hintSlowRetriesInSeconds', [300], [300]],
    ['hintQuickRetriesInSeconds', '[]', []],
    ['callerAccounts', '012345678901,123456789012', ['012345678901', '123456789012']],
    ['callerAccounts', '["012345678901"]', ['012345678901']],
  ])('%s given as %j is %j', (key, given, expected) => {
    expect(readContext(testApp({ [key]: given }).node)).toEqual({ [key]: expected });
  });

  it('leaves alone what belongs to tools', () => {
    const context = { '@acme/tool:flag': 1, 'acme:flag': 1, 'cli-telemetry': false };

    expect(readContext(testApp(context).node)).toEqual({});
  });

  it.each([
    ['refreshConcurrency', 'many', 'give a number'],
    ['refreshConcurrency', '', 'give a number'],
    ['production', 'yes', 'give true or false'],
    ['voucherChecksInSeconds', '30,soon', 'give numbers separated by commas'],
    ['voucherChecksInSeconds', '[30', 'give numbers separated by commas'],
    ['callerAccounts', '[1]', 'give texts separated by commas'],
    ['environment', 7, 'give a text'],
    ['refreshConcurency', '12', 'known are environment, providerApplication'],
    ['Environment', 'production', 'known are environment, providerApplication'],
    ['provider-application', 'abc', 'known are environment, providerApplication'],
  ])('refuses %s given as %j: %s', (key, given, remedy) => {
    const { message } = refusal(() => readContext(testApp({ [key]: given }).node));

    expect(message).toContain(`"${key}" cannot be ${JSON.stringify(given)}`);
    expect(message).toContain(remedy);
  });
});

describe('properties', () => {
  it('need nothing but the application', () => {
    expect(resolve()).toMatchObject({
      environment: 'sandbox',
      eventSource: 'urn:musement-order-tracker:sandbox',
      providerBaseUrl: 'https://sandbox.musement.com/api/v3',
      production: false,
      logRetentionInDays: 30,
      refreshConcurrency: 5,
      mostChecksADay: 100_000,
      reconcileEveryInMinutes: 5,
      callerAccounts: [],
      tracing: true,
      settings: { smallestGapInSeconds: 60, temporaryEvents: false },
    });
  });

  it('pass on settings that differ from their default', () => {
    expect(resolve({ smallestGapInSeconds: 5 }).settings).toMatchObject({
      smallestGapInSeconds: 5,
      witnessGapInSeconds: 60,
    });
  });

  it.each([
    ['https://api.musement.com/api/v3/', 'https://api.musement.com/api/v3'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://localhost:4010/api/v3', 'http://localhost:4010/api/v3'],
    ['http://[::1]:4010', 'http://[::1]:4010'],
  ])('accept %s as the base URL', (given, expected) => {
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
    ['webhookOverlapInSeconds', 14 * 86_400 + 1, '1209600'],
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
    ['mostChecksADay', 0, '1 to 1000000000'],
    ['reconcileEveryInMinutes', 0, '1 to 60'],
    ['webhookRequestsPerSecond', 0, '1 to 10000'],
    ['ordersRequestsPerSecond', -1, '1 to 10000'],
    ['callerAccounts', ['123'], 'twelve digits'],
    ['smallestGapInSeconds', 0, 'Its default is 60'],
    ['voucherChecksInSeconds', [], 'Its default is [30,'],
    ['hintQuickRetriesInSeconds', [5, 901], '900'],
    ['providerTimeoutInSeconds', 11, '10'],
  ])('refuse %s %j and tell what to give: %s', (property, value, remedy) => {
    const error = refusal(() => resolve({ [property]: value }));

    expect(error.property).toBe(property);
    expect(error.message).toContain(`"${property}" cannot be `);
    expect(error.message).toContain(remedy);
  });
});
