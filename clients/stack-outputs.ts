/** Names of the outputs that every stack of the order tracker has. */
export const OUTPUT_NAMES = [
  'WebhookUrl',
  'OrdersUrl',
  'TopicArn',
  'OperationsTopicArn',
  'NoticesTopicArn',
  'TableName',
  'StateMachineArn',
  'ProviderSecretArn',
  'WebhookSecretArn',
  'DashboardName',
  'ProviderBaseUrl',
  'ProviderApplication',
] as const;

/** The outputs of a stack. */
export type StackOutputs = Readonly<Record<(typeof OUTPUT_NAMES)[number], string>>;
