import { gzipSync } from 'node:zlib';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { httpMiddleware } from '../../lambdas/adapters/http-middleware.ts';
import { quarantine, quarantineStore } from '../../lambdas/adapters/quarantine-store.ts';
import type { Put, Table } from '../../lambdas/adapters/table.ts';
import { webhookCredentials } from '../../lambdas/adapters/webhook-credentials.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { ingestWebhook } from '../../lambdas/application/ingest-webhook.ts';
import type { Telemetry } from '../../lambdas/application/ports.ts';
import { settingsSchema } from '../../lambdas/contracts/settings.ts';
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

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

let table: InMemoryTable;
let logged: unknown[];
let counts: Record<string, number>;

beforeEach(() => {
  table = new InMemoryTable();
  logged = [];
  counts = {};
});

const invoke = async (
  event: { headers?: Record<string, string>; body?: string; isBase64Encoded?: boolean; sourceIp?: string },
  through: (table: Table) => Table = (inner) => inner,
  sourceAddresses: readonly string[] = [],
): Promise<APIGatewayProxyStructuredResultV2> => {
  const log = (...entry: unknown[]) => void logged.push(entry);
  const used = through(table);
  const telemetry: Telemetry = {
    count: (metric, value = 1) => {
      counts[metric] = (counts[metric] ?? 0) + value;
    },
    measure: () => {},
    info: log,
    warn: log,
    error: log,
  };
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpMiddleware(telemetry))
    .handler(
      ingestWebhook({
        credentials: webhookCredentials({
          secret: {
            read: async (stage) =>
              stage === 'AWSCURRENT'
                ? { value: { username: 'musement', password: 'secret' }, createdAt: new Date(0) }
                : undefined,
          },
          overlapInSeconds: 0,
        }),
        sourceAddresses,
        webhooks: webhookStore(used, settingsSchema.parse({})),
        quarantine: quarantineStore(used),
        clock: { now: () => NOW },
        telemetry,
      }),
    );
  const request = {
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json', ...event.headers },
    body: event.body ?? JSON.stringify(BODY),
    isBase64Encoded: event.isBase64Encoded ?? false,
    requestContext: { http: { sourceIp: event.sourceIp ?? '192.0.2.1' } },
  } as unknown as APIGatewayProxyEventV2;
  return await handler(request, {} as Context);
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
        itemUuid: BODY.order_item_uuid,
        status: 'OK',
        version: '00000000000000000022',
        receivedAt: NOW,
        requestedAt: NOW,
        deliveries: 1,
        dueAt: '2026-03-01T10:01:00.000Z',
      }),
    ]);
    expect(counts).toEqual({ WebhookRepeated: 0 });
    expect(logged).toEqual([
      [
        'Webhook stored',
        {
          orderUuid: BODY.order_uuid.toLowerCase(),
          itemUuid: BODY.order_item_uuid,
          status: 'OK',
          version: '22',
          repeated: false,
        },
      ],
    ]);
  });

  test('I4 that is repeated is answered with 200, and counted as repeated', async () => {
    await invoke({});
    expect((await invoke({})).statusCode).toBe(200);
    expect(stored()).toMatchObject([{ deliveries: 2 }]);
    expect(counts).toEqual({ WebhookRepeated: 1 });
    expect(logged[1]).toMatchObject(['Webhook stored', { repeated: true }]);
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

  test('I7 of an unknown status is accepted, and additional fields are dropped', async () => {
    const body = JSON.stringify({
      ...BODY,
      order_item_status: 'ON_HOLD',
      customer: { email: 'a@b.example' },
    });
    expect((await invoke({ body })).statusCode).toBe(200);
    expect(JSON.stringify(stored())).not.toContain('a@b.example');
  });

  test('I7 with additional fields of 32 levels is accepted', async () => {
    const body = `${JSON.stringify(BODY).slice(0, -1)},"more":${deep(31)}}`;
    expect((await invoke({ body })).statusCode).toBe(200);
  });

  test('I3 that the table rejects is answered with 500, without internals', async () => {
    const failing = (inner: Table): Table => ({
      ...inner,
      put: async (_: Put) => {
        throw new Error('secret internals');
      },
    });
    const { statusCode, body } = await invoke({}, failing);
    expect(statusCode).toBe(500);
    expect(body).not.toContain('internals');
    expect(logged).toMatchObject([['Request failed', expect.any(Error)]]);
    expect(table.rows()).toEqual([]);
  });
});

