import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2WithIAMAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { httpMiddleware } from '../../lambdas/adapters/http-middleware.ts';
import { notifications } from '../../lambdas/adapters/notifications.ts';
import { orderLists } from '../../lambdas/adapters/order-lists.ts';
import { orderTimelines } from '../../lambdas/adapters/order-timeline.ts';
import { ordersApi } from '../../lambdas/application/orders-api.ts';
import { OrderTable } from '../adapters/order-table.ts';
import { readDocument } from '../contract/documents.ts';
import { closed, SchemaValidator } from '../contract/validator.ts';
import { answer, at, DAY, FAILURE, ITEM, ORDER, OTHER_ITEM, seen, UNKNOWN } from '../domain/fixtures.ts';

const CALLER = 'arn:aws:iam::012345678901:user/checkout';

let orders: OrderTable;
let now: string;
let logged: unknown[];

beforeEach(() => {
  [orders, now, logged] = [new OrderTable(), at(0), []];
});

const rows = () => orders.table.rows();

interface Request {
  readonly method?: string;
  readonly orderUuid?: string;
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Record<string, string>;
}

const invoke = async (request: Request): Promise<APIGatewayProxyStructuredResultV2> => {
  const { table, settings } = orders;
  const handler = middy<APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2>()
    .use(httpMiddleware({ error: (...entry) => void logged.push(entry) }))
    .handler(
      ordersApi({
        timelines: orderTimelines(table, settings),
        lists: orderLists(table),
        store: orders.store,
        clock: { now: () => now },
        telemetry: { info: () => {} },
        settings,
        eventSource: 'urn:musement-order-tracker:test',
      }),
    );
  const { method = 'PUT', orderUuid = ORDER, headers = {}, isBase64Encoded = false, body } = request;
  const event = {
    headers,
    pathParameters: { orderUuid },
    body,
    isBase64Encoded,
    requestContext: { http: { method }, authorizer: { iam: { userArn: CALLER } } },
  };
  return await handler(event as unknown as APIGatewayProxyEventV2WithIAMAuthorizer, {} as Context);
};

/** What `GET` shows of the order. */
const shown = async () => {
  const { statusCode, body = '' } = await invoke({ method: 'GET' });
  expect(statusCode).toBe(200);
  return JSON.parse(body);
};

