import { Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { type PartialSettings, type Settings, settingsSchema } from '../lambdas/contracts/settings.ts';

/** Where and how a tracker runs, and whatever of {@link PartialSettings} differs from its default. */
export interface OrderTrackerProps extends PartialSettings {
  /**
   * Value of the `X-Musement-Application` header, which Musement gives to every partner.
   */
  readonly providerApplication: string;

  /**
   * Name of this deployment, part of the stack's name and of the events' `source`: lower-case letters,
   * digits and hyphens, at most 20.
   * @default 'sandbox'
   */
  readonly environment?: string;

  /**
   * Base URL of the provider's API: HTTPS, or HTTP on a loopback address.
   * @default 'https://sandbox.musement.com/api/v3'
   */
  readonly providerBaseUrl?: string;

  /**
   * Whether data outlives the stack: table, secrets and logs are retained, and table and stack are
   * protected against deletion.
   * @default - true when `environment` is 'production'
   */
  readonly production?: boolean;

  /**
   * How long logs are kept, one of the periods that CloudWatch Logs knows.
   * @default 30
   */
  readonly logRetentionInDays?: number;

  /**
   * How many batches of orders are refreshed at once, 2 to 1,000: the bound of how hard hints make us ask
   * the provider.
   * @default 5
   */
  readonly refreshConcurrency?: number;

  /**
   * How often the reconciler looks for what is due and was not done, 1 to 60.
   * @default 5
   */
  readonly reconcileEveryInMinutes?: number;

  /**
   * More checks of items a day than this raise the alarm `Spend`, 1 to 1,000,000,000. Each is three state transitions
   * of Step Functions, so that 100,000 cost $7.50.
   * @default 100_000
   */
  readonly mostChecksADay?: number;

  /**
   * Webhooks accepted a second, on average; twice as many in a burst. More are answered with 429, and sent
   * again by the provider.
   * @default 100
   */
  readonly webhookRequestsPerSecond?: number;

  /**
   * Requests to `/orders` accepted a second, on average; twice as many in a burst.
   * @default 50
   */
  readonly ordersRequestsPerSecond?: number;

  /**
   * Other AWS accounts whose principals may call `/orders`, by a role made for them.
   * @default - only this account's principals that are allowed `execute-api:Invoke`
   */
  readonly callerAccounts?: readonly string[];

  /**
   * Where the runbook is, for the links in alarms and dashboard. Each alarm's name is a heading of it.
   * @default 'docs/runbook.md' - its place in this repository
   */
  readonly runbookUrl?: string;

  /**
   * Whether queries for people on call are saved in CloudWatch Logs Insights. To be switched off where
   * CloudFormation does not know `AWS::Logs::QueryDefinition`.
   * @default true
   */
  readonly savedQueries?: boolean;

  /**
   * Other AWS accounts that may subscribe to the topic of final statuses.
   * @default - only this account's principals that are allowed `sns:Subscribe`
   */
  readonly subscriberAccounts?: readonly string[];

  /**
   * Whether table, topics, queues, secrets and logs are encrypted with a key of this account, which is made for
   * them, instead of keys of AWS.
   * @default false
   */
  readonly customerManagedKey?: boolean;

  /**
   * Whether requests are traced with AWS X-Ray.
   * @default true
   */
  readonly tracing?: boolean;
}

/** {@link OrderTrackerProps}, checked and with every default filled in. */
export interface ResolvedProps extends Readonly<Required<Omit<OrderTrackerProps, keyof Settings>>> {
  /** CloudEvents `source` of everything that is published. */
  readonly eventSource: string;
  readonly settings: Settings;
}

/** Thrown when a property, or the context key of the same name, cannot be used. */
export class InvalidPropertyError extends Error {
  override readonly name = 'InvalidPropertyError';
  readonly property: string;

  constructor(property: string, value: unknown, remedy: string) {
    super(`"${property}" cannot be ${JSON.stringify(value) ?? 'undefined'}: ${remedy}`);
    this.property = property;
  }
}

/** Musement's sandbox: a first deployment never touches real bookings. */
export const SANDBOX_BASE_URL = 'https://sandbox.musement.com/api/v3';

/** Where real bookings are. */
export const PRODUCTION_BASE_URL = 'https://api.musement.com/api/v3';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const parseUrl = (value: string): URL | undefined => (URL.canParse(value) ? new URL(value) : undefined);

const checkBaseUrl = (value: string): string => {
  const url = parseUrl(value);
  // Credentials and bearer tokens travel there, so plain HTTP must not leave the machine.
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  // Paths are appended to the value as it is: behind `?` or `#`, even an empty one, they would go nowhere.
  if (!url || !safe || url.username || url.password || /[?#\s]/.test(value)) {
    const remedy = `give an HTTPS URL without credentials, query or fragment, such as ${SANDBOX_BASE_URL} (plain HTTP on a loopback address only).`;
    throw new InvalidPropertyError('providerBaseUrl', value, remedy);
  }
  return value.replace(/\/+$/, '');
};

const checkText = (property: string, value: unknown, pattern: RegExp, remedy: string): string => {
  // A value that is known at deployment only can be checked by nobody here.
  if (typeof value === 'string' && (Token.isUnresolved(value) || pattern.test(value))) return value;
  throw new InvalidPropertyError(property, value, remedy);
};

const checkInteger = (property: string, value: number, minimum: number, maximum: number): number => {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new InvalidPropertyError(property, value, `give a whole number from ${minimum} to ${maximum}.`);
};

const RETENTION_PERIODS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

const checkRetention = (value: number): number => {
  if (RETENTION_PERIODS.includes(value)) return value;
  throw new InvalidPropertyError('logRetentionInDays', value, `give one of ${RETENTION_PERIODS.join(', ')}.`);
};

const checkAccounts = (property: string, accounts: readonly string[] = []): readonly string[] =>
  accounts.map((account) =>
    checkText(property, account, /^\d{12}$/, 'give account numbers of twelve digits.'),
  );

const resolveSettings = (props: OrderTrackerProps): Settings => {
  const result = z.safeParse(settingsSchema, props, { error: en().localeError });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const property = String(issue?.path[0]) as keyof Settings;
  const remedy = `${issue?.message}. Its default is ${JSON.stringify(z.parse(settingsSchema, {})[property])}.`;
  throw new InvalidPropertyError(property, props[property], remedy);
};

/**
 * Checks properties and fills in defaults.
 * @throws {InvalidPropertyError} naming property, value and remedy.
 */
export const resolveProps = (props: OrderTrackerProps): ResolvedProps => {
  const environment = checkText(
    'environment',
    props.environment ?? 'sandbox',
    /^[a-z][a-z0-9-]{0,19}$/,
    'use lower-case letters, digits and hyphens, at most 20, the first a letter.',
  );
  return {
    environment,
    eventSource: `urn:musement-order-tracker:${environment}`,
    providerApplication: checkText(
      'providerApplication',
      props.providerApplication,
      /^[!-~]+( [!-~]+)*$/,
      'give the value of the X-Musement-Application header that Musement assigned to you (cdk deploy -c providerApplication=<value>).',
    ),
    providerBaseUrl: checkBaseUrl(props.providerBaseUrl ?? SANDBOX_BASE_URL),
    production: props.production ?? environment === 'production',
    logRetentionInDays: checkRetention(props.logRetentionInDays ?? RetentionDays.ONE_MONTH),
    // Fewer than 2 is refused by Lambda.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency
    refreshConcurrency: checkInteger('refreshConcurrency', props.refreshConcurrency ?? 5, 2, 1000),
    reconcileEveryInMinutes: checkInteger(
      'reconcileEveryInMinutes',
      props.reconcileEveryInMinutes ?? 5,
      1,
      60,
    ),
    mostChecksADay: checkInteger('mostChecksADay', props.mostChecksADay ?? 100_000, 1, 1_000_000_000),
    // 10,000 requests a second are what API Gateway allows an account by default.
    webhookRequestsPerSecond: checkInteger(
      'webhookRequestsPerSecond',
      props.webhookRequestsPerSecond ?? 100,
      1,
      10_000,
    ),
    ordersRequestsPerSecond: checkInteger(
      'ordersRequestsPerSecond',
      props.ordersRequestsPerSecond ?? 50,
      1,
      10_000,
    ),
    callerAccounts: checkAccounts('callerAccounts', props.callerAccounts),
    subscriberAccounts: checkAccounts('subscriberAccounts', props.subscriberAccounts),
    customerManagedKey: props.customerManagedKey ?? false,
    runbookUrl: checkText(
      'runbookUrl',
      props.runbookUrl ?? 'docs/runbook.md',
      /^[!-~]+$/,
      'give an address without spaces, to which #<heading> can be appended.',
    ),
    savedQueries: props.savedQueries ?? true,
    tracing: props.tracing ?? true,
    settings: resolveSettings(props),
  };
};
