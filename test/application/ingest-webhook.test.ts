import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { quarantine } from '../../lambdas/adapters/quarantine-store.ts';
import { webhookEvent } from '../platform/functions.ts';
import { START, webhookBody } from '../platform/sample-order.ts';
import { TestTracker, type TestTrackerOptions, tableWith } from '../platform/test-tracker.ts';

const { Authorization: AUTHORIZATION = '' } = webhookEvent('').headers;
const BODY = { ...webhookBody('OK', '22'), order_uuid: '8E9E5C6E-ea7d-4934-8753-f00954f30d00' };

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

let tracker: TestTracker;

beforeEach(() => {
  tracker = new TestTracker();
});

/** Posts a webhook with some fields of its request changed. */
const invoke = async (
  event: {
    headers?: Record<string, string>;
    body?: string;
    isBase64Encoded?: boolean;
    sourceIp?: string;
  } = {},
  options?: TestTrackerOptions,
) => {
  if (options) tracker = new TestTracker(options);
  const { sourceIp = '192.0.2.1', headers, ...changes } = event;
  const request: APIGatewayProxyEventV2 = webhookEvent(BODY);
  return await tracker.functions['ingest-webhook']({
    ...request,
    ...changes,
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json', ...headers },
    requestContext: { http: { sourceIp } },
  });
};

const stored = () => tracker.table.rows().filter(({ pk }) => pk.startsWith('ORDER#'));
const quarantined = () => tracker.table.rows().filter(({ pk }) => pk.startsWith('QUARANTINE#'));

describe('a webhook', () => {
  test('is stored, UUIDs in lower case, and answered with 200', async () => {
    expect((await invoke()).statusCode).toBe(200);
    const fields = { itemUuid: BODY.order_item_uuid, status: 'OK' };
    expect(stored()).toEqual([
      expect.objectContaining({
        pk: `ORDER#${BODY.order_uuid.toLowerCase()}`,
        sk: `WEBHOOK#${BODY.order_item_uuid}#00000000000000000022#OK`,
        webhook: BODY,
        ...fields,
        version: '00000000000000000022',
        receivedAt: START,
        requestedAt: START,
        deliveries: 1,
        dueAt: '2026-03-01T10:01:00.000Z',
      }),
    ]);
    expect(Object.fromEntries(tracker.counts)).toEqual({ WebhookRepeated: 0 });
    expect(tracker.logs).toMatchObject([
      {
        message: 'Webhook stored',
        fields: { orderUuid: BODY.order_uuid.toLowerCase(), ...fields, version: '22', repeated: false },
      },
    ]);
  });

  test('I8 of any content type of JSON is accepted', async () => {
    for (const type of [
      'application/json; charset=utf-8',
      'APPLICATION/JSON',
      'application/json ;charset=UTF-8',
    ]) {
      expect((await invoke({ headers: { 'content-type': type } })).statusCode).toBe(200);
    }
  });

  test('I8 in base64 is accepted, and headers in any case', async () => {
    const body = btoa(JSON.stringify(BODY));
    const headers = { authorization: '', 'Content-Type': 'application/json', Authorization: AUTHORIZATION };
    expect((await invoke({ body, isBase64Encoded: true, headers })).statusCode).toBe(200);
  });

  test('I7 of an unknown status is accepted, and additional fields of up to 32 levels are dropped', async () => {
    const more = `"customer":{"email":"a@b.example"},"more":${deep(31)}`;
    const known = JSON.stringify({ ...BODY, order_item_status: 'ON_HOLD' });
    expect((await invoke({ body: `${known.slice(0, -1)},${more}}` })).statusCode).toBe(200);
    expect(JSON.stringify(stored())).not.toContain('a@b.example');
  });

  test('I3 that the table refuses is answered with 500, without internals', async () => {
    const put = async () => {
      throw new Error('secret internals');
    };
    const { statusCode, body } = await invoke({}, { through: (table) => tableWith(table, { put }) });
    expect(statusCode).toBe(500);
    expect(body).not.toContain('internals');
    expect(tracker.logs).toMatchObject([{ message: 'Request failed', error: expect.any(Error) }]);
    expect(tracker.table.rows()).toEqual([]);
  });
});

const changed = (fields: object) => JSON.stringify({ ...BODY, ...fields });

test.for([
  ['text that is not JSON', '{"order_id": ', 'JSON'],
  ['an empty body', '', 'JSON'],
  ['a list', '[]', 'body'],
  ['null', 'null', 'body'],
  ['a missing field', changed({ order_item_version: undefined }), 'order_item_version'],
  ['a number instead of text', changed({ order_item_version: 22 }), 'order_item_version'],
  ['a value that is not a UUID', changed({ order_uuid: '1' }), 'order_uuid'],
  ['a version that is not a number', changed({ order_item_version: '2a' }), 'order_item_version'],
  ['an empty status', changed({ order_item_status: '' }), 'order_item_status'],
  ['a local time', changed({ order_created: '2018-12-10 13:12' }), 'order_created'],
  ['a long time', changed({ order_created: `2018-12-10T13:12:40.${'1'.repeat(9999)}Z` }), 'order_created'],
  ['a deep value', `${JSON.stringify(BODY).slice(0, -1)},"more":${deep(33)}}`, '32 levels'],
] as const)('I6 %s is answered with 400 and a reason, and kept in quarantine', async ([, body, reason]) => {
  const answer = await invoke({ body });
  expect(answer.statusCode).toBe(400);
  expect(JSON.parse(answer.body ?? '').message).toContain(reason);
  const expiresAt = Date.parse(START) / 1000 + 14 * 24 * 3600;
  expect(quarantined()).toEqual([expect.objectContaining({ body, receivedAt: START, expiresAt })]);
  expect(stored()).toEqual([]);
  expect(Object.fromEntries(tracker.counts)).toEqual({ WebhookQuarantined: 1 });
  expect(tracker.logs).toEqual([]);
});

