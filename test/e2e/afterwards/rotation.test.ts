import { describe, expect, inject, test, vi } from 'vitest';
import { SHORT_SETTINGS } from '../../../local/local-settings.ts';
import { type WebhookCredentials, writeProviderSecret, writeWebhookSecret } from '../../../local/secrets.ts';
import { orderOf, told } from '../order-fixture.ts';
import { eventually, useStack } from '../stack-fixture.ts';

const stack = useStack();
const { endpoint, outputs, webhookCredentials: first } = inject('localStack');
const second: WebhookCredentials = { username: 'musement', password: 'sécond:✓' };

const headerOf = ({ username, password }: WebhookCredentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** The status that a good webhook with these credentials is answered with. */
const send = async (credentials: WebhookCredentials, body: string): Promise<number> => {
  const response = await fetch(outputs.WebhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: headerOf(credentials) },
    body,
  });
  await response.body?.cancel();
  return response.status;
};

const rotateTo = (credentials: WebhookCredentials) =>
  writeWebhookSecret(endpoint, outputs.WebhookSecretArn, credentials);

const OVERLAP_IN_MS = (SHORT_SETTINGS.webhookOverlapInSeconds ?? 0) * 1000;

/** As docs/rotation.md asks for: the new credentials are used once every environment can know them. */
const known = (credentials: WebhookCredentials, body: string) =>
  vi.waitFor(async () => expect(await send(credentials, body)).toBe(200), { timeout: 30_000, interval: 500 });

/** Other tests use the first credentials: these come afterwards, and do not rotate back. */
describe('rotation, as docs/rotation.md describes it', () => {
  test('I2 no webhook is refused while its credentials are rotated, and the old ones end with the overlap', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [] });
    const body = JSON.stringify(await stack.simulator.webhookBody(orderUuid, itemUuid));
    const answers: { readonly sentAt: number; readonly status: number }[] = [];
    let isRotating = true;
    const musement = (async () => {
      while (isRotating) answers.push({ sentAt: Date.now(), status: await send(first, body) });
    })();
    const fiveMore = () => {
      const { length } = answers;
      return eventually(() => expect(answers.length).toBeGreaterThanOrEqual(length + 5));
    };
    await fiveMore();
    const rotationBegan = Date.now();
    await rotateTo(second);
    const rotatedAt = Date.now();
    await known(second, body);
    await fiveMore();
    isRotating = false;
    await musement;
    await stack.simulator.configure({ webhook: { url: outputs.WebhookUrl, ...second } });
    // On a busy machine it may take longer than the short overlap until every environment knows the new ones.
    const inOverlap = answers.filter(({ sentAt }) => sentAt < rotationBegan + OVERLAP_IN_MS / 2);
    expect(inOverlap.at(-1)?.sentAt).toBeGreaterThan(rotatedAt);
    expect(new Set(inOverlap.map(({ status }) => status))).toEqual(new Set([200]));
    // The overlap is shorter here than the 15 s in which an environment need not read the secret again.
    await vi.waitFor(() => expect(Date.now() - rotatedAt).toBeGreaterThan(16_000), { timeout: 20_000 });
    // At once, so that they meet every environment: none of them may know better.
    const after = await Promise.all(Array.from({ length: 12 }, () => send(first, body)));
    expect(new Set(after)).toEqual(new Set([401]));
    expect(await send(second, body)).toBe(200);
  });

  test('a new client secret is used at the next login, and nobody notices', async () => {
    const clientSecret = crypto.randomUUID();
    const { length: before } = await stack.simulator.requests();
    await stack.simulator.configure({ clientSecret });
    await writeProviderSecret(endpoint, outputs.ProviderSecretArn, {
      clientId: 'local-partner',
      clientSecret,
    });
    await stack.simulator.expireTokens();
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [] });
    await stack.orders.track(orderUuid);
    await stack.simulator.addStep(orderUuid, itemUuid, told(0, 'OK', { webhook: 'lost' }));
    await stack.orders.track(orderUuid);
    await eventually(() => expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']));
    const logins = (await stack.simulator.requests())
      .slice(before)
      .filter(({ endpoint }) => endpoint === 'login');
    expect(new Set(logins.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
