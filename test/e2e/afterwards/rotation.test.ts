import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, test, vi } from 'vitest';
import { SHORT_SETTINGS } from '../../../local/local-settings.ts';
import { type WebhookCredentials, writeProviderSecret, writeWebhookSecret } from '../../../local/secrets.ts';
import { delivered, orderOf } from '../order-fixture.ts';
import { eventually, useStack } from '../stack-fixture.ts';
import { postedWith, ROTATED_CREDENTIALS } from '../webhooks.ts';

const stack = useStack();
const { endpoint, outputs, webhookCredentials: first } = inject('localStack');
const second = ROTATED_CREDENTIALS;

const rotateTo = (credentials: WebhookCredentials) =>
  writeWebhookSecret(endpoint, outputs.WebhookSecretArn, credentials);

const OVERLAP_IN_MILLISECONDS = (SHORT_SETTINGS.webhookOverlapInSeconds ?? 0) * 1000;

const PAUSE_BETWEEN_WEBHOOKS_IN_MILLISECONDS = 20;

const PATIENCE = { timeout: 30_000, interval: 500 };

/** Waits, as docs/rotation.md asks, until the new credentials are accepted. */
const accepted = (credentials: WebhookCredentials, body: string) =>
  vi.waitFor(async () => expect(await postedWith(credentials, body)).toBe(200), PATIENCE);

/** These tests run last and do not rotate back, because other tests use the first credentials. */
describe('rotation, as docs/rotation.md describes it', () => {
  test('I2 no webhook is rejected while its credentials are rotated, and the old ones expire with the overlap', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [] });
    const body = JSON.stringify(await stack.simulator.webhookBody(orderUuid, itemUuid));
    const answers: { readonly sentAt: number; readonly status: number }[] = [];
    let isRotating = true;
    const musement = (async () => {
      while (isRotating) {
        answers.push({ sentAt: Date.now(), status: await postedWith(first, body) });
        await sleep(PAUSE_BETWEEN_WEBHOOKS_IN_MILLISECONDS);
      }
    })();
    const fiveMore = () => {
      const { length } = answers;
      return eventually(() => expect(answers.length).toBeGreaterThanOrEqual(length + 5));
    };
    await fiveMore();
    const rotationBegan = Date.now();
    await rotateTo(second);
    const rotatedAt = Date.now();
    await accepted(second, body);
    await fiveMore();
    isRotating = false;
    await musement;
    await stack.simulator.configure({ webhook: { url: outputs.WebhookUrl, ...second } });
    // On a busy machine it may take longer than the short overlap until every environment has read the new ones.
    const inOverlap = answers.filter(({ sentAt }) => sentAt < rotationBegan + OVERLAP_IN_MILLISECONDS / 2);
    expect(inOverlap.at(-1)?.sentAt).toBeGreaterThan(rotatedAt);
    expect(new Set(inOverlap.map(({ status }) => status))).toEqual(new Set([200]));
    // An environment reads the secret again within 15 s. Sent at once, the webhooks reach every environment.
    await vi.waitFor(async () => {
      const after = await Promise.all(Array.from({ length: 12 }, () => postedWith(first, body)));
      expect(new Set(after)).toEqual(new Set([401]));
    }, PATIENCE);
    // Secrets Manager tells in whole seconds when a version was created.
    expect(Date.now()).toBeGreaterThan(rotationBegan + OVERLAP_IN_MILLISECONDS - 1000);
    expect(await postedWith(second, body)).toBe(200);
  });

  test('a new client secret is used at the next login, and no login is rejected', async () => {
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
    await stack.simulator.addStep(orderUuid, itemUuid, delivered(0, 'OK', { webhook: 'lost' }));
    await stack.orders.track(orderUuid);
    await eventually(() => expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']));
    const logins = (await stack.simulator.requests())
      .slice(before)
      .filter(({ endpoint }) => endpoint === 'login');
    expect(new Set(logins.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
