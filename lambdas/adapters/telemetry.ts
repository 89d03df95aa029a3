import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import { METRIC_UNIT, METRICS_DIMENSION } from '../contracts/metrics.ts';
import type { Telemetry } from '../domain/ports.ts';

// The logs' service name, the namespace and the log level come from the environment that the infrastructure sets.
const logger = new Logger();
const metrics = new Metrics({ logger, serviceName: METRICS_DIMENSION.service });

/** Logs as JSON, metrics in the embedded metric format. Neither ever holds a body, a header or a voucher. */
export const telemetry: Telemetry = {
  count: (metric, value = 1) => metrics.addMetric(metric, METRIC_UNIT[metric], value),
  measure: (metric, value) => metrics.addMetric(metric, METRIC_UNIT[metric], value),
  info: (message, fields = {}) => logger.info(message, fields),
  warn: (message, fields = {}) => logger.warn(message, fields),
  error: (message, error, fields = {}) => logger.error(message, { error: describe(error), ...fields }),
};

/** What Powertools would log of an error besides can be anything: a library may attach the request to it. */
const describe = (error: unknown): unknown => {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause !== undefined && { cause: describe(cause) }) };
};

/** Powertools' own middleware would warn whenever there is nothing to tell. */
const writeMetrics = (): void => {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
};

/** What every function's handler is wrapped in: log context, and metrics written at the end. */
export const observed: MiddlewareObj[] = [
  // Said here, the event is not logged whatever the environment asks for: its headers hold credentials.
  injectLambdaContext(logger, { logEvent: false, resetKeys: true }),
  { after: writeMetrics, onError: writeMetrics },
];
