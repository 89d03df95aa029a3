import middy from '@middy/core';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { dynamoDbTable } from '../adapters/dynamodb-table.ts';
import { httpMiddleware } from '../adapters/http-middleware.ts';
import { orderLists } from '../adapters/order-lists.ts';
import { orderStore } from '../adapters/order-store.ts';
import { orderTimelines } from '../adapters/order-timeline.ts';
import { readSettings } from '../adapters/settings.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { observed, telemetry } from '../adapters/telemetry.ts';
import { ordersApi } from '../application/orders-api.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';

const settings = readSettings();
const table = dynamoDbTable(requireEnv(ENV.tableName));

/** `PUT`, `GET` and `DELETE /orders/{orderUuid}`, `GET /orders` */
export const handler = middy<APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2>()
  .use(observed)
  .use(httpMiddleware(telemetry))
  .handler(
    ordersApi({
      timelines: orderTimelines(table, settings),
      lists: orderLists(table),
      store: orderStore(table, settings),
      clock: systemClock,
      telemetry,
      settings,
      eventSource: requireEnv(ENV.eventSource),
    }),
  );
