import type {
  APIGatewayProxyEventV2WithIAMAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { orderStories } from '../../lambdas/adapters/order-story.ts';
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
                  reference: fc.string(),
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
        },
      ),
      { numRuns: 1000 },
    );
    expect(logged).toEqual([]);
  });
});
