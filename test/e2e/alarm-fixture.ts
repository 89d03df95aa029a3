import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { expect, inject } from 'vitest';
import type { MetricName } from '../../lambdas/contracts/metrics.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import type { AlarmName } from '../alarms/alarm-names.ts';
import {
  type AlarmDefinition,
  type AlarmState,
  evaluateAlarm,
  type Sample,
  samplesOf,
} from '../alarms/evaluate-alarm.ts';
import { emittedSamples } from './emitted-metrics.ts';
import { eventually } from './stack-fixture.ts';

const PREFIX = 'OrderTracker-local-';

/** The alarms as they are deployed, by name. */
export const deployedAlarms = async (): Promise<ReadonlyMap<string, AlarmDefinition>> => {
  const client = new CloudWatchClient(clientConfiguration(inject('localStack').endpoint));
  const { MetricAlarms = [] } = await client.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: PREFIX, MaxRecords: 100 }),
  );
  return new Map(MetricAlarms.map((alarm) => [`${alarm.AlarmName}`.replace(PREFIX, ''), alarm]));
};

/** A deployed alarm. */
const deployedAlarm = async (name: AlarmName): Promise<AlarmDefinition> => {
  const alarm = (await deployedAlarms()).get(name);
  if (!alarm) throw new Error(`The alarm ${name} is not deployed.`);
  return alarm;
};

/** The value of the dimension of a deployed alarm, such as the name of the queue that it observes. */
export const dimensionOf = async (name: AlarmName): Promise<string> =>
  (await deployedAlarm(name)).Dimensions?.[0]?.Value ?? '';

/**
 * The state of a deployed alarm after samples.
 *
 * @param samples must contain samples of the very metric and dimensions that the alarm evaluates
 * @param periods in how many of the alarm's periods the same samples occur: a test cannot wait that long
 */
export const stateOf = async (
  name: AlarmName,
  samples: readonly Sample[],
  { periods = 1 }: { readonly periods?: number } = {},
): Promise<AlarmState> => {
  const alarm = await deployedAlarm(name);
  expect(samplesOf(alarm, samples).length, `samples that ${name} evaluates`).toBeGreaterThan(0);
  return evaluateAlarm(alarm, repeated(alarm, samples, periods), Date.now());
};

/** The same samples in each of an alarm's last periods. */
export const repeated = (alarm: AlarmDefinition, samples: readonly Sample[], periods: number): Sample[] => {
  const now = Date.now();
  return Array.from({ length: periods }, (_, index) =>
    samples.map((sample) => ({ ...sample, at: now - index * (alarm.Period ?? 60) * 1000 })),
  ).flat();
};

/** Waits until functions have emitted a number of samples of a metric since a time, and returns all of them. */
export const emitted = (metric: MetricName, since: number, atLeast = 1): Promise<Sample[]> =>
  eventually(async () => {
    const samples = (await emittedSamples(since)).filter(({ name }) => name === metric);
    expect(samples.length, `samples of ${metric}`).toBeGreaterThanOrEqual(atLeast);
    return samples;
  });

/** Waits until functions have emitted a number of samples that are not 0, and returns all samples of the metric. */
export const emittedCases = (metric: MetricName, since: number, atLeast = 1): Promise<Sample[]> =>
  eventually(async () => {
    const samples = await emitted(metric, since);
    expect(samples.filter(({ value }) => value > 0).length, metric).toBeGreaterThanOrEqual(atLeast);
    return samples;
  });

/** A sample of a metric that AWS emits and the local AWS does not, with a number that the test has counted. */
export const counted = (
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
  value: number,
): Sample[] => [{ namespace, name, dimensions, at: Date.now(), value }];
