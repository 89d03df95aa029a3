import { Duration } from 'aws-cdk-lib';
import {
  GraphWidget,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '../lambdas/contracts/metrics.ts';
import { QUERIES } from './saved-queries.ts';
import type { TrackerFunction } from './tracker-function.ts';
import { PERIOD, type TrackerMetrics } from './tracker-metrics.ts';

export const HOUR = Duration.hours(1);
/** Three graphs fill a row, which is 24 wide. */
const GRAPH = { width: 8, height: 6 } as const;

/** A graph whose axis on the left begins at 0. */
export const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left: [...left], right: [...right], leftYAxis: { min: 0 }, ...GRAPH });

/** The number of cases in which a share was 0. */
export const others = (
  metricOf: TrackerMetrics,
  name: MetricName,
  label: string,
  period = PERIOD,
): MathExpression =>
  new MathExpression({
    expression: 'samples - cases',
    usingMetrics: {
      samples: metricOf(name, Stats.SAMPLE_COUNT, { period }),
      cases: metricOf(name, Stats.SUM, { period }),
    },
    label,
    period,
  });

/** The result of a saved query over the logs of these functions. */
export const logTable = (
  title: string,
  query: keyof typeof QUERIES,
  functions: readonly TrackerFunction[],
): LogQueryWidget =>
  new LogQueryWidget({
    title,
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: functions.map((fn) => fn.logGroup.logGroupName),
    queryLines: [...QUERIES[query]],
    ...GRAPH,
  });
