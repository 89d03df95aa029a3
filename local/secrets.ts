import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { clientConfiguration } from './local-aws.ts';

/** Credentials that the provider gave to the partner. */
export interface ProviderCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Credentials that the partner gives to the provider, which sends them with every webhook. */
export interface WebhookCredentials {
  readonly username: string;
  readonly password: string;
}

/** Fills in the provider's secret, as an operator does after the first deployment to AWS. */
export const writeProviderSecret = async (
  endpoint: string,
  secretArn: string,
  { clientId, clientSecret }: ProviderCredentials,
): Promise<void> => {
  const client = new SecretsManagerClient(clientConfiguration(endpoint));
  const value = JSON.stringify({ client_id: clientId, client_secret: clientSecret });
  await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: value }));
  client.destroy();
};

/** Changes the webhook's credentials. The previous ones stay valid until the overlap ends. */
export const writeWebhookSecret = async (
  endpoint: string,
  secretArn: string,
  credentials: WebhookCredentials,
): Promise<void> => {
  const client = new SecretsManagerClient(clientConfiguration(endpoint));
  await client.send(
    new PutSecretValueCommand({ SecretId: secretArn, SecretString: JSON.stringify(credentials) }),
  );
  client.destroy();
};

/** Reads the webhook's credentials, which the deployment generated. */
export const readWebhookSecret = async (endpoint: string, secretArn: string): Promise<WebhookCredentials> => {
  const client = new SecretsManagerClient(clientConfiguration(endpoint));
  const { SecretString: secret } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  client.destroy();
  if (!secret) throw new Error(`The webhook's secret ${secretArn} is empty.`);
  return JSON.parse(secret) as WebhookCredentials;
};
