import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_DIMENSION, type MetricName, metricsNamespace } from '../lambdas/contracts/metrics.ts';

/** Default period of metrics in alarms and graphs. */
export const PERIOD = Duration.minutes(5);

/**
 * Price of a state transition of Step Functions in eu-west-1, in dollars: $25 per million.
 * @see https://aws.amazon.com/step-functions/pricing/
 */
export const DOLLARS_PER_TRANSITION = 0.000025;

/** State transitions of one check: wait, task and choice. */
export const TRANSITIONS_PER_CHECK = 3;

/** Creates a metric of the namespace of one tracker. */
export type TrackerMetrics = (
  name: MetricName,
  statistic: string,
  options?: { readonly period?: Duration; readonly label?: string },
) => Metric;

/** The metrics of a tracker's functions, with the dimensions with which the functions emit them. */
export const trackerMetrics =
  (trackerName: string): TrackerMetrics =>
  (metricName, statistic, { period = PERIOD, label } = {}) =>
    new Metric({
      namespace: metricsNamespace(trackerName),
      metricName,
      statistic,
      period,
      // CDK writes an alarm on a metric with a label as one on metric math.
      ...(label !== undefined && { label }),
      dimensionsMap: { ...METRICS_DIMENSION },
    });
