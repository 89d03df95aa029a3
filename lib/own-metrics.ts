import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_DIMENSION, type MetricName, metricsNamespace } from '../lambdas/contracts/metrics.ts';

/** The period of what is looked at as it happens. */
export const PERIOD = Duration.minutes(5);

/**
 * What a state transition of Step Functions costs in eu-west-1, in dollars: $25 a million.
 * @see https://aws.amazon.com/step-functions/pricing/
 */
export const DOLLARS_A_TRANSITION = 0.000025;

/** Makes a metric of one deployment's own namespace. */
export type OwnMetrics = (
  name: MetricName,
  statistic: string,
  options?: { readonly period?: Duration; readonly label?: string },
) => Metric;

/** The metrics that the functions of a deployment emit, with the very dimensions with which they do. */
export const ownMetrics =
  (environment: string): OwnMetrics =>
  (metricName, statistic, { period = PERIOD, label } = {}) =>
    new Metric({
      namespace: metricsNamespace(environment),
      metricName,
      statistic,
      period,
      // An alarm on a metric with a label would be written as one on metric math.
      ...(label !== undefined && { label }),
      dimensionsMap: { ...METRICS_DIMENSION },
    });
