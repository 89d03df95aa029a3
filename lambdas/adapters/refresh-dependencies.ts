import type { RefreshDependencies } from '../application/ports.ts';
import { ENV, requireEnv } from '../contracts/environment.ts';
import { METRIC } from '../contracts/metrics.ts';
import { dynamoDbTable } from './dynamodb-table.ts';
import { musementProvider } from './musement-provider.ts';
import { orderStore } from './order-store.ts';
import { secretReader } from './secrets.ts';
import { readSettings } from './settings.ts';
import { systemClock } from './system-clock.ts';
import { telemetry } from './telemetry.ts';

/** What the two functions that check orders run with. */
export const refreshDependencies = (): RefreshDependencies => {
  const settings = readSettings();
  return {
    store: orderStore(dynamoDbTable(requireEnv(ENV.tableName)), settings),
    provider: musementProvider({
      baseUrl: requireEnv(ENV.providerBaseUrl),
      application: requireEnv(ENV.providerApplication),
      acceptLanguage: settings.acceptLanguage,
      secret: secretReader(requireEnv(ENV.providerSecretArn)),
      timeoutInSeconds: settings.providerTimeoutInSeconds,
      onLogin: (isRejected) => telemetry.count(METRIC.loginRejected, isRejected ? 1 : 0),
    }),
    clock: systemClock,
    random: Math.random,
    telemetry,
    settings,
    eventSource: requireEnv(ENV.eventSource),
  };
};
