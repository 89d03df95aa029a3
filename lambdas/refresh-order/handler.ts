import middy from '@middy/core';
import type { SQSBatchResponse } from 'aws-lambda';
import { refreshDependencies } from '../adapters/refresh-dependencies.ts';
import { failedMessages, readMessages } from '../adapters/sqs-refresh-queue.ts';
import { observed } from '../adapters/telemetry.ts';
import { refreshOrders } from '../application/refresh-orders.ts';

const dependencies = refreshDependencies();

/** Messages of the refresh queue. */
export const handler = middy<unknown, SQSBatchResponse>()
  .use(observed)
  .handler(async (event) => failedMessages(await refreshOrders(readMessages(event), dependencies)));
