import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { OrderTrackerSettings } from './order-tracker-settings.ts';

/** Properties of {@link OrderTracker}. */
export interface OrderTrackerProps {
  /**
   * Value of the `X-Musement-Application` header, which Musement assigns to every partner: at most 256 printable ASCII
   * characters.
   */
  readonly providerApplication: string;

  /**
   * Name of the tracker, which no other tracker of the account and region has: at most 64 letters, digits and hyphens,
   * beginning with a letter. It is part of the names of alarms and saved queries, of the namespace of the metrics, of
   * the parameter `/musement-order-tracker/<trackerName>`, and of the events' `source`. A later change gives all of
   * these new names. The stored data is kept.
   * @default - the stack's name and the construct's path in it, with a hash of both
   */
  readonly trackerName?: string;

  /**
   * Base URL of Musement's API: HTTPS, or plain HTTP on a loopback address; at most 256 characters.
   * @default SANDBOX_BASE_URL - real bookings need PRODUCTION_BASE_URL
   */
  readonly providerBaseUrl?: string;

  /**
   * The login at Musement's API, as JSON: `{"client_id": "…", "client_secret": "…"}`.
   * @default - a new secret, which must be filled in after the first deployment
   */
  readonly providerSecret?: ISecret;

  /**
   * The Basic credentials that the webhook URL accepts, as JSON: `{"username": "…", "password": "…"}`.
   * @default - a new secret with a random password
   */
  readonly webhookSecret?: ISecret;

  /**
   * What happens to table, secrets and logs when they are removed from the stack, or the stack is deleted: `RETAIN` or
   * `DESTROY`. A table that is retained is also protected against deletion by anyone.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Key that encrypts table, topics, queues, secrets and logs. Its policy gets the statements that the tracker needs; the
   * policy of an imported key must contain them already. A later change does not re-encrypt existing data.
   * @default - keys of AWS
   */
  readonly encryptionKey?: IKey;

  /**
   * How long logs are kept.
   * @default RetentionDays.ONE_MONTH - 30 days
   */
  readonly logRetention?: RetentionDays;

  /**
   * Other AWS accounts that may subscribe to the topic of events: at most 199.
   * @default - only this account's principals that are allowed `sns:Subscribe`
   */
  readonly subscriberAccounts?: readonly string[];

  /**
   * Other AWS accounts whose principals may call the order routes: at most 40. They assume the role `callerRole`.
   * @default - only this account's principals that are allowed `execute-api:Invoke`
   */
  readonly callerAccounts?: readonly string[];

  /**
   * Webhooks accepted a second, on average, 1 to 10,000; twice as many in a burst, at most 5,000. Others are answered
   * with 429, and Musement sends them again.
   * @default 100
   */
  readonly webhookRequestsPerSecond?: number;

  /**
   * Requests to the order routes accepted a second, on average, 1 to 10,000; twice as many in a burst, at most 5,000.
   * @default 50
   */
  readonly ordersRequestsPerSecond?: number;

  /**
   * How many batches of orders are refreshed at the same time, 2 to 1,000. It bounds how many requests webhooks and
   * track requests can cause at Musement.
   * @default 5
   */
  readonly refreshConcurrency?: number;

  /**
   * How often the reconciler runs: 1 to 60 whole minutes. It processes what is due and was not processed in time.
   * @default Duration.minutes(5)
   */
  readonly reconcileEvery?: Duration;

  /**
   * Whether the tracker has alarms, on everything that users notice or will notice.
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * Topic of the alarms that need somebody at once: while one lasts, statuses arrive late or not at all. Its policy
   * gets the permission for alarms; the policy of an imported topic must contain it already.
   * @default - a new topic, if there are alarms
   */
  readonly urgentTopic?: ITopic;

  /**
   * Topic of the alarms that can wait until the next working day. Its policy gets the permission for alarms; the policy
   * of an imported topic must contain it already.
   * @default - a new topic, if there are alarms
   */
  readonly noticesTopic?: ITopic;

  /**
   * From this number of checks by watches a day on, the alarm `Spend` fires: 1 to 1,000,000,000. A check is three
   * state transitions of Step Functions: 100,000 checks cost $7.50, and are enough for about 17,000 new orders a day.
   * @default 100_000
   */
  readonly maxChecksPerDay?: number;

  /**
   * Address of the runbook, for the links in alarms and dashboard, without spaces: at most 300 characters. Each alarm
   * has a heading of its name there.
   * @default 'docs/runbook.md' - its path in the tracker's repository, which is no link in the console
   */
  readonly runbookUrl?: string;

  /**
   * Whether there is a CloudWatch dashboard.
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * Whether queries for people on call are saved in CloudWatch Logs Insights. Switch it off where CloudFormation does
   * not support `AWS::Logs::QueryDefinition`.
   * @default true
   */
  readonly savedQueries?: boolean;

  /**
   * Whether requests are traced with AWS X-Ray.
   * @default true
   */
  readonly tracing?: boolean;

  /**
   * How orders are checked.
   * @default - settings that suit production
   */
  readonly settings?: OrderTrackerSettings;
}