describe('PUT /orders/{orderUuid}', () => {
  test('stores a fresh track request, the UUID in lower case, and answers with 202', async () => {
    const body = JSON.stringify({ paidAt: '2026-03-01T10:30:00+01:00', reference: 'B-4711' });
    expect(await invoke({ orderUuid: ORDER.toUpperCase(), body })).toEqual({
      statusCode: 202,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ orderUuid: ORDER, requestedAt: at(0) }),
    });
    expect(rows()).toEqual([
      expect.objectContaining({
        pk: `ORDER#${ORDER}`,
        sk: expect.stringMatching(/^TRACK#/),
        requestedAt: at(0),
        requestedBy: CALLER,
        paidAt: '2026-03-01T09:30:00.000Z',
        reference: 'B-4711',
        due: expect.stringMatching(/^RESCUE#/),
        dueAt: at(60),
      }),
    ]);
    for (let count = 0; count < 19; count++) expect((await invoke({})).statusCode).toBe(202);
    expect(rows(), 'requests of one millisecond').toHaveLength(20);
  });

  const long = JSON.stringify({ reference: 'x'.repeat(64 * 1024) });

  test.for<[string, Request & { readonly paidAt?: string; readonly reference?: string }, number, string]>([
    ['a local time as paidAt', { paidAt: '2026-03-01T10:00:00' }, 400, 'paidAt'],
    ['a time in the future as paidAt', { paidAt: '2026-03-01T10:01:01Z' }, 400, 'paidAt'],
    ['no time as paidAt', { paidAt: 'yesterday' }, 400, 'paidAt'],
    ['an unpaired high surrogate as reference', { reference: '\ud83d' }, 400, 'reference'],
    ['an unpaired low surrogate in the reference', { reference: 'a\uDE00b' }, 400, 'reference'],
    ['a line break in the reference', { reference: 'B-4711\n' }, 400, 'reference'],
    ['a terminal escape sequence as reference', { reference: '\u001b]0;title\u0007' }, 400, 'reference'],
    ['an empty reference', { reference: '' }, 400, 'reference'],
    ['a reference of 129 characters', { reference: 'x'.repeat(129) }, 400, 'reference'],
    ['a path without a UUID', { orderUuid: '1' }, 400, 'UUID'],
    ['a field that is not documented', { body: '{"paid": true}' }, 400, 'paid'],
    ['a field with a name of 60 KB', { body: JSON.stringify({ ['x'.repeat(60_000)]: 1 }) }, 400, 'xxx'],
    ['a body of more than 64 KiB', { body: long }, 413, '65536'],
    ['a body of more than 64 KiB in base64', { body: btoa(long), isBase64Encoded: true }, 413, '65536'],
    ['a body as deep as 64 KiB allow', { body: '['.repeat(32_768) + ']'.repeat(32_768) }, 400, '32 levels'],
    ['another method than PUT, GET and DELETE', { method: 'POST' }, 405, 'PUT'],
  ])('rejects %s with a short reason, and stores nothing', async ([, request, status, reason]) => {
    const { paidAt, reference, ...other } = request;
    const { statusCode, body } = await invoke({ body: JSON.stringify({ paidAt, reference }), ...other });
    expect(statusCode).toBe(status);
    expect(body).toContain(reason);
    expect(body?.length).toBeLessThan(2000);
    expect(rows()).toEqual([]);
  });

  test.for(['B-4711', 'Größe 7 ½', '予約', '🏛️', '"; DROP TABLE', '__proto__'])(
    'stores the reference %s as it is',
    async (reference) => {
      expect((await invoke({ body: JSON.stringify({ reference }) })).statusCode).toBe(202);
      expect(rows()).toEqual([expect.objectContaining({ reference })]);
    },
  );

  test('stores a request if and only if it answers with 202, whatever the request', async () => {
    const isoTimes = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
    const anyTime = fc.oneof(fc.string(), isoTimes);
    const anyReference = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('\ud800'));
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.constantFrom('PUT', 'GET', 'DELETE', 'POST', 'PATCH'),
          orderUuid: fc.oneof(fc.constant(ORDER), fc.string(), fc.uuid()),
          body: fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.json(),
            fc
              .record({ paidAt: anyTime, reference: anyReference }, { requiredKeys: [] })
              .map((body) => JSON.stringify(body)),
          ),
          isBase64Encoded: fc.boolean(),
          headers: fc.dictionary(fc.string(), fc.string()),
        }),
        async (request) => {
          orders = new OrderTable();
          const { statusCode, body } = await invoke(request);
          expect(statusCode).toBeLessThan(500);
          expect(body?.length).toBeLessThan(4096);
          expect(rows()).toHaveLength(statusCode === 202 ? 1 : 0);
          expect(rows().every(({ reference = '' }) => `${reference}`.isWellFormed())).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
    expect(logged).toEqual([]);
  });
});

describe('GET /orders/{orderUuid}', () => {
  test('answers with 404 for an order that is not tracked, and shows one that was not checked yet', async () => {
    expect((await invoke({ method: 'GET' })).statusCode).toBe(404);
    await invoke({ body: '{"reference":"B-4711"}' });
    expect(await shown()).toMatchObject({ orderUuid: ORDER, settled: false, items: [] });
  });

  test('shows when the order and each item were checked, and when they are checked next', async () => {
    await orders.check(0, answer(seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM })));
    const order = await shown();
    const { nextCheckAt } = orders.order;
    expect(order).toMatchObject({
      orderUuid: ORDER,
      orderIdentifier: 'MUS0738876',
      status: 'PENDING',
      settled: false,
      checkedAt: at(0),
      nextCheckAt,
    });
    const vouchers = ['https://vouchers.example.com/1.pdf'];
    expect(order.items).toEqual([
      {
        itemUuid: ITEM,
        status: 'PENDING',
        since: at(0),
        sequence: 1,
        confirmBy: at(2 * DAY),
        nextCheckAt,
        product: { type: 'musement', title: 'Museum' },
        vouchers: [],
      },
      expect.objectContaining({ itemUuid: OTHER_ITEM, status: 'OK', vouchers }),
    ]);
    expect(order.items[1]).not.toHaveProperty('nextCheckAt');
  });

  test('shows a later next check for an item that has more time than the order', async () => {
    const soon = seen('PENDING', { product: { maxConfirmationTime: 'PT30M' } });
    const late = seen('PENDING', { itemUuid: OTHER_ITEM, product: { maxConfirmationTime: 'P300D' } });
    await orders.check(0, answer(soon));
    await orders.check(60, answer(soon, late));
    const { nextCheckAt, items } = await shown();
    expect(items[0].nextCheckAt).toBe(nextCheckAt);
    expect(items[1].nextCheckAt > nextCheckAt).toBe(true);
  });

  test('shows no item that is checked before its order while the provider fails', async () => {
    await orders.check(0, answer(seen('PENDING')));
    await orders.check(7200, FAILURE);
    await orders.check(14_500, FAILURE);
    const { checkedAt, nextCheckAt, items } = await shown();
    expect(checkedAt).toBe(at(0));
    expect(items[0].nextCheckAt).toBe(nextCheckAt);
  });

  test('O3 shows a status that a second answer must confirm', async () => {
    await orders.check(0, answer(seen('OK')));
    await orders.check(600, answer(seen('PENDING')));
    const { items, settled } = await shown();
    expect(items).toMatchObject([{ status: 'OK', unconfirmedStatus: 'PENDING', nextCheckAt: at(660) }]);
    expect(settled).toBe(true);
    await orders.check(660, answer(seen('OK')));
    expect((await shown()).items[0]).not.toHaveProperty('unconfirmedStatus');
  });

  test('shows that an item is overdue', async () => {
    const item = seen('PENDING', { product: { maxConfirmationTime: 'PT30M' } });
    await orders.check(0, answer(item));
    await orders.check(1800, answer(item));
    expect(await shown()).toMatchObject({
      nextCheckAt: at(1800 + DAY),
      items: [{ status: 'PENDING', overdueAt: at(1800), nextCheckAt: at(1800 + DAY) }],
    });
  });

  test('shows no next check when nothing is left to check', async () => {
    orders = new OrderTable({ followUps: false });
    await orders.check(0, answer(seen('OK')));
    const order = await shown();
    expect(order.settled).toBe(true);
    expect(order).not.toHaveProperty('nextCheckAt');
    expect(order.items[0]).not.toHaveProperty('nextCheckAt');
  });

  test('shows nothing that only the tracker needs', async () => {
    await orders.check(0, answer(seen('PENDING')));
    await orders.check(1000, FAILURE);
    const { body = '' } = await invoke({ method: 'GET' });
    for (const name of ['rev', 'generation', 'clock', 'failure', 'openPeriod', 'expiresAt', 'dueAt', 'pk']) {
      expect(body).not.toContain(`"${name}"`);
    }
  });
});

