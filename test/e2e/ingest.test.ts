import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, test } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { RECORD } from '../../lambdas/contracts/table.ts';
import { type Webhook, webhookSchema } from '../../lambdas/contracts/webhook.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { sourceQueueOf } from './functions.ts';
import { delivered, lost, orderOf } from './order-fixture.ts';
import { queueNamed } from './queues.ts';
import { eventually, useStack } from './stack-fixture.ts';
import { postedWith } from './webhooks.ts';

const stack = useStack();
const { endpoint, outputs, webhookCredentials } = inject('localStack');
const table = dynamoDbTable(outputs.TableName, new DynamoDBClient(clientConfiguration(endpoint)));

/** The HTTP status of the answer to a body. */
const post = (body: string): Promise<number> => postedWith(webhookCredentials, body);

/** An order of one item. Only the test sends webhooks about it. */
const order = async () => {
  const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
  const webhook = (await stack.simulator.webhookBody(orderUuid, itemUuid)) as Webhook;
  const stored = () => table.query(orderKey(orderUuid).pk, RECORD.webhook, `${RECORD.webhook}~`);
  const checks = async () =>
    (await table.query(orderKey(orderUuid).pk, RECORD.check, `${RECORD.check}~`)).length;
  const published = () =>
    eventually(() => expect(stack.typesOf(orderUuid)).toEqual(['order_item.ok', 'order.settled']));
  return { orderUuid, webhook, body: JSON.stringify(webhook), stored, checks, published };
};

describe.concurrent('webhooks', () => {
  test('I4 ten times at once are one record and one publication, and much later cause one more check', async () => {
    const { body, stored, checks, published } = await order();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(body)));
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(await stored()).toEqual([expect.objectContaining({ deliveries: 10 })]);
    await published();
    const before = await eventually(async () => {
      const [record] = await stored();
      expect(record).toMatchObject({ outcome: 'satisfied' });
      return await checks();
    });
    // An hour passes for this record.
    const [{ pk = '', sk = '' } = {}] = await stored();
    await table.update({ key: { pk, sk }, set: { requestedAt: toInstant(Date.now() - 3_600_000) } });
    expect(await post(body)).toBe(200);
    await eventually(async () => expect(await checks()).toBe(before + 1));
    expect(await stored()).toEqual([expect.objectContaining({ deliveries: 11 })]);
    await published();
  });

  test('I5 are processed by the stream when the function dies after the write', async () => {
    const { webhook, published } = await order();
    // The write that the function makes before it answers, without anything that follows in the function.
    const store = webhookStore(table, { rescueMarginInSeconds: 60 });
    expect(await store.store(webhookSchema.parse(webhook), toInstant(Date.now()))).toBe(true);
    await published();
  });

  test('P7 of three items within a second cause one request to the provider', async () => {
    const refreshQueue = await queueNamed(await sourceQueueOf('RefreshOrder'));
    // The default of refreshDelay is 1 s. On a busy machine the three webhooks may take longer.
    await refreshQueue.withAttribute('DelaySeconds', '3', async () => {
      const order = await stack.simulator.createOrder({
        items: [
          { timeline: [delivered(0, 'OK')] },
          { timeline: [delivered(0, 'OK')] },
          { timeline: [delivered(0, 'OK')] },
        ],
      });
      await eventually(() => expect(stack.typesOf(order.uuid)).toContain('order.settled'));
      const { deliveries, gets } = await stack.simulator.order(order.uuid);
      expect(deliveries.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered']);
      expect(gets).toHaveLength(1);
    });
  });
});
