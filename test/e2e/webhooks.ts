import { inject } from 'vitest';
import type { WebhookCredentials } from '../../local/secrets.ts';

/** The value of the Authorization header for these Basic credentials. */
export const basicAuthorization = ({ username, password }: WebhookCredentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** The HTTP status of the webhook's answer to a body with these credentials. */
export const postedWith = async (credentials: WebhookCredentials, body: string): Promise<number> => {
  const response = await fetch(inject('localStack').outputs.WebhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: basicAuthorization(credentials) },
    body,
  });
  await response.body?.cancel();
  return response.status;
};

/** The credentials to which the test of the rotation changes. */
export const ROTATED_CREDENTIALS: WebhookCredentials = { username: 'musement', password: 'sécond:✓' };
