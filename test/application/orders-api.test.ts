import { readFileSync } from 'node:fs';
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
import { orderTimelines } from '../../lambdas/adapters/order-timeline.ts';
import { ordersApi } from '../../lambdas/application/orders-api.ts';
import { OrderTable, showing } from '../adapters/order-table.ts';
import { at, FAILURE, ITEM, ORDER, OTHER_ITEM, seen, UNKNOWN } from '../domain/fixtures.ts';

let orders: OrderTable;
let now: string;
let logged: unknown[];

beforeEach(() => {
  orders = new OrderTable();
  now = at(0);
  logged = [];
});

const rows = () => orders.table.rows();

interface Request {
  readonly method?: string;
  readonly orderUuid?: string;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Record<string, string>;
}

const invoke = async (request: Request): Promise<APIGatewayProxyStructuredResultV2> => {
  const { table, settings } = orders;
  const handler = middy<APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2>()
    .use(httpMiddleware({ error: (...entry) => void logged.push(entry) }))
    .handler(ordersApi({ timelines: orderTimelines(table, settings), clock: { now: () => now }, settings }));
  const event = {
    headers: request.headers ?? {},
    pathParameters: { orderUuid: request.orderUuid ?? ORDER },
    body: request.body,
    isBase64Encoded: request.isBase64Encoded ?? false,
    requestContext: {
      http: { method: request.method ?? 'PUT' },
      authorizer: { iam: { userArn: 'arn:aws:iam::012345678901:user/checkout' } },
    },
  } as unknown as APIGatewayProxyEventV2WithIAMAuthorizer;
  return await handler(event, {} as Context);
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
    const answer = await invoke({ orderUuid: ORDER.toUpperCase(), body });
    expect(answer).toMatchObject({ statusCode: 202, headers: { 'Content-Type': 'application/json' } });
    expect(JSON.parse(answer.body ?? '')).toEqual({ orderUuid: ORDER, requestedAt: at(0) });
    expect(rows()).toEqual([
      expect.objectContaining({
        pk: `ORDER#${ORDER}`,
        sk: expect.stringMatching(/^TRACK#/),
        requestedAt: at(0),
        requestedBy: 'arn:aws:iam::012345678901:user/checkout',
        paidAt: '2026-03-01T09:30:00.000Z',
        reference: 'B-4711',
        due: expect.stringMatching(/^RESCUE#/),
        dueAt: at(60),
      }),
    ]);
  });

  test('stores every request of one millisecond', async () => {
    for (let count = 0; count < 20; count++) expect((await invoke({})).statusCode).toBe(202);
    expect(rows()).toHaveLength(20);
  });

  test.for([
    ['a local time', '2026-03-01T10:00:00'],
    ['a time in the future', '2026-03-01T10:01:01Z'],
    ['no time', 'yesterday'],
  ])('refuses %s as paidAt', async ([, paidAt]) => {
    const { statusCode, body } = await invoke({ body: JSON.stringify({ paidAt }) });
    expect(statusCode).toBe(400);
    expect(body).toContain('paidAt');
    expect(rows()).toEqual([]);
  });

  test('refuses a path without a UUID, and a field that is not documented', async () => {
    expect((await invoke({ orderUuid: '1' })).statusCode).toBe(400);
    expect((await invoke({ body: '{"paid": true}' })).statusCode).toBe(400);
    expect(rows()).toEqual([]);
  });

  test('answers a body of more than 64 KiB with 413, and stores nothing', async () => {
    const body = JSON.stringify({ reference: 'x'.repeat(64 * 1024) });
    expect((await invoke({ body })).statusCode).toBe(413);
    expect((await invoke({ body: btoa(body), isBase64Encoded: true })).statusCode).toBe(413);
    expect(rows()).toEqual([]);
  });

  test('answers a body that is nested as deep as 64 KiB allow with 400', async () => {
    expect((await invoke({ body: '['.repeat(32_768) + ']'.repeat(32_768) })).statusCode).toBe(400);
    expect(rows()).toEqual([]);
  });

  test('answers with a short reason, however long the names in the body are', async () => {
    const { statusCode, body } = await invoke({ body: JSON.stringify({ ['x'.repeat(60_000)]: 1 }) });
    expect(statusCode).toBe(400);
    expect(body?.length).toBeLessThan(2000);
  });

  test.for([
    ['an unpaired high surrogate', '\ud83d'],
    ['an unpaired low surrogate', 'a\udE00b'],
    ['a line break', 'B-4711\n'],
    ['a terminal escape sequence', '\u001b]0;title\u0007'],
    ['no characters', ''],
    ['129 characters', 'x'.repeat(129)],
  ])('refuses a reference of %s, and stores nothing', async ([, reference]) => {
    const { statusCode, body } = await invoke({ body: JSON.stringify({ reference }) });
    expect(statusCode).toBe(400);
    expect(body).toContain('reference');
    expect(rows()).toEqual([]);
  });

  test.for(['B-4711', 'Größe 7 ½', '予約', '🏛️', '"; DROP TABLE', '__proto__'])(
    'stores the reference %s as it is',
    async (reference) => {
      expect((await invoke({ body: JSON.stringify({ reference }) })).statusCode).toBe(202);
      expect(rows()).toEqual([expect.objectContaining({ reference })]);
    },
  );

  test('is the only method besides GET: any other is answered with 405', async () => {
    expect((await invoke({ method: 'DELETE' })).statusCode).toBe(405);
  });

  test('stores a request if and only if it answers with 202, whatever the request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.constantFrom('PUT', 'GET', 'POST', 'PATCH'),
          orderUuid: fc.oneof(fc.constant(ORDER), fc.string(), fc.uuid()),
          body: fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.json(),
            fc
              .record(
                {
                  paidAt: fc.oneof(
                    fc.string(),
                    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
                  ),
                  reference: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('\ud800')),
                },
                { requiredKeys: [] },
              )
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
  test('answers with 404 for an order that is not tracked', async () => {
    expect((await invoke({ method: 'GET' })).statusCode).toBe(404);
  });

  test('shows an order that was tracked and not checked yet', async () => {
    await invoke({ body: '{"reference":"B-4711"}' });
    expect(await shown()).toMatchObject({ orderUuid: ORDER, settled: false, items: [] });
  });

  test('shows when the order and each item were checked, and when they are checked next', async () => {
    await orders.check(0, showing(seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM })));
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
    expect(order.items).toEqual([
      {
        itemUuid: ITEM,
        status: 'PENDING',
        since: at(0),
        sequence: 1,
        confirmBy: at(2 * 86_400),
        nextCheckAt,
        product: { type: 'musement', title: 'Museum' },
        vouchers: [],
      },
      expect.objectContaining({
        itemUuid: OTHER_ITEM,
        status: 'OK',
        vouchers: ['https://vouchers.example.com/1.pdf'],
      }),
    ]);
    expect(order.items[1]).not.toHaveProperty('nextCheckAt');
  });

  test('shows a later next check for an item that has more time than the order', async () => {
    const soon = { maxConfirmationTime: 'PT30M' };
    const late = { maxConfirmationTime: 'P300D' };
    await orders.check(0, showing(seen('PENDING', { product: soon })));
    await orders.check(
      60,
      showing(seen('PENDING', { product: soon }), seen('PENDING', { itemUuid: OTHER_ITEM, product: late })),
    );
    const { nextCheckAt, items } = await shown();
    expect(items[0].nextCheckAt).toBe(nextCheckAt);
    expect(items[1].nextCheckAt > nextCheckAt).toBe(true);
  });

  test('shows no item that is checked before its order while the provider fails', async () => {
    await orders.check(0, showing(seen('PENDING')));
    await orders.check(7200, FAILURE);
    await orders.check(14_500, FAILURE);
    const { checkedAt, nextCheckAt, items } = await shown();
    expect(checkedAt).toBe(at(0));
    expect(items[0].nextCheckAt).toBe(nextCheckAt);
  });

  test('O3 shows a status that a second answer must confirm', async () => {
    await orders.check(0, showing(seen('OK')));
    await orders.check(600, showing(seen('PENDING')));
    const { items, settled } = await shown();
    expect(items).toMatchObject([{ status: 'OK', unconfirmedStatus: 'PENDING', nextCheckAt: at(660) }]);
    expect(settled).toBe(true);
    await orders.check(660, showing(seen('OK')));
    expect((await shown()).items[0]).not.toHaveProperty('unconfirmedStatus');
  });

  test('shows that an item is overdue', async () => {
    const item = seen('PENDING', { product: { maxConfirmationTime: 'PT30M' } });
    await orders.check(0, showing(item));
    await orders.check(1800, showing(item));
    expect(await shown()).toMatchObject({
      nextCheckAt: at(1800 + 86_400),
      items: [{ status: 'PENDING', overdueAt: at(1800), nextCheckAt: at(1800 + 86_400) }],
    });
  });

  test('shows no next check when nothing is left to check', async () => {
    orders = new OrderTable({ followUps: false });
    await orders.check(0, showing(seen('OK')));
    const order = await shown();
    expect(order.settled).toBe(true);
    expect(order).not.toHaveProperty('nextCheckAt');
    expect(order.items[0]).not.toHaveProperty('nextCheckAt');
  });

  test('shows nothing that only the tracker needs', async () => {
    await orders.check(0, showing(seen('PENDING')));
    await orders.check(1000, FAILURE);
    const { body = '' } = await invoke({ method: 'GET' });
    for (const name of ['rev', 'generation', 'clock', 'failure', 'openPeriod', 'expiresAt', 'dueAt', 'pk']) {
      expect(body).not.toContain(`"${name}"`);
    }
  });

  test('answers with 500 without internals when a record is of another version', async () => {
    await orders.check(0, showing(seen('PENDING')));
    orders.table.updateNow({ key: { pk: `ORDER#${ORDER}`, sk: 'ORDER' }, set: { v: 2 } });
    const { statusCode, body } = await invoke({ method: 'GET' });
    expect(statusCode).toBe(500);
    expect(JSON.parse(body ?? '')).toEqual({ message: 'Internal error; please try again.' });
    expect(logged).toHaveLength(1);
  });
});

