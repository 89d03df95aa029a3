import type { TrackerParameter } from '../../lambdas/contracts/tracker-parameter.ts';

/** The parameter of a tracker, with made-up names. */
export const PARAMETER: TrackerParameter = {
  version: 1,
  trackerName: 'test',
  stackName: 'Travel',
  webhookUrl: 'http://127.0.0.1:9/webhooks',
  ordersUrl: 'http://127.0.0.1:9/orders',
  topicArn: 'arn:aws:sns:eu-west-1:012345678901:events',
  urgentTopicArn: 'arn:aws:sns:eu-west-1:012345678901:urgent',
  noticesTopicArn: 'arn:aws:sns:eu-west-1:012345678901:notices',
  alarms: true,
  tableName: 'orders',
  stateMachineArn: 'arn:aws:states:eu-west-1:012345678901:stateMachine:watch',
  providerBaseUrl: 'http://127.0.0.1:9/api/v3',
  providerApplication: 'test-application',
  providerSecretArn: 'arn:provider-secret',
  webhookSecretArn: 'arn:webhook-secret',
  functions: {
    'ingest-webhook': 'IngestWebhook',
    'orders-api': 'OrdersApi',
    'dispatch-changes': 'DispatchChanges',
    'refresh-order': 'RefreshOrder',
    'check-order': 'CheckOrder',
    'publish-events': 'PublishEvents',
    reconcile: 'Reconcile',
  },
  deadLetterQueues: {
    RefreshDeadLetters: 'https://sqs.eu-west-1.amazonaws.com/012345678901/refresh',
    DispatchFailures: 'https://sqs.eu-west-1.amazonaws.com/012345678901/dispatch',
    PublicationFailures: 'https://sqs.eu-west-1.amazonaws.com/012345678901/publication',
    MissedRuns: 'https://sqs.eu-west-1.amazonaws.com/012345678901/missed-runs',
  },
  scheduleName: 'reconcile',
};
