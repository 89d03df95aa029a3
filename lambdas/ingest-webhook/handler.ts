import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { dynamoDbTable } from '../adapters/dynamodb-table.ts';
import { httpMiddleware } from '../adapters/http-middleware.ts';
import { quarantineStore } from '../adapters/quarantine-store.ts';
import { secretReader } from '../adapters/secrets.ts';
import { readSettings } from '../adapters/settings.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { observed, telemetry } from '../adapters/telemetry.ts';
import { webhookCredentials } from '../adapters/webhook-credentials.ts';
import { webhookStore } from '../adapters/webhook-store.ts';
import { ingestWebhook } from '../application/ingest-webhook.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';

const settings = readSettings();
const table = dynamoDbTable(requireEnv(ENV.tableName));

/** `POST /webhooks` */
export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
  .use(observed)
  .use(httpMiddleware(telemetry))
  .handler(
    ingestWebhook({
      credentials: webhookCredentials({
        secret: secretReader(requireEnv(ENV.webhookSecretArn)),
        overlapInSeconds: settings.webhookOverlapInSeconds,
        onFailedRead: (error) =>
          telemetry.warn('Could not read the webhook secret; credentials that are known stay valid', {
            cause: String(error),
          }),
      }),
      sourceAddresses: settings.webhookSourceAddresses,
      webhooks: webhookStore(table, settings),
      quarantine: quarantineStore(table),
      clock: systemClock,
      telemetry,
    }),
  );
