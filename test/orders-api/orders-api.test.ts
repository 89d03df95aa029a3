import { readFileSync } from 'node:fs';
import type {
  APIGatewayProxyEventV2WithIAMAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { notifications } from '../../lambdas/adapters/notifications.ts';
import { orderStore } from '../../lambdas/adapters/order-store.ts';
import { orderStories } from '../../lambdas/adapters/order-story.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { ordersApi } from '../../lambdas/orders-api/orders-api.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';

const NOW = '2026-03-01T10:00:00.000Z';
const ORDER = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';

let table: InMemoryTable;
let logged: unknown[];

beforeEach(() => {
  table = new InMemoryTable();
  logged = [];
});

interface Request {
  readonly method?: string;
  readonly orderUuid?: string;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Record<string, string>;
}

const invoke = async (request: Request): Promise<APIGatewayProxyStructuredResultV2> => {
  const log = (...entry: unknown[]) => void logged.push(entry);
  const handler = ordersApi({
    stories: orderStories(table, settingsSchema.parse({})),
    clock: { now: () => NOW },
    telemetry: { count: () => {}, measure: () => {}, info: log, warn: log, error: log },
  });
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
  return (await handler(event, {} as Context)) as APIGatewayProxyStructuredResultV2;
};

describe('a request about an order', () => {
  test('is refused when its body is longer than 64 KiB, and nothing is stored', async () => {
    const body = JSON.stringify({ reference: 'x'.repeat(64 * 1024) });
    expect((await invoke({ body })).statusCode).toBe(413);
    expect((await invoke({ body: btoa(body), isBase64Encoded: true })).statusCode).toBe(413);
    expect(table.rows()).toEqual([]);
  });

  test('as deep as fits is refused', async () => {
    expect((await invoke({ body: '['.repeat(32_768) + ']'.repeat(32_768) })).statusCode).toBe(400);
    expect(table.rows()).toEqual([]);
  });

  test('is told what is wrong with it in a few words, however long its own are', async () => {
    const { statusCode, body } = await invoke({ body: JSON.stringify({ ['x'.repeat(60_000)]: 1 }) });
    expect(statusCode).toBe(400);
    expect(body?.length).toBeLessThan(2000);
  });

  test.for([
    ['half a character', '\ud83d'],
    ['the other half', 'a\udE00b'],
    ['a line break', 'B-4711\n'],
    ['what terminals obey', '\u001b]0;title\u0007'],
    ['nothing', ''],
    ['129 letters', 'x'.repeat(129)],
  ])('with a reference of %s is refused, and nothing is stored', async ([, reference]) => {
    const { statusCode, body } = await invoke({ body: JSON.stringify({ reference }) });
    expect(statusCode).toBe(400);
    expect(body).toContain('reference');
    expect(table.rows()).toEqual([]);
  });

  test.for(['B-4711', 'Größe 7 ½', '予約', '🏛️', '"; DROP TABLE', '__proto__'])(
    'with the reference %s is accepted, which is stored as it is',
    async (reference) => {
      expect((await invoke({ body: JSON.stringify({ reference }) })).statusCode).toBe(202);
      expect(table.rows()).toEqual([expect.objectContaining({ reference })]);
    },
  );

  test('of another method is refused', async () => {
    expect((await invoke({ method: 'DELETE' })).statusCode).toBe(405);
  });

  test('with anything at all is accepted and stored, or refused and not', async () => {
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
          table = new InMemoryTable();
          const { statusCode, body } = await invoke(request);
          expect(statusCode).toBeLessThan(500);
          expect(body?.length).toBeLessThan(4096);
          expect(table.rows()).toHaveLength(statusCode === 202 ? 1 : 0);
          expect(table.rows().every(({ reference = '' }) => `${reference}`.isWellFormed())).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
    expect(logged).toEqual([]);
  });
});

describe('the timeline', () => {
  /** The fields that docs/api.md names for each kind of entry. */
  const documented = (): Record<string, string[]> => {
    const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
    const rows = page.matchAll(/^\| `(track|webhook|check|event|notification)` \| (.*) \|$/gm);
    return Object.fromEntries(
      [...rows].map(([, kind = '', text = '']) => [kind, text.match(/(?<=`)\w+(?=`)/g) ?? []]),
    );
  };

  test('tells what is documented, and nothing else that is stored', async () => {
    const settings = settingsSchema.parse({});
    const [item, at] = [crypto.randomUUID(), NOW] as const;
    await invoke({ body: JSON.stringify({ paidAt: NOW, reference: 'B-4711' }) });
    await webhookStore(table, settings).store(
      {
        order_id: '13459345',
        order_uuid: ORDER,
        order_created: NOW,
        order_updated: NOW,
        order_version: '16',
        order_item_uuid: item,
        order_item_created: NOW,
        order_item_updated: NOW,
        order_item_version: '22',
        order_item_status: 'OK',
      },
      at,
    );
    await notifications(table).remember(ORDER, item, { askedAt: at, outcome: 'accepted' });
    await orderStore(table, settings).putCheck(ORDER, {
      at,
      suffix: '1',
      look: { reason: 'hint' },
      tookInMilliseconds: 12,
      showed: { [item]: 'OK' },
    });
    const { body = '' } = await invoke({ method: 'GET' });
    const { timeline } = JSON.parse(body) as { timeline: { kind: string; at: string }[] };
    expect(timeline.map(({ kind }) => kind).sort()).toEqual(['check', 'notification', 'track', 'webhook']);
    const fields = documented();
    expect(Object.keys(fields)).toHaveLength(5);
    for (const { kind, at, ...entry } of timeline) {
      expect(at).toBe(NOW);
      expect(fields[kind]).toEqual(expect.arrayContaining(Object.keys(entry)));
    }
    expect(body).not.toContain('13459345');
  });
});
