import { readFile } from 'node:fs/promises';

/** The environment's name is part of the stack's name. */
export const ENVIRONMENT = 'local';
export const STACK_NAME = `OrderTracker-${ENVIRONMENT}`;

const OUTPUT_NAMES = [
  'WebhookUrl',
  'OrdersUrl',
  'TopicArn',
  'OperationsTopicArn',
  'TableName',
  'StateMachineArn',
  'ProviderSecretArn',
  'WebhookSecretArn',
  'DashboardName',
] as const;

/** What the stack tells the outside, with addresses that can be reached on this machine. */
export type StackOutputs = Readonly<Record<(typeof OUTPUT_NAMES)[number], string>>;

/**
 * Where the emulator serves an HTTP API. On AWS it is `https://<api id>.execute-api.<region>.amazonaws.com`;
 * locally that host would not lead to the emulator, so the API's id becomes part of the path.
 */
export const localApiUrl = (url: string, endpoint: string): string => {
  const { hostname, pathname } = new URL(url);
  const [apiId = '', service] = hostname.split('.');
  if (service !== 'execute-api') return url;
  return `${endpoint}/_aws/execute-api/${apiId}${pathname === '/' ? '' : pathname}`;
};

/** Reads what `cdk deploy --outputs-file` wrote. Every output, also one that this list does not name, is kept. */
export const readOutputs = async (file: string, endpoint: string): Promise<StackOutputs> => {
  const stacks = JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, string>>;
  const outputs = stacks[STACK_NAME] ?? {};
  const missing = OUTPUT_NAMES.filter((name) => outputs[name] === undefined);
  if (missing.length > 0) throw new Error(`The stack ${STACK_NAME} lacks the outputs ${missing.join(', ')}.`);
  return {
    ...(outputs as StackOutputs),
    WebhookUrl: localApiUrl(String(outputs['WebhookUrl']), endpoint),
    OrdersUrl: localApiUrl(String(outputs['OrdersUrl']), endpoint),
  };
};
