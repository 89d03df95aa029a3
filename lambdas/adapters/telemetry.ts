import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type middy from '@middy/core';
import type { Telemetry } from '../application/ports.ts';
import { METRICS_DIMENSION, unitOf } from '../contracts/metrics.ts';
import { inSources } from './stack-trace.ts';

// The service name of the logs, the namespace and the log level come from the environment.
const logger = new Logger();
const metrics = new Metrics({ logger, serviceName: METRICS_DIMENSION.service });

/** Logs as JSON, metrics in CloudWatch's embedded metric format. Neither may hold a body, a header or a voucher. */
export const telemetry: Telemetry = {
  count: (metric, value = 1) => metrics.addMetric(metric, unitOf(metric), value),
  measure: (metric, value) => metrics.addMetric(metric, unitOf(metric), value),
  info: (message, fields = {}) => logger.info(message, fields),
  warn: (message, fields = {}) => logger.warn(message, fields),
  error: (message, error, fields = {}) => logger.error(message, { error: describe(error), ...fields }),
};

/** Only these fields of an error are logged: a library may attach a whole request to it. */
const describe = (error: unknown): unknown => {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack: stack && inSources(stack),
    ...(cause !== undefined && { cause: describe(cause) }),
  };
};

/** Powertools' own middleware would log a warning whenever there are no metrics. */
const writeMetrics = (): void => {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
};

/** Lambda itself logs an error that leaves the function, with its stack. An error with an answer does not leave it. */
const showSources = ({ response, error }: middy.Request): void => {
  if (response === undefined && error?.stack) error.stack = inSources(error.stack);
};

/** Middleware of every function: log context, and metrics written at the end of each invocation. */
export const observed: middy.MiddlewareObj[] = [
  // Never log the event, whatever the environment says: its headers hold credentials.
  injectLambdaContext(logger, { logEvent: false, resetKeys: true }),
  { after: writeMetrics, onError: writeMetrics },
  { onError: showSources },
];
