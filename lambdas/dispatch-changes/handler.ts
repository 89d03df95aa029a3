import middy from '@middy/core';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { readSettings } from '../adapters/settings.ts';
import { sqsRefreshQueue } from '../adapters/sqs-refresh-queue.ts';
import { stepFunctionsWatches } from '../adapters/step-functions-watches.ts';
import { observed } from '../adapters/telemetry.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';
import { dispatchChanges } from './dispatch-changes.ts';

const dependencies = {
  queue: sqsRefreshQueue(requireEnv(ENV.refreshQueueUrl)),
  watches: stepFunctionsWatches(requireEnv(ENV.stateMachineArn)),
  settings: readSettings(),
};

/** The table's stream: hints and items. */
export const handler = middy<DynamoDBStreamEvent, void>()
  .use(observed)
  .handler(async ({ Records }) => await dispatchChanges(Records, dependencies));