describe('bad input', () => {
  test.for([
    ['text that is not JSON', '{"order_id": ', 'JSON'],
    ['an empty body', '', 'JSON'],
    ['a list', '[]', 'body'],
    ['null', 'null', 'body'],
    ['a missing field', JSON.stringify({ ...BODY, order_item_version: undefined }), 'order_item_version'],
    ['a number instead of text', JSON.stringify({ ...BODY, order_item_version: 22 }), 'order_item_version'],
    ['a value that is not a UUID', JSON.stringify({ ...BODY, order_uuid: '1' }), 'order_uuid'],
    [
      'a version that is not a number',
      JSON.stringify({ ...BODY, order_item_version: '2a' }),
      'order_item_version',
    ],
    ['an empty status', JSON.stringify({ ...BODY, order_item_status: '' }), 'order_item_status'],
    ['a local time', JSON.stringify({ ...BODY, order_created: '2018-12-10 13:12' }), 'order_created'],
    [
      'a time with a fraction of kilobytes',
      JSON.stringify({ ...BODY, order_created: `2018-12-10T13:12:40.${'1'.repeat(9999)}Z` }),
      'order_created',
    ],
    [
      'a valid body with a value that is nested too deep',
      `${JSON.stringify(BODY).slice(0, -1)},"more":${deep(33)}}`,
      '32 levels',
    ],
  ] as const)('I6 %s is answered with 400 and a reason, and kept in quarantine', async ([, body, reason]) => {
    const answer = await invoke({ body });
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body ?? '').message).toContain(reason);
    const inTwoWeeks = Date.parse(NOW) / 1000 + 14 * 24 * 3600;
    expect(quarantined()).toEqual([
      expect.objectContaining({ body, receivedAt: NOW, expiresAt: inTwoWeeks }),
    ]);
    expect(stored()).toEqual([]);
    expect(counts).toEqual({ WebhookQuarantined: 1 });
    expect(logged).toEqual([]);
  });

  test.for([
    ['compressed', gzipSync(JSON.stringify(BODY))],
    ['in Latin-1', Buffer.from('{"order_id": "é"', 'latin1')],
    ['of every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['that begins with a byte order mark', Buffer.from('\ufeff{}')],
  ] as const)('I6 a body %s is kept byte by byte', async ([, body]) => {
    const answer = await invoke({ body: body.toString('base64'), isBase64Encoded: true });
    expect(answer.statusCode).toBe(400);
    const [kept] = await quarantine(table).list(NOW);
    expect(Buffer.from(kept?.body ?? '', kept?.encoding)).toEqual(body);
  });

  const long = JSON.stringify({ ...BODY, more: 'x'.repeat(64 * 1024) });

  test.for([
    ['text/plain', { 'content-type': 'text/plain' }, 'not "text/plain"'],
    ['no type', { 'content-type': '' }, 'there is none'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'urlencoded"'],
    ['a type that only begins like JSON', { 'content-type': 'application/jsonx' }, 'not "application/jsonx"'],
    ['a type of kilobytes', { 'content-type': 'x'.repeat(9000) }, 'x"'],
    ['a type that is no text', { 'content-type': 'a\ud800' }, 'not "a\ufffd"'],
  ] as const)(
    'I10 a good body with %s is answered with 415 and kept in quarantine, and no webhook is stored',
    async ([, headers, reason]) => {
      const answer = await invoke({ headers });
      expect(answer.statusCode).toBe(415);
      expect(answer.body?.length).toBeLessThan(300);
      expect(JSON.parse(answer.body ?? '').message).toContain(reason);
      expect(quarantined()).toEqual([
        expect.objectContaining({ body: JSON.stringify(BODY), reason: expect.stringContaining(reason) }),
      ]);
      expect(stored()).toEqual([]);
      expect(counts).toEqual({ WebhookQuarantined: 1 });
    },
  );

  test.for([
    ['a good body', long, {}],
    ['a body that is no JSON', 'x'.repeat(64 * 1024 + 1), {}],
    ['a body of megabytes', 'x'.repeat(5 * 1024 * 1024), {}],
    ['a body of another type', long, { 'content-type': 'text/plain' }],
  ] as const)(
    'I10 %s of more than 64 KiB is answered with 413, and its size is kept in quarantine',
    async ([, body, headers]) => {
      const answer = await invoke({ body, headers });
      expect(answer.statusCode).toBe(413);
      expect(JSON.parse(answer.body ?? '').message).toContain('65536 bytes');
      const [kept, ...others] = await quarantine(table).list(NOW);
      expect(kept).toMatchObject({ bodyBytes: body.length, receivedAt: NOW });
      expect(kept).not.toHaveProperty('body');
      expect(others).toEqual([]);
      expect(JSON.stringify(table.rows()).length).toBeLessThan(1000);
      expect(stored()).toEqual([]);
      expect(counts).toEqual({ WebhookQuarantined: 1 });
    },
  );

  test('I10 the size of a body in base64 is that of its bytes', async () => {
    const bytes = Buffer.alloc(64 * 1024, 0xff);
    expect((await invoke({ body: bytes.toString('base64'), isBase64Encoded: true })).statusCode).toBe(400);
    const longer = Buffer.concat([bytes, Buffer.from('x')]);
    expect((await invoke({ body: longer.toString('base64'), isBase64Encoded: true })).statusCode).toBe(413);
    const kept = await quarantine(table).list(NOW);
    expect(kept).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ encoding: 'base64', body: bytes.toString('base64') }),
        expect.objectContaining({ bodyBytes: longer.length }),
      ]),
    );
  });

  test.for([
    ['that is too long', { body: long }],
    ['of another type', { headers: { 'content-type': 'text/plain' } }],
    ['that is malformed', { body: '{' }],
  ] as const)('I10 a body %s leaves no trace without the right credentials', async ([, request]) => {
    const headers = { ...('headers' in request && request.headers), authorization: 'Basic Z3Vlc3M6Z3Vlc3M=' };
    expect((await invoke({ ...request, headers })).statusCode).toBe(401);
    expect(table.rows()).toEqual([]);
    expect(counts).toEqual({ WebhookUnauthorized: 1 });
  });

  test.for([
    ['good', undefined],
    ['malformed', '{'],
    ['empty', ''],
  ] as const)(
    'a probe with a %s body is answered with 204, and nothing is stored or counted',
    async ([, body]) => {
      const headers = { 'X-Order-Tracker-Probe': 'doctor' };
      expect((await invoke({ headers, ...(body !== undefined && { body }) })).statusCode).toBe(204);
      expect(table.rows()).toEqual([]);
      expect(counts).toEqual({});
    },
  );

  test.for([
    ['the wrong credentials', 401, { headers: { authorization: 'Basic Z3Vlc3M6Z3Vlc3M=' } }, []],
    ['another address', 403, {}, ['198.51.100.1']],
  ] as const)('a probe with %s is answered with %i', async ([, status, request, ranges]) => {
    const headers = { 'x-order-tracker-probe': '', ...('headers' in request && request.headers) };
    expect((await invoke({ headers }, undefined, ranges)).statusCode).toBe(status);
    expect(table.rows()).toEqual([]);
  });

  test('I1 without credentials the body is neither read nor stored', async () => {
    const answer = await invoke({ headers: { authorization: 'Basic nonsense' }, body: '{' });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers?.['WWW-Authenticate']).toContain('Basic');
    expect(table.rows()).toEqual([]);
    expect(JSON.stringify(logged)).not.toContain('nonsense');
  });

  test('I1 an unknown user and a wrong password get the same answer', async () => {
    const answers = await Promise.all(
      ['somebody:secret', 'musement:guess', 'somebody:guess', ':'].map((credentials) =>
        invoke({ headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test.for([
    ['192.0.2.77', [], 200],
    ['192.0.2.77', ['192.0.2.0/24'], 200],
    ['192.0.2.77', ['198.51.100.1', '192.0.2.77'], 200],
    ['192.0.2.77', ['192.0.2.78'], 403],
    ['192.0.3.1', ['192.0.2.0/24'], 403],
    ['2001:db8::7', ['192.0.2.0/24', '2001:db8::/32'], 200],
    ['2001:db9::7', ['192.0.2.0/24', '2001:db8::/32'], 403],
    ['', ['192.0.2.0/24'], 403],
  ] as const)(
    'from %s, with %j as source addresses, is answered with %i',
    async ([sourceIp, ranges, status]) => {
      const headers = { 'x-forwarded-for': '192.0.2.78, 192.0.2.0' };
      expect((await invoke({ sourceIp, headers }, undefined, ranges)).statusCode).toBe(status);
      expect(stored()).toHaveLength(status === 200 ? 1 : 0);
      expect(counts['WebhookUnauthorized'] ?? 0).toBe(status === 200 ? 0 : 1);
    },
  );

  test.for([
    ['lists', deep(32_768)],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['objects in an additional field', `{"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`],
    [
      'keys that look like a prototype',
      `{"__proto__":${JSON.stringify(BODY)},"constructor":{"prototype":{"a":1}}}`,
    ],
  ])('I6 %s as deep as 64 KiB allow are answered with 400', async ([, body]) => {
    expect((await invoke({ body: body ?? '' })).statusCode).toBe(400);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  test('I6 a caller with valid credentials can fill the quarantine of a day, but not the table', async () => {
    for (let count = 0; count < 1010; count++) expect((await invoke({ body: '{' })).statusCode).toBe(400);
    expect(quarantined()).toHaveLength(1000);
    expect(counts).toEqual({ WebhookQuarantined: 1010 });
    expect(logged).toHaveLength(10);
  });

  test('I6 a webhook with any value in one field is stored or quarantined, never both', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(BODY)),
        fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.stringMatching(/^[A-Z0-9_:+-]{1,80}$/)),
        async (field, value) => {
          table = new InMemoryTable();
          const { statusCode } = await invoke({ body: JSON.stringify({ ...BODY, [field]: value }) });
          expect([200, 400]).toContain(statusCode);
          expect(stored()).toHaveLength(statusCode === 200 ? 1 : 0);
          expect(quarantined()).toHaveLength(statusCode === 200 ? 0 : 1);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('any request is answered below 500, and nothing is stored without credentials', async () => {
    const headerNames = fc.oneof(
      fc.constantFrom(
        'authorization',
        'Authorization',
        'content-type',
        'Content-Type',
        '__proto__',
        'constructor',
      ),
      fc.string(),
    );
    const headerValues = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String().map((text) => `Basic ${text}`),
      fc.constantFrom(
        `${AUTHORIZATION}, ${AUTHORIZATION}`,
        `${AUTHORIZATION}!`,
        `x${AUTHORIZATION}`,
        'Basic Og==',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }), fc.constant(JSON.stringify(BODY))),
        fc.dictionary(headerNames, headerValues),
        fc.boolean(),
        async (body, headers, isBase64Encoded) => {
          table = new InMemoryTable();
          const { statusCode = 0, body: answer } = await invoke({ body, headers, isBase64Encoded });
          expect(statusCode).toBeLessThan(500);
          expect(answer?.length).toBeLessThan(2000);
          const names = Object.keys(headers).map((name) => name.toLowerCase());
          const isAuthenticated = !names.includes('authorization');
          if (!isAuthenticated) expect(statusCode).toBe(401);
          expect(table.rows().length > 0).toBe([200, 400, 413, 415].includes(statusCode));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
