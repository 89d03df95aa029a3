import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { inject } from 'vitest';
import { clientConfiguration } from '../../local/local-aws.ts';
import type { Sample } from '../alarms/evaluate-alarm.ts';

/** A line in the embedded metric format. */
export interface MetricLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [property: string]: unknown;
}

/** The lines that the deployed functions have logged since a time. */
export const loggedLines = async (since = 0): Promise<string[]> => {
  const client = new CloudWatchLogsClient(clientConfiguration(inject('localStack').endpoint));
  const lines: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    for (const { logGroupName } of logGroups) {
      for await (const page of paginateFilterLogEvents({ client }, { logGroupName, startTime: since })) {
        lines.push(...(page.events ?? []).flatMap(({ message }) => (message ?? '').split('\n')));
      }
    }
  }
  client.destroy();
  return lines;
};

/** The logged lines that CloudWatch turns into metrics. */
export const metricLines = async (since = 0): Promise<MetricLine[]> =>
  (await loggedLines(since))
    .filter((line) => line.startsWith('{"_aws"'))
    .map((line) => JSON.parse(line) as MetricLine)
    .filter(({ _aws }) => _aws.Timestamp >= since);

/** The samples that CloudWatch gets from the logged lines. */
export const emittedSamples = async (since = 0): Promise<Sample[]> =>
  (await metricLines(since)).flatMap((line) =>
    line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((names) =>
        Metrics.flatMap(({ Name }) =>
          [line[Name]].flat().map((value) => ({
            namespace: Namespace,
            name: Name,
            dimensions: Object.fromEntries(names.map((name) => [name, String(line[name])])),
            at: line._aws.Timestamp,
            value: Number(value),
          })),
        ),
      ),
    ),
  );
