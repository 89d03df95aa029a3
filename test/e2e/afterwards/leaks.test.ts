import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { metricsNamespace } from '../../../lambdas/contracts/metrics.ts';
import { PARTITION, TABLE } from '../../../lambdas/contracts/table.ts';
import { clientConfiguration } from '../../../local/local-aws.ts';
import { TOKEN_MARKER } from '../../../local/provider-simulator/access-tokens.ts';
import { PERSONAL_DATA_MARKERS } from '../../../local/provider-simulator/order-view.ts';
import { readWebhookSecret, type WebhookCredentials } from '../../../local/secrets.ts';
import { lost, needsConfirmation, told } from '../order-fixture.ts';
import { eventually, useStack } from '../stack-fixture.ts';

const stack = useStack();
const { endpoint, outputs, webhookCredentials } = inject('localStack');
const configuration = clientConfiguration(endpoint);
const clients = {
  dynamoDb: new DynamoDBClient(configuration),
  logs: new CloudWatchLogsClient(configuration),
  stepFunctions: new SFNClient(configuration),
  secrets: new SecretsManagerClient(configuration),
};

/** What the whole run left behind, as text. */
let logs: string;
let table: string;
let quarantine: string;
let executions: string;
let messages: string;
let answer: string;
/** Credentials that are or were in use, as they are and as a header has them. */
let credentials: readonly string[];

const encoded = ({ username, password }: WebhookCredentials): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

const readLogs = async (): Promise<string> => {
  const lines: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: clients.logs }, {})) {
    for (const { logGroupName } of logGroups) {
      for await (const { events = [] } of paginateFilterLogEvents(
        { client: clients.logs },
        { logGroupName },
      )) {
        lines.push(...events.map(({ message = '' }) => message));
      }
    }
  }
  return lines.join('\n');
};

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

const readExecutions = async (): Promise<string> => {
  const found: unknown[] = [];
  const { StateMachineArn: stateMachineArn } = outputs;
  for await (const { executions = [] } of paginateListExecutions(
    { client: clients.stepFunctions },
    { stateMachineArn },
  )) {
    for (const { executionArn } of executions) {
      found.push(await clients.stepFunctions.send(new DescribeExecutionCommand({ executionArn })));
    }
  }
  return JSON.stringify(found);
};

const post = (headers: Record<string, string>, body: string): Promise<Response> =>
  fetch(outputs.WebhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });

const readSecret = async (SecretId: string): Promise<string> => {
  const { SecretString = '' } = await clients.secrets.send(new GetSecretValueCommand({ SecretId }));
  return SecretString;
};

/** An order in whose answers everything is that must not come out, with trouble on the way. */
beforeAll(async () => {
  const { uuid } = await stack.simulator.createOrder({
    items: [
      { timeline: [told(0, 'OK'), told(3, 'REFUNDED', { cancellationReason: 'CANCELLED-BY-CUSTOMER' })] },
      needsConfirmation(30, told(0, 'PENDING'), lost(4, 'OK')),
    ],
  });
  await stack.simulator.planFault({ fault: { kind: 'truncated' }, orderUuid: uuid });
  await stack.orders.track(uuid, { paidAt: new Date().toISOString() });
  const current = await readWebhookSecret(endpoint, outputs.WebhookSecretArn);
  const wrong = { username: current.username, password: 'leaked-guess' };
  const { client_secret: clientSecret } = JSON.parse(await readSecret(outputs.ProviderSecretArn));
  credentials = [
    clientSecret,
    ...[current, wrong, webhookCredentials].flatMap((used) => [used.password, encoded(used)]),
  ];
  const body = JSON.stringify({ customer: PERSONAL_DATA_MARKERS });
  expect((await post({ Authorization: `Basic ${encoded(current)}` }, body)).status).toBe(400);
  expect((await post({ Authorization: `Basic ${encoded(wrong)}` }, body)).status).toBe(401);
  await eventually(() => {
    expect(stack.typesOf(uuid)).toContain('order_item.refunded');
    expect(stack.typesOf(uuid)).toContain('order.settled');
  });
  answer = await (await stack.orders.read(uuid)).text();
  messages = JSON.stringify(stack.eventsOf(uuid));
  logs = await readLogs();
  ({ orders: table, quarantine } = await readTable());
  executions = await readExecutions();
});

afterAll(() => {
  for (const client of Object.values(clients)) client.destroy();
});

/** What comes out, except for the quarantine, which keeps a malformed body as it came. */
const everything = () => ({ logs, table, executions, messages, answer });

describe('over the whole run', () => {
  test('there was something to find', () => {
    expect(logs).toContain(metricsNamespace('local'));
    expect(logs).toContain('ingest-webhook');
    expect(logs).toContain('check-item');
    expect(table).toContain('"EVENT#');
    expect(executions).toContain('"nextCheckAt');
    expect(messages).toContain('vouchers.example.com');
    expect(answer).toContain('vouchers.example.com');
    for (const marker of PERSONAL_DATA_MARKERS) expect(quarantine).toContain(marker);
  });

  test.for(PERSONAL_DATA_MARKERS)('no personal data of an order comes out: %s', (marker) => {
    for (const [where, text] of Object.entries(everything())) {
      expect(text.includes(marker), where).toBe(false);
    }
  });

  test('no credential comes out, nor a token', () => {
    for (const [where, text] of Object.entries({ ...everything(), quarantine })) {
      for (const secret of [...credentials, TOKEN_MARKER]) {
        expect(text.includes(secret), where).toBe(false);
      }
    }
  });

  test('no Authorization header and no voucher is in a log or an execution', () => {
    for (const text of [logs, executions]) {
      // The header's name with a value; AWS has error names that begin with the same word.
      expect(text).not.toMatch(/authorization\\?"?\s*[:=]/i);
      expect(text).not.toMatch(/\b(Basic|Bearer) [\w+/=-]{8}/);
      expect(text).not.toContain('vouchers.example.com');
    }
  });

  test('metrics have no dimension but the function', () => {
    const metrics = logs.split('\n').flatMap((line) => {
      if (!line.includes('"_aws"')) return [];
      return [JSON.parse(line) as { _aws: { CloudWatchMetrics: { Dimensions: string[][] }[] } }];
    });
    expect(metrics.length).toBeGreaterThan(0);
    const dimensions = metrics.flatMap(({ _aws }) => _aws.CloudWatchMetrics.flatMap((one) => one.Dimensions));
    expect(new Set(dimensions.flat())).toEqual(new Set(['service']));
  });
});
