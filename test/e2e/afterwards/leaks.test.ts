import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { metricsNamespace } from '../../../lambdas/contracts/metrics.ts';
import { PARTITION, TABLE } from '../../../lambdas/contracts/table.ts';
import { clientConfiguration } from '../../../local/local-aws.ts';
import { TOKEN_MARKER } from '../../../local/provider-simulator/access-tokens.ts';
import { PERSONAL_DATA_MARKERS } from '../../../local/provider-simulator/order-view.ts';
import type { WebhookCredentials } from '../../../local/secrets.ts';
import { loggedLines } from '../emitted-metrics.ts';
import { allExecutions } from '../executions.ts';
import { delivered, lost, needsConfirmation } from '../order-fixture.ts';
import { eventually, useStack } from '../stack-fixture.ts';
import { basicAuthorization, postedWith, ROTATED_CREDENTIALS } from '../webhooks.ts';

const stack = useStack();
const { endpoint, outputs, webhookCredentials } = inject('localStack');
const configuration = clientConfiguration(endpoint);
const clients = {
  dynamoDb: new DynamoDBClient(configuration),
  stepFunctions: new SFNClient(configuration),
  secrets: new SecretsManagerClient(configuration),
};

/** Texts that the whole run has left behind. */
let logs: readonly string[];
let table: string;
let quarantine: string;
let executions: string;
let messages: string;
let answer: string;
let orderUuid: string;
/** Credentials that are or were in use, as plain text and as in a header. */
let credentials: readonly string[];

const encoded = (credentials: WebhookCredentials): string =>
  basicAuthorization(credentials).replace('Basic ', '');

const readTable = async (): Promise<{ orders: string; quarantine: string }> => {
  const rows: Record<string, unknown>[] = [];
  for await (const { Items = [] } of paginateScan(
    { client: clients.dynamoDb },
    { TableName: outputs.TableName },
  )) {
    rows.push(...Items.map((item) => unmarshall(item)));
  }
  const isQuarantine = (row: Record<string, unknown>) =>
    String(row[TABLE.partitionKey]).startsWith(PARTITION.quarantine);
  return {
    orders: JSON.stringify(rows.filter((row) => !isQuarantine(row))),
    quarantine: JSON.stringify(rows.filter(isQuarantine)),
  };
};

/** Input, output and every state of every execution. */
const readExecutions = async (): Promise<string> => {
  const found = (await allExecutions()).map(async ({ executionArn }) => [
    await clients.stepFunctions.send(new DescribeExecutionCommand({ executionArn })),
    await clients.stepFunctions.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 })),
  ]);
  return JSON.stringify(await Promise.all(found));
};

const readSecret = async (SecretId: string): Promise<string> => {
  const { SecretString = '' } = await clients.secrets.send(new GetSecretValueCommand({ SecretId }));
  return SecretString;
};

/** Processes an order whose answers hold everything that must not leak. One answer is truncated on purpose. */
beforeAll(async () => {
  const { uuid } = await stack.simulator.createOrder({
    items: [
      {
        timeline: [
          delivered(0, 'OK'),
          delivered(1, 'REFUNDED', { cancellationReason: 'CANCELLED-BY-CUSTOMER' }),
        ],
      },
      needsConfirmation(30, delivered(0, 'PENDING'), lost(2, 'OK')),
    ],
  });
  orderUuid = uuid;
  await stack.simulator.planFault({ fault: { kind: 'truncated' }, orderUuid: uuid });
  await stack.orders.track(uuid, { paidAt: new Date().toISOString() });
  // The test of the rotation runs at the same time: either the one or the other credentials are accepted.
  const used = [webhookCredentials, ROTATED_CREDENTIALS];
  const wrong = { ...webhookCredentials, password: 'leaked-guess' };
  const { client_secret: clientSecret } = JSON.parse(await readSecret(outputs.ProviderSecretArn));
  credentials = [clientSecret, ...[...used, wrong].flatMap((one) => [one.password, encoded(one)])];
  const malformed = JSON.stringify({ customer: PERSONAL_DATA_MARKERS });
  const answers = await Promise.all(used.map((one) => postedWith(one, malformed)));
  expect(answers).toContain(400);
  expect(await postedWith(wrong, malformed)).toBe(401);
  await eventually(() => {
    expect(stack.typesOf(uuid)).toContain('order_item.refunded');
    expect(stack.typesOf(uuid)).toContain('order.settled');
  });
  answer = await (await stack.orders.read(uuid)).text();
  messages = JSON.stringify(stack.eventsOf(uuid));
  logs = await loggedLines();
  ({ orders: table, quarantine } = await readTable());
  executions = await readExecutions();
});

afterAll(() => {
  for (const client of Object.values(clients)) client.destroy();
});

/** Everything but the quarantine, which keeps a malformed body unchanged. */
const everything = () => ({ logs: logs.join('\n'), table, executions, messages, answer });

describe('over the whole run', () => {
  test('there is something to find', () => {
    const text = everything().logs;
    expect(text).toContain(metricsNamespace('local'));
    expect(text).toContain('ingest-webhook');
    expect(text).toContain('check-order');
    // The logs name the order, so that everything about one order can be found.
    expect(logs.filter((line) => line.includes(orderUuid)).length).toBeGreaterThanOrEqual(3);
    expect(table).toContain('"EVENT#');
    expect(executions).toContain(JSON.stringify('"openItems":').slice(1, -1));
    expect(messages).toContain('vouchers.example.com');
    expect(answer).toContain('vouchers.example.com');
    for (const marker of PERSONAL_DATA_MARKERS) expect(quarantine).toContain(marker);
  });

  test.for(PERSONAL_DATA_MARKERS)('no personal data of an order leaks: %s', (marker) => {
    for (const [where, text] of Object.entries(everything())) {
      expect(text.includes(marker), where).toBe(false);
    }
  });

  test('no credential and no token leaks', () => {
    for (const [where, text] of Object.entries({ ...everything(), quarantine })) {
      for (const secret of [...credentials, TOKEN_MARKER]) {
        expect(text.includes(secret), where).toBe(false);
      }
    }
  });

  test('no Authorization header and no voucher is in a log or an execution', () => {
    for (const text of [everything().logs, executions]) {
      // The header's name with a value; AWS has error names that begin with the same word.
      expect(text).not.toMatch(/authorization\\?"?\s*[:=]/i);
      expect(text).not.toMatch(/\b(Basic|Bearer) [\w+/=-]{8}/);
      expect(text).not.toContain('vouchers.example.com');
    }
  });
});
