import middy from '@middy/core';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { dynamoDbTable } from '../adapters/dynamodb-table.ts';
import { httpMiddleware } from '../adapters/http-middleware.ts';
import { orderTimelines } from '../adapters/order-timeline.ts';
import { readSettings } from '../adapters/settings.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { observed, telemetry } from '../adapters/telemetry.ts';
import { ordersApi } from '../application/orders-api.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';

const settings = readSettings();

/** `PUT` and `GET /orders/{orderUuid}` */
export const handler = middy<APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2>()
  .use(observed)
  .use(httpMiddleware(telemetry))
  .handler(
    ordersApi({
      timelines: orderTimelines(dynamoDbTable(requireEnv(ENV.tableName)), settings),
      clock: systemClock,
      settings,
    }),
  );
