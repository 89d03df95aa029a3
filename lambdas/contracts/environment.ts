/**
 * Environment variables with the names and addresses of the resources that a function uses, and the settings.
 * Every function gets the settings, and of the others only those that it reads.
 */
export const ENV = {
  /** Name of the DynamoDB table. */
  tableName: 'TABLE_NAME',
  /** URL of the refresh queue. */
  refreshQueueUrl: 'REFRESH_QUEUE_URL',
  /** ARN of the watch-order state machine. */
  stateMachineArn: 'STATE_MACHINE_ARN',
  /** ARN of the topic that events are published to. */
  topicArn: 'TOPIC_ARN',
  /** Base URL of the provider's API, such as `https://api.musement.com/api/v3`, without a trailing slash. */
  providerBaseUrl: 'PROVIDER_BASE_URL',
  /** Value of the `X-Musement-Application` header. */
  providerApplication: 'PROVIDER_APPLICATION',
  /** ARN of the secret `{"client_id","client_secret"}`. */
  providerSecretArn: 'PROVIDER_SECRET_ARN',
  /** ARN of the secret `{"username","password"}`. */
  webhookSecretArn: 'WEBHOOK_SECRET_ARN',
  /** CloudEvents `source` of everything published. */
  eventSource: 'EVENT_SOURCE',
  /** {@link Settings} as JSON. */
  settings: 'TRACKER_SETTINGS',
} as const;

/** Name of an environment variable in {@link ENV}. */
export type EnvironmentVariable = (typeof ENV)[keyof typeof ENV];

/**
 * Reads an environment variable that must be there.
 * @throws {Error} when it is missing or empty: a function without it would send requests to `"undefined"`.
 */
export const requireEnv = (name: EnvironmentVariable): string => {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set; deploy the stack again.`);
  return value;
};
