import { Annotations, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import {
  InvalidPropertyError,
  OrderTracker,
  type OrderTrackerProps,
  PRODUCTION_BASE_URL,
  SANDBOX_BASE_URL,
} from '../lib/index.ts';

/** Properties of {@link OrderTrackerStack}. */
export interface OrderTrackerStackProps
  extends Omit<OrderTrackerProps, 'trackerName' | 'removalPolicy' | 'encryptionKey'>,
    Pick<StackProps, 'env' | 'tags'> {
  /**
   * Name of the tracker, and part of the stack's name: at most 20 lower-case letters, digits and hyphens, beginning
   * with a letter.
   * @default 'sandbox'
   */
  readonly environment?: string;

  /**
   * Whether data outlives the stack: table, secrets, logs and key are retained, and table and stack are protected
   * against deletion.
   * @default - true when `environment` is 'production'
   */
  readonly production?: boolean;

  /**
   * Whether table, topics, queues, secrets and logs are encrypted with a KMS key of this account, which the stack
   * creates, instead of keys of AWS.
   * @default false
   */
  readonly customerManagedKey?: boolean;
}

/** Id of a warning of the tracker. This stack replaces it by one that names context keys instead of properties. */
const REAL_BOOKINGS_UNPROTECTED = 'musement-order-tracker:real-bookings-unprotected';

const checkEnvironment = (environment: string): string => {
  if (/^[a-z][a-z0-9-]{0,19}$/.test(environment)) return environment;
  throw new InvalidPropertyError(
    'environment',
    environment,
    'use at most 20 lower-case letters, digits and hyphens, beginning with a letter.',
  );
};

/** The stack `OrderTracker-<environment>`, which holds the tracker only. The names of its outputs are public. */
export class OrderTrackerStack extends Stack {
  constructor(scope: Construct, props: OrderTrackerStackProps) {
    const environment = checkEnvironment(props.environment ?? 'sandbox');
    const production = props.production ?? environment === 'production';
    super(scope, `OrderTracker-${environment}`, {
      description: 'Tracks Musement orders until every item has a final status, and publishes it',
      terminationProtection: production,
      env: props.env,
      tags: props.tags,
    });
    const tracker = new OrderTracker(this, 'Tracker', {
      ...props,
      trackerName: environment,
      removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(props.customerManagedKey && { encryptionKey: this.#createKey(production) }),
    });
    this.#warnAboutProvider(production, tracker);

    this.#output(
      'WebhookUrl',
      tracker.webhookUrl,
      'URL to give to Musement, with the credentials in WebhookSecretArn',
    );
    this.#output(
      'OrdersUrl',
      tracker.ordersUrl,
      'URL of the order routes: append /{orderUuid}, and sign requests (SigV4)',
    );
    this.#output('TopicArn', tracker.topic.topicArn, 'Topic of events, for subscribers');
    this.#output(
      'OperationsTopicArn',
      tracker.urgentTopic?.topicArn,
      'Topic of urgent alarms, for people on call',
    );
    this.#output(
      'NoticesTopicArn',
      tracker.noticesTopic?.topicArn,
      'Topic of alarms that can wait until the next working day',
    );
    this.#output(
      'ProviderBaseUrl',
      tracker.providerBaseUrl,
      'Base URL of the Musement API that this deployment uses',
    );
    this.#output(
      'ProviderApplication',
      props.providerApplication,
      'Value of the X-Musement-Application header',
    );
    this.#output('TableName', tracker.table.tableName, 'Table of all orders');
    this.#output(
      'StateMachineArn',
      tracker.stateMachine.stateMachineArn,
      'State machine that watches orders',
    );
    this.#output(
      'ProviderSecretArn',
      tracker.providerSecret.secretArn,
      'Secret of the Musement login: fill in client_id and client_secret after the first deployment',
    );
    this.#output(
      'WebhookSecretArn',
      tracker.webhookSecret.secretArn,
      'Secret with the user name and password to give to Musement',
    );
    this.#output('DashboardName', tracker.dashboardName, 'CloudWatch dashboard');
    this.#output(
      'CallerRoleArn',
      tracker.callerRole?.roleArn,
      'Role for callers of OrdersUrl in other accounts',
    );
  }

  #createKey(production: boolean): Key {
    return new Key(this, 'Key', {
      description: 'Encrypts the data of the order tracker',
      enableKeyRotation: true,
      removalPolicy: production ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }

  /** Real bookings need a stack that retains its data, and such a stack is meant for real bookings. */
  #warnAboutProvider(production: boolean, tracker: OrderTracker): void {
    const { providerBaseUrl } = tracker;
    if (production && providerBaseUrl === SANDBOX_BASE_URL) {
      Annotations.of(this).addWarningV2(
        'musement-order-tracker:production-uses-sandbox',
        `This production deployment uses Musement's sandbox; set "providerBaseUrl" to ${PRODUCTION_BASE_URL}.`,
      );
    }
    if (!production && providerBaseUrl === PRODUCTION_BASE_URL) {
      Annotations.of(tracker).acknowledgeWarning(REAL_BOOKINGS_UNPROTECTED);
      Annotations.of(this).addWarningV2(
        REAL_BOOKINGS_UNPROTECTED,
        'This deployment tracks real bookings, but its data is deleted with the stack; set "environment" to production, or "production" to true.',
      );
    }
  }

  #output(name: string, value: string | undefined, description: string): void {
    if (value !== undefined) new CfnOutput(this, name, { value, description });
  }
}
