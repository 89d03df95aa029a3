import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { httpMiddleware } from '../../lambdas/adapters/http-middleware.ts';
import { quarantineStore } from '../../lambdas/adapters/quarantine-store.ts';
import { webhookCredentials } from '../../lambdas/adapters/webhook-credentials.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { ingestWebhook } from '../../lambdas/application/ingest-webhook.ts';
import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { InMemoryTable } from '../../test/in-memory/in-memory-table.ts';
import { WEBHOOK_CREDENTIALS, webhookEvent } from '../../test/platform/functions.ts';
import { webhookBody } from '../../test/platform/sample-order.ts';
import { tableWith } from '../../test/platform/table-with.ts';
import { number, table } from '../markdown.ts';
import { withoutOutput } from '../model/log-meter.ts';
import type { Section } from '../section.ts';
import { quantile } from '../statistics.ts';

const MAX_MILLISECONDS = 0.1;

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;

/** ingest-webhook as its handler wires it, with a table and a secret that answer at once. */
const ingest = async (): Promise<Handler> => {
  process.env['POWERTOOLS_METRICS_NAMESPACE'] ??= 'MusementOrderTracker/bench';
  process.env['POWERTOOLS_SERVICE_NAME'] ??= 'ingest-webhook';
  const { observed, telemetry } = await import('../../lambdas/adapters/telemetry.ts');
  const silent = tableWith(new InMemoryTable(), { put: async () => true });
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(observed)
    .use(httpMiddleware(telemetry))
    .handler(
      ingestWebhook({
        credentials: webhookCredentials({
          secret: {
            read: async (stage) =>
              stage === 'AWSCURRENT' ? { value: WEBHOOK_CREDENTIALS, createdAt: new Date(0) } : undefined,
          },
          overlapInSeconds: 0,
        }),
        sourceAddresses: [],
        webhooks: webhookStore(silent, settingsSchema.parse({})),
        quarantine: quarantineStore(silent),
        clock: { now: () => toInstant(Date.now()) },
        telemetry,
      }),
    );
  return async (event, context) => await handler(event, context);
};

/** Milliseconds of each call. */
const timesOf = async (handler: Handler, calls: number): Promise<number[]> => {
  const context = { awsRequestId: 'bench', functionName: 'ingest-webhook' } as Context;
  const times: number[] = [];
  for (let call = 0; call < calls; call++) {
    const event = webhookEvent(webhookBody('OK', `${call}`));
    const began = performance.now();
    const answer = await handler(event, context);
    times.push(performance.now() - began);
    if ((answer as APIGatewayProxyStructuredResultV2).statusCode !== 200) {
      throw new Error(`A webhook was answered with ${JSON.stringify(answer)}.`);
    }
  }
  return times;
};

export const warmPathSection: Section = {
  name: 'warm',
  title: 'Warm path of a webhook',
  run: async ({ quick, progress }) => {
    const calls = quick ? 2000 : 20_000;
    const ours = await ingest();
    const bare = middy<APIGatewayProxyEventV2, unknown>().handler(async ({ body = '' }) => ({
      statusCode: JSON.parse(body) ? 200 : 400,
    }));
    progress(`${calls} webhooks without I/O, beside middy alone`);
    const [own, alone] = await withoutOutput(async () => {
      await timesOf(ours, calls / 4);
      return [await timesOf(ours, calls), await timesOf(bare, calls)] as const;
    });
    const half = quantile(own, 0.5);
    return {
      rows: [
        {
          target: '6',
          measure: 'Own time for a webhook, warm, without I/O: p50',
          ours: `${number(half, 3)} ms`,
          comparedWith: `middy and JSON.parse alone ${number(quantile(alone, 0.5), 3)} ms`,
          ratio: number(half / quantile(alone, 0.5), 1),
          goal: `≤ ${MAX_MILLISECONDS} ms`,
          met: half <= MAX_MILLISECONDS,
        },
      ],
      text: `Middleware, authentication, parsing, logs and metrics of ${number(calls)} webhooks, with a table that answers at once.

${table(
  ['milliseconds', 'p50', 'p90', 'p99'],
  [
    ['**ingest-webhook**', ...[0.5, 0.9, 0.99].map((share) => number(quantile(own, share), 3))],
    ['middy and `JSON.parse` alone', ...[0.5, 0.9, 0.99].map((share) => number(quantile(alone, share), 3))],
  ],
)}`,
    };
  },
};
