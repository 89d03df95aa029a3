import { type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IDependable } from 'constructs';

/**
 * `urgent`: while the alarm lasts, statuses arrive late or not at all. `notice`: nothing is late yet, or for single
 * orders only; it can wait until the next working day.
 */
export type Severity = 'urgent' | 'notice';

/** How CloudWatch treats a period without data, and the sentence about it in the alarm's description. */
interface MissingData {
  readonly treatment: TreatMissingData;
  readonly text: string;
}

/** Treatments of periods without data. */
export const NO_DATA = {
  /** For metrics that are emitted only when something happens. */
  isFine: { treatment: TreatMissingData.NOT_BREACHING, text: 'No data: nothing is wrong.' },
  /** For metrics whose last value still holds when no new one comes. */
  keepsState: { treatment: TreatMissingData.IGNORE, text: 'No data: the alarm keeps its state.' },
  /** For metrics that are emitted all the time. */
  isWrong: { treatment: TreatMissingData.BREACHING, text: 'No data: the alarm fires too.' },
} as const satisfies Readonly<Record<string, MissingData>>;

/** An alarm that fires from a threshold on. */
export interface AlarmDefinition {
  readonly severity: Severity;
  readonly metric: Metric;
  /** The smallest value that is wrong. */
  readonly threshold: number;
  /** Follows the threshold in the alarm's description. @default '' */
  readonly unit?: string;
  /** Number of periods that are evaluated. @default 1 */
  readonly evaluationPeriods?: number;
  /** How many of these periods must reach the threshold. @default - all of them */
  readonly datapointsToAlarm?: number;
  /** Why the threshold is right. */
  readonly reason: string;
  readonly missingData: MissingData;
  /**
   * For a percentile: whether the alarm keeps its state while there are too few samples.
   * @default false
   */
  readonly ignoresFewSamples?: boolean;
  /** A resource that must exist before the alarm. @default - none */
  readonly createdAfter?: IDependable;
  /** What users notice. */
  readonly impact: string;
}

/** Alarms by name. */
export type AlarmDefinitions = Readonly<Record<string, AlarmDefinition>>;

/**
 * How many samples of one period CloudWatch needs for a percentile from 50 on, if the alarm ignores fewer.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
 */
const leastSamples = (percentile: number): number => Math.round(10 / (1 - percentile / 100));

/** The description of an alarm: everything that the person on call gets to read. */
export const descriptionOf = (name: string, definition: AlarmDefinition, runbookUrl: string): string =>
  [
    definition.impact,
    `What to do: ${runbookUrl}#${name.toLowerCase()}`,
    `Fires when ${conditionOf(definition)}. ${definition.reason} ${definition.missingData.text}`,
  ].join('\n');

const conditionOf = (definition: AlarmDefinition): string => {
  const { metric, threshold, unit = '', evaluationPeriods = 1 } = definition;
  const { datapointsToAlarm = evaluationPeriods } = definition;
  const period = metric.period.toHumanString();
  const percentile = Number(/^p(\d+)$/.exec(metric.statistic)?.[1]);
  const samples = definition.ignoresFewSamples ? ` (at least ${leastSamples(percentile)} samples)` : '';
  const reached = `the ${metric.statistic.toLowerCase()} of ${metric.metricName} in ${period}${samples} is ${threshold}${unit} or more`;
  return evaluationPeriods === 1
    ? reached
    : `${reached}, in ${datapointsToAlarm} of ${evaluationPeriods} periods`;
};
