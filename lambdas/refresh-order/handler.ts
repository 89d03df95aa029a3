import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { lookDependencies } from '../adapters/look-dependencies.ts';
import { observed } from '../adapters/telemetry.ts';
import { refreshOrders } from './refresh-order.ts';

const dependencies = lookDependencies();

/** The refresh queue. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(observed)
  .handler(async (event) => await refreshOrders(event, dependencies));
