import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { inRanges } from '../contracts/address-range.ts';
import { METRIC } from '../contracts/metrics.ts';
import type { WebhookStored } from '../contracts/order-schemas.ts';
import { type Webhook, webhookSchema } from '../contracts/webhook.ts';
import { INVALID_JSON, parseJson } from '../domain/json.ts';
import { describeIssues, HttpError, hasJsonContentType, json, MAX_BODY_BYTES, rawBodyOf } from './http.ts';
import type { Clock, QuarantineStore, Telemetry, WebhookCredentials, WebhookStore } from './ports.ts';

/**
 * A request with this header and the right credentials is answered with 204, and nothing is stored: `order-tracker doctor`
 * tests the credentials with it. Every other request with the right credentials is stored or kept in quarantine.
 */
export const PROBE_HEADER = 'x-order-tracker-probe';

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
    if (event.headers[PROBE_HEADER] !== undefined) return { statusCode: 204 };
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

/** Why a request with the right credentials is rejected. */
interface Rejection {
  readonly statusCode: 400 | 413 | 415;
  readonly reason: string;
}

const store = async (
  event: APIGatewayProxyEventV2,
  { webhooks, quarantine, clock, telemetry }: IngestDependencies,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const body = rawBodyOf(event);
  const parsed = parseWebhook(event, body);
  if ('reason' in parsed) {
    const isKept = await quarantine.keep(body, parsed.reason, clock.now());
    if (!isKept) telemetry.warn('Rejected webhook dropped: the quarantine of today is full');
    telemetry.count(METRIC.webhookQuarantined);
    throw new HttpError(parsed.statusCode, parsed.reason);
  }
  const { webhook } = parsed;
  const isNew = await webhooks.store(webhook, clock.now());
  telemetry.count(METRIC.webhookRepeated, isNew ? 0 : 1);
  const { order_uuid, order_item_uuid, order_item_status, order_item_version } = webhook;
  telemetry.info('Webhook stored', {
    orderUuid: order_uuid.toLowerCase(),
    itemUuid: order_item_uuid.toLowerCase(),
    status: order_item_status,
    version: order_item_version,
    repeated: !isNew,
  });
  return json<WebhookStored>(200, { stored: true });
};

const parseWebhook = (
  event: APIGatewayProxyEventV2,
  body: Buffer,
): { readonly webhook: Webhook } | Rejection => {
  if (body.length > MAX_BODY_BYTES) {
    return { statusCode: 413, reason: `body: must have at most ${MAX_BODY_BYTES} bytes, not ${body.length}` };
  }
  if (!hasJsonContentType(event)) return { statusCode: 415, reason: describeContentType(event) };
  const parsed = parseJson(body.toString('utf8'));
  if (parsed === undefined) return { statusCode: 400, reason: `body: ${INVALID_JSON}` };
  const { data, error } = webhookSchema.safeParse(parsed);
  return data ? { webhook: data } : { statusCode: 400, reason: describeIssues(error.issues) };
};

/** Enough to recognize the type that a caller sends. */
const MAX_CONTENT_TYPE_CHARACTERS = 100;

/** Names the type that came, because the body in quarantine does not show it. */
const describeContentType = ({ headers }: APIGatewayProxyEventV2): string => {
  const type = headers['content-type']?.slice(0, MAX_CONTENT_TYPE_CHARACTERS).toWellFormed();
  return `content-type: must be application/json${type ? `, not "${type}"` : '; there is none'}`;
};
