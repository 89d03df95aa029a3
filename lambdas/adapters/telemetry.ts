import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import type { MiddlewareObj } from '@middy/core';
import type { Telemetry } from '../domain/ports.ts';

// Service name, namespace and log level come from the environment that the infrastructure sets.
const logger = new Logger();
const metrics = new Metrics({ logger });

/** Logs as JSON, metrics in the embedded metric format. Neither ever holds a body, a header or a voucher. */
export const telemetry: Telemetry = {
  count: (metric, value = 1) => {
    if (value !== 0) metrics.addMetric(metric, MetricUnit.Count, value);
  },
  milliseconds: (metric, value) => metrics.addMetric(metric, MetricUnit.Milliseconds, value),
  seconds: (metric, value) => metrics.addMetric(metric, MetricUnit.Seconds, value),
  info: (message, fields = {}) => logger.info(message, fields),
  warn: (message, fields = {}) => logger.warn(message, fields),
  error: (message, error, fields = {}) => logger.error(message, { error, ...fields }),
};

/** What every function's handler is wrapped in: log context, and metrics written at the end. */
export const observed: MiddlewareObj[] = [
  injectLambdaContext(logger, { resetKeys: true }),
  logMetrics(metrics),
];
