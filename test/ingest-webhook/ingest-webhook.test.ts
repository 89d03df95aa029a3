import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { quarantineStore } from '../../lambdas/adapters/quarantine-store.ts';
import type { Put, Table } from '../../lambdas/adapters/table.ts';
import { webhookCredentials } from '../../lambdas/adapters/webhook-credentials.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { ingestWebhook } from '../../lambdas/ingest-webhook/ingest-webhook.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';

const NOW = '2026-03-01T10:00:00.000Z';
const AUTHORIZATION = `Basic ${Buffer.from('musement:secret').toString('base64')}`;

const BODY = {
  order_id: '13459345',
  order_uuid: '8E9E5C6E-ea7d-4934-8753-f00954f30d00',
  order_created: '2018-12-10T13:12:40+0000',
  order_updated: '2018-12-10T13:12:40+0000',
  order_version: '16',
  order_item_uuid: '11045e18-e3ca-42e1-acb4-0d5be75036fd',
  order_item_created: '2018-12-10T13:12:40+0000',
  order_item_updated: '2018-12-10T13:12:40+0000',
  order_item_version: '22',
  order_item_status: 'OK',
};

let table: InMemoryTable;
let logged: unknown[];
let counts: Record<string, number>;

beforeEach(() => {
  table = new InMemoryTable();
  logged = [];
  counts = {};
});

const invoke = async (
  event: { headers?: Record<string, string>; body?: string; isBase64Encoded?: boolean },
  through: (table: Table) => Table = (inner) => inner,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const log = (...entry: unknown[]) => void logged.push(entry);
  const used = through(table);
  const handler = ingestWebhook({
    credentials: webhookCredentials({
      secret: {
        read: async (stage) =>
          stage === 'AWSCURRENT'
            ? { value: { username: 'musement', password: 'secret' }, createdAt: new Date(0) }
            : undefined,
      },
      overlapInSeconds: 0,
    }),
    webhooks: webhookStore(used, settingsSchema.parse({})),
    quarantine: quarantineStore(used),
    clock: { now: () => NOW },
    telemetry: {
      count: (metric, value = 1) => {
        counts[metric] = (counts[metric] ?? 0) + value;
      },
      measure: () => {},
      info: log,
      warn: log,
      error: log,
    },
  });
  const request = {
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json', ...event.headers },
    body: event.body ?? JSON.stringify(BODY),
    isBase64Encoded: event.isBase64Encoded ?? false,
  } as unknown as APIGatewayProxyEventV2;
  return (await handler(request, {} as Context)) as APIGatewayProxyStructuredResultV2;
};

const stored = () => table.rows().filter(({ pk }) => pk.startsWith('ORDER#'));
const quarantined = () => table.rows().filter(({ pk }) => pk.startsWith('QUARANTINE#'));

describe('a webhook', () => {
  test('is stored, UUIDs in lower case, and answered with 200', async () => {
    expect((await invoke({})).statusCode).toBe(200);
    expect(stored()).toEqual([
      expect.objectContaining({
        pk: `ORDER#${BODY.order_uuid.toLowerCase()}`,
        sk: `WEBHOOK#${BODY.order_item_uuid}#00000000000000000022#OK`,
        webhook: BODY,
        receivedAt: NOW,
        dueAt: '2026-03-01T10:01:00.000Z',
      }),
    ]);
  });

  test.for([['application/json; charset=utf-8'], ['APPLICATION/JSON'], ['application/json ;charset=UTF-8']])(
    'I8 with content type %s is accepted',
    async ([type]) => {
      expect((await invoke({ headers: { 'content-type': type ?? '' } })).statusCode).toBe(200);
    },
  );

  test('I8 in base64 is accepted, and headers in any case', async () => {
    const body = Buffer.from(JSON.stringify(BODY)).toString('base64');
    const headers = { authorization: '', 'Content-Type': 'application/json', Authorization: AUTHORIZATION };
    expect((await invoke({ body, isBase64Encoded: true, headers })).statusCode).toBe(200);
  });

  test('I7 of a status that we do not know is accepted, and additional fields are dropped', async () => {
    const body = JSON.stringify({
      ...BODY,
      order_item_status: 'ON_HOLD',
      customer: { email: 'a@b.example' },
    });
    expect((await invoke({ body })).statusCode).toBe(200);
    expect(JSON.stringify(stored())).not.toContain('a@b.example');
  });

  test('I3 that the table does not take is answered with 500, which says nothing', async () => {
    const failing = (inner: Table): Table => ({
      ...inner,
      put: async (_: Put) => {
        throw new Error('secret internals');
      },
    });
    const { statusCode, body } = await invoke({}, failing);
    expect(statusCode).toBe(500);
    expect(body).not.toContain('internals');
    expect(logged).toHaveLength(1);
  });
});

describe('bad input', () => {
  test.for([
    ['no JSON', '{"order_id": ', 'JSON'],
    ['nothing', '', 'JSON'],
    ['a list', '[]', 'body'],
    ['null', 'null', 'body'],
    ['a missing field', JSON.stringify({ ...BODY, order_item_version: undefined }), 'order_item_version'],
    ['a number for text', JSON.stringify({ ...BODY, order_item_version: 22 }), 'order_item_version'],
    ['no UUID', JSON.stringify({ ...BODY, order_uuid: '1' }), 'order_uuid'],
    [
      'a version that is no number',
      JSON.stringify({ ...BODY, order_item_version: '2a' }),
      'order_item_version',
    ],
    ['an empty status', JSON.stringify({ ...BODY, order_item_status: '' }), 'order_item_status'],
    ['a local time', JSON.stringify({ ...BODY, order_created: '2018-12-10 13:12' }), 'order_created'],
  ] as const)('I6 %s gets 400 with a reason, and is kept in quarantine', async ([, body, reason]) => {
    const answer = await invoke({ body });
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body ?? '').message).toContain(reason);
    expect(quarantined()).toEqual([expect.objectContaining({ body, receivedAt: NOW })]);
    expect(stored()).toEqual([]);
    expect(counts).toEqual({ WebhookQuarantined: 1 });
    expect(logged).toEqual([]);
  });

  test('I9 more than 64 KiB gets 413, another content type 415; nothing is stored', async () => {
    const long = JSON.stringify({ ...BODY, more: 'x'.repeat(64 * 1024) });
    expect((await invoke({ body: long })).statusCode).toBe(413);
    expect((await invoke({ headers: { 'content-type': 'text/plain' } })).statusCode).toBe(415);
    expect((await invoke({ headers: { 'content-type': '' } })).statusCode).toBe(415);
    expect(table.rows()).toEqual([]);
  });

  test('I1 without credentials nothing is read or stored, whatever the body', async () => {
    const answer = await invoke({ headers: { authorization: 'Basic nonsense' }, body: '{' });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers?.['WWW-Authenticate']).toContain('Basic');
    expect(table.rows()).toEqual([]);
    expect(JSON.stringify(logged)).not.toContain('nonsense');
  });

  test('anything at all gets an answer below 500', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })),
        fc.dictionary(fc.constantFrom('authorization', 'content-type', 'x-any'), fc.string()),
        fc.boolean(),
        async (body, headers, isBase64Encoded) => {
          const { statusCode } = await invoke({ body, headers, isBase64Encoded });
          expect(statusCode).toBeLessThan(500);
        },
      ),
    );
  });
});
