import * as z from 'zod/mini';

/** Folder of the parameters in the Parameter Store of AWS Systems Manager that describe trackers, one each. */
export const PARAMETER_FOLDER = '/musement-order-tracker';

/** Name of the parameter that describes a tracker. */
export const parameterName = (trackerName: string): string => `${PARAMETER_FOLDER}/${trackerName}`;

/** Beginning of the names of a tracker's alarms. What follows it has no hyphen. */
export const alarmNamePrefix = (trackerName: string): string => `OrderTracker-${trackerName}-`;

const text = z.string().check(z.minLength(1));

/** Content of a tracker's parameter, as JSON: what the command line needs to operate the tracker. No secret is in it. */
export const trackerParameterSchema = z.object({
  /** Version of this shape. */
  version: z.literal(1),
  trackerName: text,
  /** Name of the stack with the tracker in it; may be a nested stack. */
  stackName: text,
  /** URL of the webhook. */
  webhookUrl: text,
  /** URL of the order routes. */
  ordersUrl: text,
  /** Topic of events. */
  topicArn: text,
  /** Topic of urgent alarms, if there is one. */
  urgentTopicArn: z.optional(text),
  /** Topic of alarms that can wait, if there is one. */
  noticesTopicArn: z.optional(text),
  /** Whether the tracker has alarms. */
  alarms: z.boolean(),
  tableName: text,
  stateMachineArn: text,
  providerBaseUrl: text,
  /** Value of the `X-Musement-Application` header. */
  providerApplication: text,
  providerSecretArn: text,
  webhookSecretArn: text,
  /** Names of the functions in AWS, by their names in the code. */
  functions: z.object({
    'ingest-webhook': text,
    'orders-api': text,
    'dispatch-changes': text,
    'refresh-order': text,
    'check-order': text,
    'publish-events': text,
    reconcile: text,
  }),
  /** URLs of the dead-letter queues, by the names of the alarms on them. */
  deadLetterQueues: z.object({
    RefreshDeadLetters: text,
    DispatchFailures: text,
    PublicationFailures: text,
    MissedRuns: text,
  }),
  /** Name of the schedule that runs the reconciler. */
  scheduleName: text,
});

/** Content of a tracker's parameter. */
export type TrackerParameter = z.infer<typeof trackerParameterSchema>;
