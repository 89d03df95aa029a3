import { describe, expect, it } from 'vitest';
import { METRIC, METRICS_NAMESPACE } from '../../lambdas/contracts/metrics.ts';
import { onlyOne, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);

const alarmsOn = (namespace: string, metricName: string): Record<string, unknown>[] =>
  alarms.filter((alarm) => alarm['Namespace'] === namespace && alarm['MetricName'] === metricName);

describe('alarms', () => {
  it.each([
    ['AWS/Lambda', 'Errors', 7],
    ['AWS/Lambda', 'IteratorAge', 2],
    ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 4],
    ['AWS/States', 'ExecutionsFailed', 1],
    ['AWS/ApiGateway', '5xx', 1],
  ])('on %s %s: %i', (namespace, metricName, count) => {
    expect(alarmsOn(namespace, metricName)).toHaveLength(count);
  });

  it('watch a dead-letter queue each, never the refresh queue, which is full in good times too', () => {
    const watched = alarmsOn('AWS/SQS', 'ApproximateNumberOfMessagesVisible').map((alarm) =>
      JSON.stringify(alarm['Dimensions']),
    );
    const sources = resourcesOf(template, 'AWS::SQS::Queue').filter(
      ([, { Properties }]) => Properties['RedrivePolicy'],
    );

    expect(new Set(watched).size).toBe(4);
    for (const [id] of sources) expect(watched.join()).not.toContain(`"${id}"`);
  });

  it('each state their impact, tell operations, and are quiet while nothing happens', () => {
    const [topic] = resourcesOf(template, 'AWS::SNS::Topic').find(([id]) => id.includes('Operations')) ?? [];
    for (const alarm of alarms) {
      expect(String(alarm['AlarmDescription']).length).toBeGreaterThan(40);
      expect(alarm['AlarmActions']).toEqual([{ Ref: topic }]);
      expect(alarm['TreatMissingData']).toBe('notBreaching');
    }
  });

  it('may publish to the operations topic, which no key of SNS itself keeps them from', () => {
    const [, topic] =
      resourcesOf(template, 'AWS::SNS::Topic').find(([id]) => id.includes('Operations')) ?? [];

    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          { Effect: 'Deny' },
          { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish' },
        ],
      },
    });
    expect(topic?.Properties['KmsMasterKeyId']).toBeUndefined();
  });
});

describe('the dashboard', () => {
  it('shows own metrics by the names under which functions emit them', () => {
    const [, dashboard] = onlyOne(template, 'AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard.Properties['DashboardBody']).replaceAll('\\"', '"');
    const own = [...body.matchAll(new RegExp(`"${METRICS_NAMESPACE}","([A-Za-z]+)"`, 'g'))].map(
      ([, name]) => name,
    );

    expect(own.length).toBeGreaterThan(0);
    for (const name of own) expect(Object.values(METRIC)).toContain(name);
  });
});
