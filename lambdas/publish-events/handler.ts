import middy from '@middy/core';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { dynamoDbTable } from '../adapters/dynamodb-table.ts';
import { outbox } from '../adapters/outbox.ts';
import { snsTopic } from '../adapters/sns-topic.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { observed, telemetry } from '../adapters/telemetry.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';
import { publishNewEvents } from './publish-events.ts';

const dependencies = {
  topic: snsTopic(requireEnv(ENV.topicArn), telemetry),
  outbox: outbox(dynamoDbTable(requireEnv(ENV.tableName))),
  clock: systemClock,
  telemetry,
};

/** The table's stream: events. */
export const handler = middy<DynamoDBStreamEvent, void>()
  .use(observed)
  .handler(async ({ Records }) => await publishNewEvents(Records, dependencies));
