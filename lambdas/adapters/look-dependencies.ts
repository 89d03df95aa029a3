import { ENV, requireEnv } from '../contracts/environment.ts';
import { METRIC } from '../contracts/metrics.ts';
import type { LookDependencies } from '../domain/ports.ts';
import { dynamoDbTable } from './dynamodb-table.ts';
import { musementProvider } from './musement-provider.ts';
import { orderStore } from './order-store.ts';
import { secretReader } from './secrets.ts';
import { readSettings } from './settings.ts';
import { sqsRefreshQueue } from './sqs-refresh-queue.ts';
import { systemClock } from './system-clock.ts';
import { telemetry } from './telemetry.ts';

/** What the two functions that look at orders run with. */
export const lookDependencies = (): LookDependencies => {
  const settings = readSettings();
  return {
    store: orderStore(dynamoDbTable(requireEnv(ENV.tableName)), settings),
    provider: musementProvider({
      baseUrl: requireEnv(ENV.providerBaseUrl),
      application: requireEnv(ENV.providerApplication),
      secret: secretReader(requireEnv(ENV.providerSecretArn)),
      timeoutInSeconds: settings.providerTimeoutInSeconds,
      onLogin: (isRefused) => telemetry.count(METRIC.loginRefused, isRefused ? 1 : 0),
    }),
    queue: sqsRefreshQueue(requireEnv(ENV.refreshQueueUrl)),
    clock: systemClock,
    random: Math.random,
    telemetry,
    settings,
    eventSource: requireEnv(ENV.eventSource),
  };
};
