import middy from '@middy/core';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { dynamoDbTable } from '../adapters/dynamodb-table.ts';
import { orderStories } from '../adapters/order-story.ts';
import { readSettings } from '../adapters/settings.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { observed, telemetry } from '../adapters/telemetry.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';
import { ordersApi } from './orders-api.ts';

/** `PUT` and `GET /orders/{orderUuid}` */
export const handler = middy<APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2>()
  .use(observed)
  .handler(
    ordersApi({
      stories: orderStories(dynamoDbTable(requireEnv(ENV.tableName)), readSettings()),
      clock: systemClock,
      telemetry,
    }),
  );
