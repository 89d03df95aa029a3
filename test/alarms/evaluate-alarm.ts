import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';

/** A sample of a metric. */
export interface Sample {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** The part of a metric alarm that its evaluation depends on. */
export type AlarmDefinition = Pick<
  MetricAlarm,
  | 'Namespace'
  | 'MetricName'
  | 'Dimensions'
  | 'Statistic'
  | 'ExtendedStatistic'
  | 'Period'
  | 'EvaluationPeriods'
  | 'DatapointsToAlarm'
  | 'Threshold'
  | 'ComparisonOperator'
  | 'TreatMissingData'
  | 'EvaluateLowSampleCountPercentile'
>;

/** The result of an evaluation. `unchanged`: there is too little data, and the alarm keeps its state. */
export type AlarmState = 'ALARM' | 'OK' | 'unchanged';

/** The samples that an alarm evaluates: those of its metric with exactly its dimensions. */
export const samplesOf = (alarm: AlarmDefinition, samples: readonly Sample[]): Sample[] => {
  const wanted = dimensionText(
    Object.fromEntries((alarm.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value])),
  );
  return samples.filter(
    ({ namespace, name, dimensions }) =>
      namespace === alarm.Namespace && name === alarm.MetricName && dimensionText(dimensions) === wanted,
  );
};

const dimensionText = (dimensions: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(dimensions).sort());

/**
 * Evaluates an alarm as CloudWatch does, as far as the alarms of this product need it. The local AWS ignores dimensions,
 * periods and missing data.
 *
 * @param now epoch milliseconds
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
export const evaluateAlarm = (
  alarm: AlarmDefinition,
  samples: readonly Sample[],
  now: number,
): AlarmState => {
  if (alarm.ComparisonOperator !== 'GreaterThanOrEqualToThreshold') {
    throw new Error(`The comparison ${alarm.ComparisonOperator} is not supported.`);
  }
  const { Period = 60, EvaluationPeriods = 1, Threshold = 0, TreatMissingData = 'missing' } = alarm;
  const needed = alarm.DatapointsToAlarm ?? EvaluationPeriods;
  const values = samplesOf(alarm, samples);
  const datapoints = Array.from({ length: EvaluationPeriods }, (_, index) => {
    const end = now - index * Period * 1000;
    const inPeriod = values.filter(({ at }) => at > end - Period * 1000 && at <= end);
    return statisticOf(
      alarm,
      inPeriod.map(({ value }) => value),
    );
  });
  const known = datapoints.filter((value) => value !== undefined);
  if (known.length === 0 && TreatMissingData !== 'breaching' && TreatMissingData !== 'notBreaching') {
    return 'unchanged';
  }
  const missing = datapoints.length - known.length;
  const breaching =
    known.filter((value) => value >= Threshold).length + (TreatMissingData === 'breaching' ? missing : 0);
  if (breaching >= needed) return 'ALARM';
  // Missing periods might have been breaching. If that could make a difference, such an alarm keeps its state.
  const open = TreatMissingData === 'ignore' || TreatMissingData === 'missing' ? missing : 0;
  return breaching > 0 && breaching + open >= needed ? 'unchanged' : 'OK';
};

/** CloudWatch documents no method. Between a zero and a one, interpolation gives what is neither. */
const interpolate = (sorted: readonly number[], share: number): number => {
  const position = share * (sorted.length - 1);
  const [below = 0, above = below] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  return below + (above - below) * (position % 1);
};

/** @returns `undefined` without samples, and for a percentile with too few samples */
const statisticOf = (alarm: AlarmDefinition, values: readonly number[]): number | undefined => {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(alarm.ExtendedStatistic ?? '')?.[1];
  if (percentile) {
    const share = Number(percentile) / 100;
    const significant = 10 / Math.min(share, 1 - share);
    const ignoresFew = (alarm.EvaluateLowSampleCountPercentile ?? 'ignore') === 'ignore';
    if (ignoresFew && values.length < Math.round(significant)) return undefined;
    return interpolate(
      values.toSorted((a, b) => a - b),
      share,
    );
  }
  switch (alarm.Statistic) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    default:
      throw new Error(`The statistic ${alarm.Statistic} is not supported.`);
  }
};
