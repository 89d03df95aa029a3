import { Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Settings } from '../lambdas/contracts/settings.ts';
import { InvalidPropertyError } from './invalid-property-error.ts';
import { resolveTuning, type TuningProps } from './tuning-props.ts';

/** Where a tracker runs, what it is allowed, and how it checks orders. */
export interface OrderTrackerProps extends TuningProps {
  /**
   * Value of the `X-Musement-Application` header, which Musement assigns to every partner: at most 256 printable ASCII
   * characters.
   */
  readonly providerApplication: string;

  /**
   * Name of this deployment, part of the stack's name and of the events' `source`: at most 20 lower-case letters,
   * digits and hyphens, beginning with a letter.
   * @default 'sandbox'
   */
  readonly environment?: string;

  /**
   * Base URL of the provider's API: HTTPS, or plain HTTP on a loopback address; at most 256 characters.
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
   * Webhooks accepted a second, on average, 1 to 10,000; twice as many in a burst, at most 5,000. Others are answered
   * with 429, and the provider sends them again.
   * @default 100
   */
  readonly webhookRequestsPerSecond?: number;

  /**
   * Requests to `/orders` accepted a second, on average, 1 to 10,000; twice as many in a burst, at most 5,000.
   * @default 50
   */
  readonly ordersRequestsPerSecond?: number;

  /**
   * Other AWS accounts whose principals may call `/orders`: at most 40. They assume a role of this stack.
   * @default - only this account's principals that are allowed `execute-api:Invoke`
   */
  readonly callerAccounts?: readonly string[];

  /**
   * Address of the runbook, for the links in alarms and dashboard: at most 300 characters. Each alarm has a heading of
   * its name there.
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
   * Other AWS accounts that may subscribe to the topic of final statuses: at most 199.
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

/**
 * Functions get the text in an environment variable, and all of these together may have 4 KB. The other texts take less
 * than 3 KB.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
const MAX_PROVIDER_TEXT_LENGTH = 256;

const checkBaseUrl = (value: string): string => {
  const url = parseUrl(value);
  // Requests carry credentials and bearer tokens, so plain HTTP must not leave the machine.
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  // Paths are appended to the value: behind `?` or `#` they would not be part of the path.
  const isUsable = /^[!-~]+$/.test(value) && !/[?#]/.test(value) && value.length <= MAX_PROVIDER_TEXT_LENGTH;
  if (!url || !safe || url.username || url.password || !isUsable) {
    const remedy =
      `give an HTTPS URL of at most ${MAX_PROVIDER_TEXT_LENGTH} ASCII characters without credentials, query or fragment, ` +
      `such as ${SANDBOX_BASE_URL} (plain HTTP on a loopback address only).`;
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

/**
 * SNS allows 200 principals in the policy of a topic. One of them is everybody, who must not use plain HTTP.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html#sns-policy-quotas
 */
const MAX_SUBSCRIBER_ACCOUNTS = 199;

/**
 * IAM allows 2,048 characters in the trust policy of a role. An account takes up to 42 of them.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_CALLER_ACCOUNTS = 40;

const checkAccounts = (
  property: string,
  accounts: readonly string[] = [],
  maximum: number,
  limit: string,
): readonly string[] => {
  const distinct = [...new Set(accounts)];
  if (distinct.length > maximum) {
    throw new InvalidPropertyError(property, accounts, `give at most ${maximum} accounts, ${limit}.`);
  }
  return distinct.map((account) =>
    checkText(property, account, /^\d{12}$/, 'give AWS account IDs of twelve digits.'),
  );
};

/**
 * The description of an alarm contains the address, and CloudWatch allows 1,024 characters for it.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const MAX_RUNBOOK_URL_LENGTH = 300;

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
      // A header has no control characters, and no space at its ends.
      new RegExp(`^(?=.{1,${MAX_PROVIDER_TEXT_LENGTH}}$)[!-~]+( [!-~]+)*$`),
      `give the value of the X-Musement-Application header that Musement assigned to you, at most ${MAX_PROVIDER_TEXT_LENGTH} characters (cdk deploy -c providerApplication=<value>).`,
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
    // API Gateway allows an account 10,000 requests a second by default, in all its APIs together.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
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
    callerAccounts: checkAccounts(
      'callerAccounts',
      props.callerAccounts,
      MAX_CALLER_ACCOUNTS,
      'because IAM limits the trust policy of their role to 2,048 characters',
    ),
    subscriberAccounts: checkAccounts(
      'subscriberAccounts',
      props.subscriberAccounts,
      MAX_SUBSCRIBER_ACCOUNTS,
      'because SNS limits the policy of a topic to 200 principals',
    ),
    customerManagedKey: props.customerManagedKey ?? false,
    runbookUrl: checkText(
      'runbookUrl',
      props.runbookUrl ?? 'docs/runbook.md',
      new RegExp(`^[!-~]{1,${MAX_RUNBOOK_URL_LENGTH}}$`),
      `give an address of at most ${MAX_RUNBOOK_URL_LENGTH} ASCII characters without spaces, to which #<heading> can be appended.`,
    ),
    savedQueries: props.savedQueries ?? true,
    tracing: props.tracing ?? true,
    settings: resolveTuning(props),
  };
};
