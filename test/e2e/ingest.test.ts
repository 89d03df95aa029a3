import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, inject, test } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { orderPartition } from '../../lambdas/adapters/records.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { RECORD } from '../../lambdas/contracts/table.ts';
import { type Webhook, webhookSchema } from '../../lambdas/contracts/webhook.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { functionNamed, withEnvironment } from './functions.ts';
import { NOWHERE } from './nowhere.ts';
import { lost, orderOf } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';

const stack = useStack();
const { endpoint, outputs, webhookCredentials } = inject('localStack');
const table = dynamoDbTable(outputs.TableName, new DynamoDBClient(clientConfiguration(endpoint)));
const { username, password } = webhookCredentials;
const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** The status that a body is answered with. */
const post = async (body: string, contentType = 'application/json'): Promise<number> => {
  const headers = { 'Content-Type': contentType, Authorization: authorization };
  const response = await fetch(outputs.WebhookUrl, { method: 'POST', headers, body });
  await response.body?.cancel();
  return response.status;
};

/** An order of one item whose webhooks only the test sends. */
const order = async (status = 'OK') => {
  const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, status)] });
  const webhook = (await stack.simulator.webhookBody(orderUuid, itemUuid)) as Webhook;
  const stored = () => table.query(orderPartition(orderUuid), RECORD.webhook, `${RECORD.webhook}~`);
  const checks = async () =>
    (await table.query(orderPartition(orderUuid), RECORD.check, `${RECORD.check}~`)).length;
  const published = () =>
    eventually(() => expect(stack.typesOf(orderUuid)).toEqual(['order_item.ok', 'order.settled']));
  return { orderUuid, webhook, body: JSON.stringify(webhook), stored, checks, published };
};

describe('webhooks at the deployed stack', () => {
  test('I3 are answered with 500 while the table fails, are not half-written, and are taken when they come again', async () => {
    const { body, stored, published } = await order();
    await withEnvironment('IngestWebhook', { TABLE_NAME: NOWHERE }, () =>
      eventually(async () => expect(await post(body)).toBe(500)),
    );
    expect(await stored()).toEqual([]);
    await eventually(async () => expect(await post(body)).toBe(200));
    await published();
  });

  test('I4 ten times at once are one record and one publication, and again much later one more look', async () => {
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

  test('I5 are carried on by the stream when the function dies after the write', async () => {
    const { webhook, published } = await order();
    // What the function does before it answers, by nobody who could do anything after it.
    const store = webhookStore(table, { rescueMarginInSeconds: 60 });
    expect(await store.store(webhookSchema.parse(webhook), toInstant(Date.now()))).toBe(true);
    await published();
  });

  test('I7 of an unknown status are stored and looked at, and additional fields dropped', async () => {
    const { webhook, stored, checks } = await order('ON_HOLD');
    const body = { ...webhook, order_item_status: 'ON_HOLD', customer: { email: 'jane@example.com' } };
    expect(await post(JSON.stringify(body))).toBe(200);
    await eventually(async () => expect(await checks()).toBeGreaterThan(0));
    expect(await stored()).toEqual([expect.objectContaining({ status: 'ON_HOLD' })]);
    expect(JSON.stringify(await stored())).not.toContain('jane@');
  });

  test.for(['APPLICATION/JSON', 'application/json; charset=utf-8', 'Application/Json ;Charset="UTF-8"'])(
    'I8 of content type %s are accepted',
    async (contentType) => {
      const { body, published } = await order();
      expect(await post(body, contentType)).toBe(200);
      await published();
    },
  );

  test('I8 in base64, as API Gateway passes on what it takes for binary, are accepted', async () => {
    const { body, published } = await order();
    const event = {
      version: '2.0',
      routeKey: 'POST /webhooks',
      headers: { authorization, 'content-type': 'application/json' },
      requestContext: { http: { method: 'POST', path: '/webhooks', sourceIp: '192.0.2.1' } },
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
    };
    const { Payload } = await new LambdaClient(clientConfiguration(endpoint)).send(
      new InvokeCommand({
        FunctionName: await functionNamed('IngestWebhook'),
        Payload: JSON.stringify(event),
      }),
    );
    expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toMatchObject({ statusCode: 200 });
    await published();
  });
});