/** Something of every kind, resolved and unresolved. */
const fill = async () => {
  now = at(-30);
  await invoke({ body: JSON.stringify({ paidAt: at(-60), reference: 'B-4711' }) });
  await orders.webhook('OK', '22', -20);
  await orders.check(-10, UNKNOWN);
  await orders.check(0, answer(seen('PENDING')));
  await orders.check(5, FAILURE);
  await orders.check(40, answer(seen('OK')));
  await orders.webhook('REFUNDED', '23', 50);
  await notifications(orders.table).remember(ORDER, ITEM, { askedAt: at(60), outcome: 'accepted' });
};

test('the timeline shows every kind of entry in the order of time', async () => {
  await fill();
  const { timeline } = await shown();
  const entry = ({ at: time, kind, ...more }: { at: string; kind: string }) => [time, kind, more];
  const resolved = { firstAnswerAt: at(-10), outcome: 'satisfied' };
  const track = { requestedBy: CALLER, paidAt: at(-60), reference: 'B-4711', ...resolved };
  const webhook = { version: '22', itemUuid: ITEM, status: 'OK', deliveries: 1 };
  const check = (showed: unknown) => ({ reason: 'schedule', showed, tookInMilliseconds: 1000 });
  const event = (id: string, type: string, status: string) => ({ id: `${ORDER}/${id}`, type, status });
  expect(timeline.map(entry)).toEqual([
    [at(-30), 'track', track],
    [at(-20), 'webhook', { ...webhook, ...resolved }],
    [at(-10), 'check', { ...check('unknown'), reason: 'webhook' }],
    [at(0), 'check', check({ [ITEM]: 'PENDING' })],
    [at(0), 'event', { ...event(`${ITEM}/1`, 'order_item.pending', 'PENDING'), foundBy: 'schedule' }],
    [at(5), 'check', check('http_503')],
    [at(40), 'check', check({ [ITEM]: 'OK' })],
    [at(40), 'event', { ...event(`${ITEM}/2`, 'order_item.ok', 'OK'), foundBy: 'webhook' }],
    [at(40), 'event', event('order/1', 'order.settled', 'PENDING')],
    [at(50), 'webhook', { ...webhook, version: '23', status: 'REFUNDED' }],
    [at(60), 'notification', { itemUuid: ITEM, outcome: 'accepted' }],
  ]);
});

test('an order with every kind of entry follows its schema, and shows nothing else that is stored', async () => {
  await fill();
  const order = await shown();
  expect(new Set(order.timeline.map(({ kind }: { kind: string }) => kind)).size).toBe(5);
  const schema = closed(readDocument('docs/schemas/v1/order.json'));
  new SchemaValidator().compile(schema, 'The answer')(order);
  const { body } = await invoke({ method: 'GET' });
  expect(body).not.toContain('order_id');
  expect(body).not.toContain('order_created');
});
