import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Settings } from '../lambdas/contracts/settings.ts';
import { InvalidPropertyError } from './invalid-property-error.ts';
import type { OrderTrackerProps } from './order-tracker-props.ts';
import { resolveSettings } from './resolve-settings.ts';

/** Musement's sandbox. It is the default, so that a first deployment never touches real bookings. */
export const SANDBOX_BASE_URL = 'https://sandbox.musement.com/api/v3';

/** Musement's production API, with real bookings. */
export const PRODUCTION_BASE_URL = 'https://api.musement.com/api/v3';

/** Properties that have no default value: they are names or constructs, or are left to the construct. */
type WithoutDefault =
  | 'trackerName'
  | 'providerSecret'
  | 'webhookSecret'
  | 'removalPolicy'
  | 'encryptionKey'
  | 'urgentTopic'
  | 'noticesTopic'
  | 'settings';

/** {@link OrderTrackerProps} after validation, with the defaults filled in. */
export interface ResolvedProps extends Required<Omit<OrderTrackerProps, WithoutDefault>> {
  /** Whether data is kept when the stack is deleted. */
  readonly retain: boolean;
  readonly settings: Settings;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const parseUrl = (value: string): URL | undefined => (URL.canParse(value) ? new URL(value) : undefined);

/**
 * Functions get the text in an environment variable, and all of these together may have 4 KB. The other texts take less
 * than 3 KB.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
const MAX_PROVIDER_TEXT_LENGTH = 256;

const checkBaseUrl = (value: string): string => {
  if (Token.isUnresolved(value)) return value;
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

const isIntegerFrom = (value: number, minimum: number, maximum: number): boolean =>
  Number.isInteger(value) && value >= minimum && value <= maximum;

/** A whole number in a range. It cannot be a token, because CDK calculates with it. */
const checkKnownInteger = (property: string, value: number, minimum: number, maximum: number): number => {
  if (isIntegerFrom(value, minimum, maximum)) return value;
  const known = Token.isUnresolved(value) ? ' that is known at synthesis' : '';
  throw new InvalidPropertyError(
    property,
    value,
    `give a whole number from ${minimum} to ${maximum}${known}.`,
  );
};

const checkInteger = (property: string, value: number, minimum: number, maximum: number): number =>
  Token.isUnresolved(value) ? value : checkKnownInteger(property, value, minimum, maximum);

const MAX_RECONCILE_MINUTES = 60;

/** The interval of the reconciler. It cannot be a token, because alarms calculate with it. */
const checkReconcileEvery = (every: Duration): Duration => {
  const minutes = every.isUnresolved() ? undefined : every.toMinutes({ integral: false });
  if (minutes !== undefined && isIntegerFrom(minutes, 1, MAX_RECONCILE_MINUTES)) return every;
  throw new InvalidPropertyError(
    'reconcileEvery',
    every,
    `give 1 to ${MAX_RECONCILE_MINUTES} whole minutes.`,
  );
};

const RETENTION_PERIODS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

const checkRetention = (value: RetentionDays): RetentionDays => {
  if (Token.isUnresolved(value) || RETENTION_PERIODS.includes(value)) return value;
  throw new InvalidPropertyError(
    'logRetention',
    value,
    `give one of ${RETENTION_PERIODS.join(', ')} (days).`,
  );
};

/** `SNAPSHOT` exists only for databases, and `RETAIN` already covers updates. */
const checkRemovalPolicy = (value: RemovalPolicy): boolean => {
  if (value === RemovalPolicy.DESTROY) return false;
  if (value === RemovalPolicy.RETAIN || value === RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE) return true;
  throw new InvalidPropertyError(
    'removalPolicy',
    value,
    'give RemovalPolicy.RETAIN or RemovalPolicy.DESTROY.',
  );
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
  if (Token.isUnresolved(accounts)) {
    throw new InvalidPropertyError(
      property,
      accounts,
      'give a list of known length; its entries can be tokens.',
    );
  }
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

/** Header values have no control characters, and no space at the start or end. */
const HEADER = new RegExp(`^(?=.{1,${MAX_PROVIDER_TEXT_LENGTH}}$)[!-~]+( [!-~]+)*$`);

/**
 * Checks properties and fills in defaults. Tokens are accepted wherever nothing is calculated with the value.
 * @throws {InvalidPropertyError} for the first value that cannot be used; it names property, value and remedy
 */
export const resolveProps = (props: OrderTrackerProps): ResolvedProps => ({
  providerApplication: checkText(
    'providerApplication',
    props.providerApplication,
    HEADER,
    `give the value of the X-Musement-Application header that Musement assigned to you, at most ${MAX_PROVIDER_TEXT_LENGTH} characters.`,
  ),
  providerBaseUrl: checkBaseUrl(props.providerBaseUrl ?? SANDBOX_BASE_URL),
  retain: checkRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN),
  logRetention: checkRetention(props.logRetention ?? RetentionDays.ONE_MONTH),
  // Lambda rejects fewer than 2.
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency
  refreshConcurrency: checkInteger('refreshConcurrency', props.refreshConcurrency ?? 5, 2, 1000),
  reconcileEvery: checkReconcileEvery(props.reconcileEvery ?? Duration.minutes(5)),
  maxChecksPerDay: checkKnownInteger('maxChecksPerDay', props.maxChecksPerDay ?? 100_000, 1, 1_000_000_000),
  // API Gateway allows an account 10,000 requests a second by default, in all its APIs together.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
  webhookRequestsPerSecond: checkKnownInteger(
    'webhookRequestsPerSecond',
    props.webhookRequestsPerSecond ?? 100,
    1,
    10_000,
  ),
  ordersRequestsPerSecond: checkKnownInteger(
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
  runbookUrl: checkText(
    'runbookUrl',
    props.runbookUrl ?? 'docs/runbook.md',
    new RegExp(`^[!-~]{1,${MAX_RUNBOOK_URL_LENGTH}}$`),
    `give an address of at most ${MAX_RUNBOOK_URL_LENGTH} ASCII characters without spaces, to which #<heading> can be appended.`,
  ),
  alarms: props.alarms ?? true,
  dashboard: props.dashboard ?? true,
  savedQueries: props.savedQueries ?? true,
  tracing: props.tracing ?? true,
  settings: resolveSettings(props.settings ?? {}),
});
