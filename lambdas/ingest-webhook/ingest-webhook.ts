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
  NO_JSON,
  parseJson,
  saysJson,
} from '../adapters/http.ts';
import type { QuarantineStore } from '../adapters/quarantine-store.ts';
import type { WebhookCredentials } from '../adapters/webhook-credentials.ts';
import type { WebhookStore } from '../adapters/webhook-store.ts';
import { inRanges } from '../contracts/address-range.ts';
import { METRIC } from '../contracts/metrics.ts';
import { webhookSchema } from '../contracts/webhook.ts';
import type { Clock, Telemetry } from '../domain/ports.ts';

z.config(en());

export interface IngestDependencies {
  readonly credentials: WebhookCredentials;
  /** Where webhooks may come from; empty: from anywhere. */
  readonly sourceAddresses: readonly string[];
  readonly webhooks: WebhookStore;
  readonly quarantine: QuarantineStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Telemetry;
}

/**
 * Takes a webhook in: whatever is answered with 200 is stored, and nothing else is answered with 200. It
 * calls nothing outside the table.
 */
export const ingestWebhook = (dependencies: IngestDependencies) => {
  const { sourceAddresses } = dependencies;
  const isExpected = sourceAddresses.length > 0 ? inRanges(sourceAddresses) : () => true;
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpMiddleware(dependencies.telemetry))
    .before(async ({ event }) => {
      // As API Gateway saw it: what a caller claims in X-Forwarded-For is not asked.
      if (!isExpected(event.requestContext.http.sourceIp)) {
        dependencies.telemetry.count(METRIC.webhookUnauthorized);
        throw new HttpError(403, 'Webhooks are not accepted from this address.');
      }
      await authenticate(event, dependencies);
    })
    .handler(async (event) => await takeIn(event, dependencies));
};

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
  const body = bodyOf(event);
  if (!saysJson(event)) throw new HttpError(415, 'The content type must be application/json.');
  const parsed = parseJson(body.toString('utf8'));
  const webhook = webhookSchema.safeParse(parsed?.value);
  if (!parsed || !webhook.success) {
    const reason = parsed ? describeIssues(webhook.error?.issues ?? []) : `body: ${NO_JSON}`;
    const isKept = await quarantine.keep(body, reason, clock.now());
    if (!isKept) telemetry.warn('A malformed webhook was not kept: the quarantine of today is full.');
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
