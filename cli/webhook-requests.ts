import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import { ENV } from '../lambdas/contracts/environment.ts';
import { settingsSchema } from '../lambdas/contracts/settings.ts';
import type { Deployment } from './deployment.ts';
import { CommandError } from './outcome.ts';

/** A request to `POST /webhooks`. The credentials are added when it is sent. */
export interface WebhookRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer of ingest-webhook. */
export interface WebhookAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends a request to the webhook URL, with the current credentials of the secret. The answer is 403 when the setting
 * `webhookSourceAddresses` does not list the address of this machine.
 *
 * @throws {CommandError} when the secret holds no credentials
 */
export const postWebhook = async (
  deployment: Deployment,
  { body, headers }: WebhookRequest,
): Promise<WebhookAnswer> => {
  const Authorization = await readAuthorization(deployment);
  const response = await fetch(deployment.tracker.webhookUrl, {
    method: 'POST',
    headers: { ...headers, Authorization },
    body,
  });
  return { status: response.status, body: await response.text() };
};

/**
 * Invokes ingest-webhook with a request, as API Gateway would if it came from an address that the setting
 * `webhookSourceAddresses` lists. The caller needs `lambda:InvokeFunction`; the function checks the webhook's credentials
 * as always.
 *
 * @throws {CommandError} when the secret holds no credentials, or the function fails
 */
export const invokeWebhook = async (
  deployment: Deployment,
  { body, headers }: WebhookRequest,
): Promise<WebhookAnswer> => {
  const { lambda } = deployment.aws;
  const FunctionName = deployment.tracker.functions['ingest-webhook'];
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const event = {
    version: '2.0',
    routeKey: 'POST /webhooks',
    rawPath: '/webhooks',
    headers: { ...headers, authorization: await readAuthorization(deployment) },
    requestContext: {
      http: { method: 'POST', path: '/webhooks', sourceIp: allowedAddress(Environment?.Variables) },
    },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  };
  const { FunctionError, Payload = new Uint8Array() } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
  );
  const text = Buffer.from(Payload).toString();
  if (FunctionError) throw new CommandError(`${FunctionName} failed: ${text}`);
  const { statusCode, body: answer } = answerSchema.parse(JSON.parse(text));
  return { status: statusCode, body: answer };
};

const answerSchema = z.object({ statusCode: z.number(), body: z._default(z.string(), '') });

/** An address that the function accepts webhooks from: the first one of its list, or of the list's first range. */
const allowedAddress = (variables: Readonly<Record<string, string>> = {}): string => {
  const { webhookSourceAddresses } = settingsSchema.parse(JSON.parse(variables[ENV.settings] ?? '{}'));
  return webhookSourceAddresses[0]?.split('/')[0] ?? '127.0.0.1';
};

const credentialsSchema = z.object({ username: z.string(), password: z.string() });

const readAuthorization = async (deployment: Deployment): Promise<string> => {
  const secret = await deployment.secret('webhookSecretArn').read('AWSCURRENT');
  const credentials = credentialsSchema.safeParse(secret?.value);
  if (!credentials.success) {
    throw new CommandError(
      `The secret ${deployment.tracker.webhookSecretArn} does not contain a username and a password.`,
    );
  }
  const { username, password } = credentials.data;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
};