test.for([
  ['compressed', gzipSync(JSON.stringify(BODY))],
  ['in Latin-1', Buffer.from('{"order_id": "é"', 'latin1')],
  ['of every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['that begins with a byte order mark', Buffer.from('\ufeff{}')],
] as const)('I6 a body %s is kept byte by byte', async ([, body]) => {
  const answer = await invoke({ body: body.toString('base64'), isBase64Encoded: true });
  expect(answer.statusCode).toBe(400);
  const [kept] = await quarantine(tracker.table).list(START);
  expect(Buffer.from(kept?.body ?? '', kept?.encoding)).toEqual(body);
});

test('I9 more than 64 KiB is answered with 413, another content type with 415; nothing is stored', async () => {
  const long = JSON.stringify({ ...BODY, more: 'x'.repeat(64 * 1024) });
  expect((await invoke({ body: long })).statusCode).toBe(413);
  expect((await invoke({ headers: { 'content-type': 'text/plain' } })).statusCode).toBe(415);
  expect((await invoke({ headers: { 'content-type': '' } })).statusCode).toBe(415);
  expect(tracker.table.rows()).toEqual([]);
});

test('I1 without credentials the body is neither read nor stored', async () => {
  const answer = await invoke({ headers: { authorization: 'Basic nonsense' }, body: '{' });
  expect(answer.statusCode).toBe(401);
  expect(answer.headers?.['WWW-Authenticate']).toContain('Basic');
  expect(tracker.table.rows()).toEqual([]);
  expect(JSON.stringify(tracker.logs)).not.toContain('nonsense');
});

test('I1 an unknown user and a wrong password get the same answer', async () => {
  const answers = [];
  for (const credentials of ['somebody:päss:word', 'musement:guess', 'somebody:guess', ':']) {
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    answers.push(await invoke({ headers: { authorization } }));
  }
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
] as const)('from %s, with %j as source addresses: %i', async ([sourceIp, ranges, status]) => {
  const headers = { 'x-forwarded-for': '192.0.2.78, 192.0.2.0' };
  const settings = { webhookSourceAddresses: [...ranges] };
  expect((await invoke({ sourceIp, headers }, { settings })).statusCode).toBe(status);
  expect(stored()).toHaveLength(status === 200 ? 1 : 0);
  expect(tracker.counts.get('WebhookUnauthorized') ?? 0).toBe(status === 200 ? 0 : 1);
});

test.for([
  ['lists', deep(32_768)],
  ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['objects in an additional field', `{"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`],
  ['keys of a prototype', `{"__proto__":${JSON.stringify(BODY)},"constructor":{"prototype":{"a":1}}}`],
])('I6 %s as deep as 64 KiB allow are answered with 400', async ([, body]) => {
  expect((await invoke({ body: body ?? '' })).statusCode).toBe(400);
  expect(({} as Record<string, unknown>)['a']).toBeUndefined();
});

test('I6 a caller with valid credentials can fill the quarantine of a day, but not the table', async () => {
  for (let count = 0; count < 1010; count++) expect((await invoke({ body: '{' })).statusCode).toBe(400);
  expect(quarantined()).toHaveLength(1000);
  expect(Object.fromEntries(tracker.counts)).toEqual({ WebhookQuarantined: 1010 });
  expect(tracker.logs).toHaveLength(10);
});

test('I6 a webhook with any value in one field is stored or quarantined, never both', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(BODY)),
      fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.stringMatching(/^[A-Z0-9_:+-]{1,80}$/)),
      async (field, value) => {
        tracker = new TestTracker();
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
  const known = 'authorization Authorization content-type Content-Type __proto__ constructor'.split(' ');
  const headerNames = fc.oneof(fc.constantFrom(...known), fc.string());
  const nearly = [`${AUTHORIZATION}, ${AUTHORIZATION}`, `${AUTHORIZATION}!`, `x${AUTHORIZATION}`];
  const headerValues = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.base64String().map((text) => `Basic ${text}`),
    fc.constantFrom(...nearly, 'Basic Og=='),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }), fc.constant(JSON.stringify(BODY))),
      fc.dictionary(headerNames, headerValues),
      fc.boolean(),
      async (body, headers, isBase64Encoded) => {
        tracker = new TestTracker();
        const { statusCode = 0, body: answer } = await invoke({ body, headers, isBase64Encoded });
        expect(statusCode).toBeLessThan(500);
        expect(answer?.length).toBeLessThan(2000);
        const names = Object.keys(headers).map((name) => name.toLowerCase());
        if (names.includes('authorization')) expect(statusCode).toBe(401);
        expect(tracker.table.rows().length > 0).toBe([200, 400].includes(statusCode));
      },
    ),
    { numRuns: 2000 },
  );
});
