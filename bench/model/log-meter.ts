import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import type { Telemetry } from '../../lambdas/application/ports.ts';
import { METRICS_DIMENSION, metricsNamespace, unitOf } from '../../lambdas/contracts/metrics.ts';
import type { FunctionName } from '../../test/platform/deployment.ts';

/** Bytes that CloudWatch Logs bills for each event in addition to its text. */
const EVENT_OVERHEAD_BYTES = 26;

const REQUEST_ID = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';
const TRACING = {
  spanId: '53995c3f42cd8ad8',
  type: 'X-Amzn-Trace-Id',
  value: 'Root=1-69a3b1c0-53995c3f42cd8ad853995c3f;Parent=53995c3f42cd8ad8;Sampled=1',
};

/**
 * What Lambda itself logs of an invocation that succeeds, by the level of its system logs.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
const PLATFORM_LINES = {
  INFO: [
    {
      time: '2026-03-01T10:00:00.000Z',
      type: 'platform.start',
      record: { requestId: REQUEST_ID, version: '$LATEST', tracing: TRACING },
    },
    {
      time: '2026-03-01T10:00:00.412Z',
      type: 'platform.report',
      record: {
        requestId: REQUEST_ID,
        metrics: { durationMs: 412.837, billedDurationMs: 413, memorySizeMB: 512, maxMemoryUsedMB: 118 },
        tracing: TRACING,
        status: 'success',
      },
    },
  ],
  WARN: [],
} as const;

/** Level of Lambda's own log lines. */
export type SystemLogLevel = keyof typeof PLATFORM_LINES;

/** Counts the bytes that CloudWatch Logs would bill: the lines of the real logger and metrics, and those of Lambda. */
export class LogMeter {
  readonly bytes = new Map<FunctionName, number>();
  readonly #sinks = new Map<FunctionName, { readonly telemetry: Telemetry; readonly flush: () => void }>();
  readonly #systemLogLevel: SystemLogLevel;

  constructor(systemLogLevel: SystemLogLevel) {
    this.#systemLogLevel = systemLogLevel;
  }

  get total(): number {
    return [...this.bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  telemetry(name: FunctionName): Telemetry {
    return this.#sink(name).telemetry;
  }

  ended(name: FunctionName): void {
    this.#sink(name).flush();
    for (const line of PLATFORM_LINES[this.#systemLogLevel]) this.#add(name, JSON.stringify(line));
  }

  #sink(name: FunctionName) {
    const known = this.#sinks.get(name);
    if (known) return known;
    const logger = new Logger({ serviceName: name, logLevel: 'INFO' });
    logger.addContext({
      functionName: `OrderTracker-production-${name}-AbCdEfGhIjKl`,
      memoryLimitInMB: '512',
      invokedFunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:OrderTracker-production-${name}-AbCdEfGhIjKl`,
      awsRequestId: REQUEST_ID,
    } as Context);
    const metrics = new Metrics({
      namespace: metricsNamespace('production'),
      serviceName: METRICS_DIMENSION.service,
      logger,
    });
    const printed = (print: () => void): void => this.#add(name, outputOf(print));
    const sink = {
      telemetry: {
        count: (metric, value = 1) => metrics.addMetric(metric, unitOf(metric), value),
        measure: (metric, value) => metrics.addMetric(metric, unitOf(metric), value),
        info: (message, fields = {}) => printed(() => logger.info(message, fields)),
        warn: (message, fields = {}) => printed(() => logger.warn(message, fields)),
        error: (message, error, fields = {}) => printed(() => logger.error(message, { error, ...fields })),
      } satisfies Telemetry,
      flush: () => {
        if (metrics.hasStoredMetrics()) printed(() => metrics.publishStoredMetrics());
      },
    };
    this.#sinks.set(name, sink);
    return sink;
  }

  #add(name: FunctionName, text: string): void {
    const bytes = Buffer.byteLength(text.trimEnd()) + EVENT_OVERHEAD_BYTES;
    this.bytes.set(name, (this.bytes.get(name) ?? 0) + bytes);
  }
}

/** Captures what is printed to the standard output, instead of printing it. */
const outputOf = (print: () => void): string => {
  const { write } = process.stdout;
  let output = '';
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    output += chunk;
    return true;
  };
  try {
    print();
  } finally {
    process.stdout.write = write;
  }
  return output;
};

/** Runs something, and discards what it prints to the standard output. */
export const withoutOutput = async <Result>(run: () => Promise<Result>): Promise<Result> => {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await run();
  } finally {
    process.stdout.write = write;
  }
};
