import { Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Settings } from '../lambdas/contracts/settings.ts';
import { InvalidPropertyError } from './invalid-property-error.ts';
import { resolveTuning, type TuningProps } from './tuning-props.ts';

/** Where a tracker runs, what it is allowed, and how it checks orders. */
export interface OrderTrackerProps extends TuningProps {
  /** Value of the `X-Musement-Application` header, which Musement assigns to every partner. */
  readonly providerApplication: string;

  /**
   * Name of this deployment, part of the stack's name and of the events' `source`: at most 20 lower-case letters,
   * digits and hyphens, beginning with a letter.
   * @default 'sandbox'
   */
  readonly environment?: string;

  /**
   * Base URL of the provider's API: HTTPS, or plain HTTP on a loopback address.
   * @default 'https://sandbox.musement.com/api/v3'
   */
  readonly providerBaseUrl?: string;

  /**
   * Whether data outlives the stack: table, secrets and logs are retained, and table and stack are protected against
   * deletion.
   * @default - true when `environment` is 'production'
   */
  readonly production?: boolean;

  /**
   * How long logs are kept: one of the periods of CloudWatch Logs, such as 1, 7, 30, 90 or 365.
   * @default 30
   */
  readonly logRetentionInDays?: number;

  /**
   * How many batches of orders are refreshed at the same time, 2 to 1,000. It bounds how many requests webhooks and
   * track requests can cause at the provider.
   * @default 5
   */
  readonly refreshConcurrency?: number;

  /**
   * How often the reconciler runs, 1 to 60. It processes what is due and was not processed in time.
   * @default 5
   */
  readonly reconcileEveryInMinutes?: number;

  /**
   * From this number of checks by watches a day on, the alarm `Spend` fires: 1 to 1,000,000,000. A check is three
   * state transitions of Step Functions, so 100,000 checks cost $7.50.
   * @default 100_000
   */
  readonly maxChecksPerDay?: number;

  /**
   * Webhooks accepted a second, on average; twice as many in a burst. Others are answered with 429, and the provider
   * sends them again.
   * @default 100
   */
  readonly webhookRequestsPerSecond?: number;

  /**
   * Requests to `/orders` accepted a second, on average; twice as many in a burst.
   * @default 50
   */
  readonly ordersRequestsPerSecond?: number;

  /**
   * Other AWS accounts whose principals may call `/orders`. They assume a role of this stack.
   * @default - only this account's principals that are allowed `execute-api:Invoke`
   */
  readonly callerAccounts?: readonly string[];

  /**
   * Address of the runbook, for the links in alarms and dashboard. Each alarm has a heading of its name there.
   * @default 'docs/runbook.md' - its path in this repository
   */
  readonly runbookUrl?: string;

  /**
   * Whether queries for people on call are saved in CloudWatch Logs Insights. Switch it off where CloudFormation does
   * not support `AWS::Logs::QueryDefinition`.
   * @default true
   */
  readonly savedQueries?: boolean;

  /**
   * Other AWS accounts that may subscribe to the topic of events.
   * @default - only this account's principals that are allowed `sns:Subscribe`
   */
  readonly subscriberAccounts?: readonly string[];

  /**
   * Whether table, topics, queues, secrets and logs are encrypted with a KMS key of this account, which the stack
   * creates, instead of keys of AWS.
   * @default false
   */
  readonly customerManagedKey?: boolean;

  /**
   * Whether requests are traced with AWS X-Ray.
   * @default true
   */
  readonly tracing?: boolean;
}

/** {@link OrderTrackerProps} after validation, with every default filled in. */
export interface ResolvedProps extends Readonly<Required<Omit<OrderTrackerProps, keyof TuningProps>>> {
  /** CloudEvents `source` of everything that is published. */
  readonly eventSource: string;
  readonly settings: Settings;
}

/** Musement's sandbox. It is the default, so that a first deployment never touches real bookings. */
export const SANDBOX_BASE_URL = 'https://sandbox.musement.com/api/v3';

/** Musement's production API, with real bookings. */
export const PRODUCTION_BASE_URL = 'https://api.musement.com/api/v3';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const parseUrl = (value: string): URL | undefined => (URL.canParse(value) ? new URL(value) : undefined);

const checkBaseUrl = (value: string): string => {
  const url = parseUrl(value);
  // Requests carry credentials and bearer tokens, so plain HTTP must not leave the machine.
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  // Paths are appended to the value: behind `?` or `#` they would not be part of the path.
  if (!url || !safe || url.username || url.password || /[?#\s]/.test(value)) {
    const remedy = `give an HTTPS URL without credentials, query or fragment, such as ${SANDBOX_BASE_URL} (plain HTTP on a loopback address only).`;
    throw new InvalidPropertyError('providerBaseUrl', value, remedy);
  }
  return value.replace(/\/+$/, '');
};

const checkText = (property: string, value: unknown, pattern: RegExp, remedy: string): string => {
  // A token gets its value at deployment, so it cannot be checked during synthesis.
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
    checkText(property, account, /^\d{12}$/, 'give AWS account IDs of twelve digits.'),
  );

/**
 * Checks properties and fills in defaults.
 * @throws {InvalidPropertyError} for the first value that cannot be used; it names property, value and remedy
 */
export const resolveProps = (props: OrderTrackerProps): ResolvedProps => {
  const environment = checkText(
    'environment',
    props.environment ?? 'sandbox',
    /^[a-z][a-z0-9-]{0,19}$/,
    'use at most 20 lower-case letters, digits and hyphens, beginning with a letter.',
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
    // Lambda rejects fewer than 2.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency
    refreshConcurrency: checkInteger('refreshConcurrency', props.refreshConcurrency ?? 5, 2, 1000),
    reconcileEveryInMinutes: checkInteger(
      'reconcileEveryInMinutes',
      props.reconcileEveryInMinutes ?? 5,
      1,
      60,
    ),
    maxChecksPerDay: checkInteger('maxChecksPerDay', props.maxChecksPerDay ?? 100_000, 1, 1_000_000_000),
    // API Gateway allows an account 10,000 requests a second by default.
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
    settings: resolveTuning(props),
  };
};
