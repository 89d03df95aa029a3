import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { inRanges } from '../contracts/address-range.ts';
import { METRIC } from '../contracts/metrics.ts';
import { webhookSchema } from '../contracts/webhook.ts';
import { INVALID_JSON, parseJson } from '../domain/json.ts';
import { bodyOf, describeIssues, HttpError, hasJsonContentType, json } from './http.ts';
import type { Clock, QuarantineStore, Telemetry, WebhookCredentials, WebhookStore } from './ports.ts';

export interface IngestDependencies {
  readonly credentials: WebhookCredentials;
  /** Addresses that webhooks are accepted from; empty: every address. */
  readonly sourceAddresses: readonly string[];
  readonly webhooks: WebhookStore;
  readonly quarantine: QuarantineStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Telemetry;
}

/**
 * Answers `POST /webhooks`: what is answered with 200 is stored, and nothing else is answered with 200. It calls nothing
 * but the table and the secret.
 *
 * @throws {HttpError} for a request that is rejected
 */
export const ingestWebhook = (dependencies: IngestDependencies) => {
  const { sourceAddresses, telemetry } = dependencies;
  const isExpected = sourceAddresses.length > 0 ? inRanges(sourceAddresses) : () => true;
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    // The address that API Gateway saw, not what the caller claims in X-Forwarded-For.
    if (!isExpected(event.requestContext.http.sourceIp)) {
      telemetry.count(METRIC.webhookUnauthorized);
      throw new HttpError(403, 'Webhooks are not accepted from this address.');
    }
    await authenticate(event, dependencies);
    return await store(event, dependencies);
  };
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

const store = async (
  event: APIGatewayProxyEventV2,
  { webhooks, quarantine, clock, telemetry }: IngestDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const body = bodyOf(event);
  if (!hasJsonContentType(event)) throw new HttpError(415, 'The content type must be application/json.');
  const parsed = parseJson(body.toString('utf8'));
  const webhook = webhookSchema.safeParse(parsed);
  if (!webhook.success) {
    const reason = parsed === undefined ? `body: ${INVALID_JSON}` : describeIssues(webhook.error.issues);
    const isKept = await quarantine.keep(body, reason, clock.now());
    if (!isKept) telemetry.warn('Malformed webhook dropped: the quarantine of today is full');
    telemetry.count(METRIC.webhookQuarantined);
    throw new HttpError(400, reason);
  }
  const isNew = await webhooks.store(webhook.data, clock.now());
  telemetry.count(METRIC.webhookRepeated, isNew ? 0 : 1);
  const { order_uuid, order_item_uuid, order_item_status, order_item_version } = webhook.data;
  telemetry.info('Webhook stored', {
    orderUuid: order_uuid.toLowerCase(),
    itemUuid: order_item_uuid.toLowerCase(),
    status: order_item_status,
    version: order_item_version,
    repeated: !isNew,
  });
  return json(200, { stored: true });
};
