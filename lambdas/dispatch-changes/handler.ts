import middy from '@middy/core';
import { dynamoDbTable } from '../adapters/dynamodb-table.ts';
import { orderStore } from '../adapters/order-store.ts';
import { readSettings } from '../adapters/settings.ts';
import { sqsRefreshQueue } from '../adapters/sqs-refresh-queue.ts';
import { stepFunctionsWatches } from '../adapters/step-functions-watches.ts';
import { readDispatch } from '../adapters/stream.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { observed } from '../adapters/telemetry.ts';
import { dispatchChanges } from '../application/dispatch-changes.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';

const settings = readSettings();

const dependencies = {
  queue: sqsRefreshQueue(requireEnv(ENV.refreshQueueUrl)),
  watches: stepFunctionsWatches(requireEnv(ENV.stateMachineArn)),
  items: orderStore(dynamoDbTable(requireEnv(ENV.tableName)), settings),
  clock: systemClock,
  settings,
};

/** The table's stream: fresh hints and new generations. */
export const handler = middy<unknown, void>()
  .use(observed)
  .handler(async (event) => await dispatchChanges(readDispatch(event), dependencies));
