import { readFile } from 'node:fs/promises';
import { OUTPUT_NAMES, type StackOutputs } from '../clients/stack-outputs.ts';

/** Name of the environment, which is part of the stack's name. */
export const ENVIRONMENT = 'local';
export const STACK_NAME = `OrderTracker-${ENVIRONMENT}`;

/**
 * The URL at which the emulator serves an HTTP API. On AWS the API's id is part of the host,
 * `https://<api id>.execute-api.<region>.amazonaws.com`; here it is part of the path.
 */
export const localApiUrl = (url: string, endpoint: string): string => {
  const { hostname, pathname } = new URL(url);
  const [apiId = '', service] = hostname.split('.');
  if (service !== 'execute-api') return url;
  return `${endpoint}/_aws/execute-api/${apiId}${pathname === '/' ? '' : pathname}`;
};

/**
 * Reads the file that `cdk deploy --outputs-file` wrote. The URLs are those that this machine can reach. Outputs that
 * {@link OUTPUT_NAMES} does not list are kept.
 */
export const readOutputs = async (file: string, endpoint: string): Promise<StackOutputs> => {
  const stacks = JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, string>>;
  const outputs = stacks[STACK_NAME] ?? {};
  const missing = OUTPUT_NAMES.filter((name) => outputs[name] === undefined);
  if (missing.length > 0) throw new Error(`The stack ${STACK_NAME} has no outputs ${missing.join(', ')}.`);
  return {
    ...(outputs as StackOutputs),
    WebhookUrl: localApiUrl(String(outputs['WebhookUrl']), endpoint),
    OrdersUrl: localApiUrl(String(outputs['OrdersUrl']), endpoint),
  };
};