describe('the timeline', () => {
  /** The fields that docs/api.md documents for each kind of entry. */
  const documented = (): Record<string, string[]> => {
    const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
    const found = page.matchAll(/^\| `(track|webhook|check|event|notification)` \| (.*) \|$/gm);
    return Object.fromEntries(
      [...found].map(([, kind = '', text = '']) => [kind, text.match(/(?<=`)\w+(?=`)/g) ?? []]),
    );
  };

  /** Something of every kind, resolved and unresolved. */
  const fill = async () => {
    now = at(-30);
    await invoke({ body: JSON.stringify({ paidAt: at(-60), reference: 'B-4711' }) });
    await orders.webhook('OK', '22', -20);
    await orders.check(-10, UNKNOWN);
    await orders.check(0, showing(seen('PENDING')));
    await orders.check(5, FAILURE);
    await orders.check(40, showing(seen('OK')));
    await orders.webhook('REFUNDED', '23', 50);
    await notifications(orders.table).remember(ORDER, ITEM, { askedAt: at(60), outcome: 'accepted' });
  };

  test('shows every kind of entry in the order of time', async () => {
    await fill();
    const { timeline } = await shown();
    const entry = ({ at: time, kind, ...more }: { at: string; kind: string }) => [time, kind, more];
    expect(timeline.map(entry)).toEqual([
      [
        at(-30),
        'track',
        {
          requestedBy: 'arn:aws:iam::012345678901:user/checkout',
          paidAt: at(-60),
          reference: 'B-4711',
          firstAnswerAt: at(-10),
          outcome: 'satisfied',
        },
      ],
      [
        at(-20),
        'webhook',
        {
          version: '22',
          itemUuid: ITEM,
          status: 'OK',
          deliveries: 1,
          firstAnswerAt: at(-10),
          outcome: 'satisfied',
        },
      ],
      [at(-10), 'check', { reason: 'webhook', showed: 'unknown', tookInMilliseconds: 1000 }],
      [at(0), 'check', { reason: 'schedule', showed: { [ITEM]: 'PENDING' }, tookInMilliseconds: 1000 }],
      [
        at(0),
        'event',
        { id: `${ORDER}/${ITEM}/1`, type: 'order_item.pending', status: 'PENDING', foundBy: 'schedule' },
      ],
      [at(5), 'check', { reason: 'schedule', showed: 'http_503', tookInMilliseconds: 1000 }],
      [at(40), 'check', { reason: 'schedule', showed: { [ITEM]: 'OK' }, tookInMilliseconds: 1000 }],
      [
        at(40),
        'event',
        { id: `${ORDER}/${ITEM}/2`, type: 'order_item.ok', status: 'OK', foundBy: 'webhook' },
      ],
      [at(40), 'event', { id: `${ORDER}/order/1`, type: 'order.settled', status: 'PENDING' }],
      [at(50), 'webhook', { version: '23', itemUuid: ITEM, status: 'REFUNDED', deliveries: 1 }],
      [at(60), 'notification', { itemUuid: ITEM, outcome: 'accepted' }],
    ]);
  });

  test('shows only what docs/api.md documents, and nothing else that is stored', async () => {
    await fill();
    const { timeline } = await shown();
    const fields = documented();
    expect(Object.keys(fields)).toHaveLength(5);
    for (const { kind, at: _, ...entry } of timeline) {
      expect(fields[kind]).toEqual(expect.arrayContaining(Object.keys(entry)));
    }
    const { body } = await invoke({ method: 'GET' });
    expect(body).not.toContain('order_id');
    expect(body).not.toContain('order_created');
  });
});
