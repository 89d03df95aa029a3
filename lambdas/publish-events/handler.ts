import middy from '@middy/core';
import { dynamoDbTable } from '../adapters/dynamodb-table.ts';
import { outbox } from '../adapters/outbox.ts';
import { snsTopic } from '../adapters/sns-topic.ts';
import { readNewEvents } from '../adapters/stream.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { observed, telemetry } from '../adapters/telemetry.ts';
import { publishEvents } from '../application/publish-events.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';

const dependencies = {
  topic: snsTopic(requireEnv(ENV.topicArn), telemetry),
  outbox: outbox(dynamoDbTable(requireEnv(ENV.tableName))),
  clock: systemClock,
  telemetry,
};

/** The table's stream: new events. */
export const handler = middy<unknown, void>()
  .use(observed)
  .handler(async (event) => await publishEvents(readNewEvents(event), dependencies));
