import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import {
  bodyOf,
  describeIssues,
  HttpError,
  httpMiddleware,
  json,
  parseJson,
  saysJson,
} from '../adapters/http.ts';
import type { QuarantineStore } from '../adapters/quarantine-store.ts';
import type { WebhookCredentials } from '../adapters/webhook-credentials.ts';
import type { WebhookStore } from '../adapters/webhook-store.ts';
import { METRIC } from '../contracts/metrics.ts';
import { webhookSchema } from '../contracts/webhook.ts';
import type { Clock, Telemetry } from '../domain/ports.ts';

z.config(en());

export interface IngestDependencies {
  readonly credentials: WebhookCredentials;
  readonly webhooks: WebhookStore;
  readonly quarantine: QuarantineStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Telemetry;
}

/** A webhook has some 500 bytes. */
const LONGEST_BODY_IN_BYTES = 64 * 1024;

/**
 * Takes a webhook in: whatever is answered with 200 is stored, and nothing else is answered with 200. It
 * calls nothing outside the table.
 */
export const ingestWebhook = (dependencies: IngestDependencies) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpMiddleware(dependencies.telemetry))
    .before(async ({ event }) => await authenticate(event, dependencies))
    .handler(async (event) => await takeIn(event, dependencies));

const authenticate = async (
  { headers }: APIGatewayProxyEventV2,
  { credentials, telemetry }: IngestDependencies,
): Promise<void> => {
  if (await credentials.accept(headers['authorization'])) return;
  telemetry.count(METRIC.webhookUnauthorized);
  throw new HttpError(401, 'The Basic credentials are missing or wrong.', {
    'WWW-Authenticate': 'Basic realm="webhooks", charset="UTF-8"',
  });
};

const takeIn = async (
  event: APIGatewayProxyEventV2,
  { webhooks, quarantine, clock, telemetry }: IngestDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const bytes = bodyOf(event);
  if (bytes.length > LONGEST_BODY_IN_BYTES) {
    throw new HttpError(413, `The body is longer than ${LONGEST_BODY_IN_BYTES} bytes.`);
  }
  if (!saysJson(event)) throw new HttpError(415, 'The content type must be application/json.');
  const body = bytes.toString('utf8');
  const parsed = parseJson(body);
  const webhook = webhookSchema.safeParse(parsed?.value);
  if (!parsed || !webhook.success) {
    const reason = parsed ? describeIssues(webhook.error?.issues ?? []) : 'body: must be JSON';
    await quarantine.keep(body, reason, clock.now());
    telemetry.count(METRIC.webhookQuarantined);
    throw new HttpError(400, reason);
  }
  const isNew = await webhooks.store(webhook.data, clock.now());
  telemetry.count(METRIC.webhookRepeated, isNew ? 0 : 1);
  const { order_uuid, order_item_uuid, order_item_status, order_item_version } = webhook.data;
  telemetry.info('A webhook came.', {
    orderUuid: order_uuid.toLowerCase(),
    itemUuid: order_item_uuid.toLowerCase(),
    status: order_item_status,
    version: order_item_version,
    repeated: !isNew,
  });
  return json(200, { stored: true });
};
