import middy from '@middy/core';
import { dueStore } from '../adapters/due-store.ts';
import { dynamoDbTable } from '../adapters/dynamodb-table.ts';
import { outbox } from '../adapters/outbox.ts';
import { readSettings } from '../adapters/settings.ts';
import { snsTopic } from '../adapters/sns-topic.ts';
import { sqsRefreshQueue } from '../adapters/sqs-refresh-queue.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { observed, telemetry } from '../adapters/telemetry.ts';
import { reconcile } from '../application/reconcile.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';

const table = dynamoDbTable(requireEnv(ENV.tableName));

const dependencies = {
  store: dueStore(table, readSettings()),
  outbox: outbox(table),
  queue: sqsRefreshQueue(requireEnv(ENV.refreshQueueUrl)),
  topic: snsTopic(requireEnv(ENV.topicArn), telemetry),
  clock: systemClock,
  telemetry,
};

/** The schedule of the reconciler. */
export const handler = middy<unknown, void>()
  .use(observed)
  .handler(async () => await reconcile(dependencies));
