import { inject } from 'vitest';
import type { WebhookCredentials } from '../../local/secrets.ts';

/** The value of the Authorization header for these Basic credentials. */
export const basicAuthorization = ({ username, password }: WebhookCredentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Sends a body to the webhook's address, by default as JSON. */
const postWebhook = (body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(inject('localStack').outputs.WebhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });

/** The HTTP status of the answer to a body with these credentials. */
export const postedWith = async (credentials: WebhookCredentials, body: string): Promise<number> => {
  const response = await postWebhook(body, { Authorization: basicAuthorization(credentials) });
  await response.body?.cancel();
  return response.status;
};

/** The credentials to which the test of the rotation changes. */
export const ROTATED_CREDENTIALS: WebhookCredentials = { username: 'musement', password: 'sécond:✓' };
