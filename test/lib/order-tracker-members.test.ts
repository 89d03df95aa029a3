import { Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { METRIC } from '../../lambdas/contracts/metrics.ts';
import { type IOrderTracker, OrderTracker } from '../../lib/index.ts';
import { allowedToRole } from './policies.ts';
import { onlyOne, propertiesOf, testApp } from './synthesize.ts';

const ENV = { account: '012345678901', region: 'eu-west-1' };
const ATTRIBUTES = {
  trackerName: 'travel',
  topicArn: 'arn:aws:sns:eu-west-1:012345678901:events',
  ordersUrl: 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com/orders',
};

const owned = (stack: Stack): IOrderTracker =>
  new OrderTracker(stack, 'Tracker', { trackerName: 'travel', providerApplication: 'test-application' });

const imported = (stack: Stack): IOrderTracker =>
  OrderTracker.fromOrderTrackerAttributes(stack, 'Tracker', ATTRIBUTES);

/** The template of a stack with a tracker, after something was done with it. */
const templateWith = (
  make: (stack: Stack) => IOrderTracker,
  act: (tracker: IOrderTracker) => void,
  env = {},
) => {
  const stack = new Stack(testApp(), 'Travel', { env });
  act(make(stack));
  return Template.fromStack(stack);
};

describe('the permissions that a tracker grants', () => {
  const grants = {
    Checkout: (tracker: IOrderTracker, role: Role) => tracker.grantTrack(role),
    Testing: (tracker: IOrderTracker, role: Role) => tracker.grantUntrack(role),
    Support: (tracker: IOrderTracker, role: Role) => tracker.grantRead(role),
  };
  const grantAll = (tracker: IOrderTracker) => {
    for (const [id, grant] of Object.entries(grants)) {
      const scope = tracker.node.scope as Stack;
      const role = new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
      expect(grant(tracker, role).success).toBe(true);
    }
  };
  const expectRoutes = (template: Template, api: string) => {
    const routesOf = (id: string) => allowedToRole(template, id);
    expect(routesOf('Checkout')).toEqual({ [`${api}/*/PUT/orders/*`]: ['execute-api:Invoke'] });
    expect(routesOf('Testing')).toEqual({ [`${api}/*/DELETE/orders/*`]: ['execute-api:Invoke'] });
    expect(routesOf('Support')).toEqual({
      [`${api}/*/GET/orders/*`]: ['execute-api:Invoke'],
      [`${api}/*/GET/orders`]: ['execute-api:Invoke'],
    });
  };

  it('are to call its own order routes', () => {
    const template = templateWith(owned, grantAll);
    const [api] = onlyOne(template, 'AWS::ApiGatewayV2::Api');

    expectRoutes(template, `arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:${api}`);
  });

  it('are to call the order routes of an imported one, in its account and region', () => {
    const template = templateWith(imported, grantAll, { region: 'eu-south-1' });
    expectRoutes(template, 'arn:aws:execute-api:eu-west-1:012345678901:a1b2c3');
  });

  it('are to call the order routes of one that is imported by exports', () => {
    const byExports = (stack: Stack) =>
      OrderTracker.fromOrderTrackerAttributes(stack, 'Tracker', {
        trackerName: 'travel',
        topicArn: Fn.importValue('topic'),
        ordersUrl: Fn.importValue('orders'),
      });

    expect(JSON.stringify(templateWith(byExports, grantAll).toJSON())).toContain(
      '{"Fn::Select":[0,{"Fn::Split":[".",{"Fn::Select":[2,{"Fn::Split":["/",{"Fn::ImportValue":"orders"}]}]}]}]}',
    );
  });
});

describe('the metrics of a tracker', () => {
  const alarms = (tracker: IOrderTracker) => {
    const metrics = {
      metric: tracker.metric(METRIC.eventRejected),
      opened: tracker.metricItemOpened(),
      confirmed: tracker.metricItemConfirmed(),
      refunded: tracker.metricItemRefunded(),
      overdue: tracker.metricItemOverdue(),
      givenUp: tracker.metricGivenUp(),
      confirmation: tracker.metricTimeToConfirmation(),
      webhooks: tracker.metricWebhookMissing(),
      failures: tracker.metricProviderFailure({ statistic: 'Sum' }),
    };
    for (const [id, metric] of Object.entries(metrics)) {
      new Alarm(tracker.node.scope as Stack, `Own${id}`, { metric, threshold: 1, evaluationPeriods: 1 });
    }
  };

  it.each([
    ['of this app', owned],
    ['that was imported', imported],
  ])('%s are those that its functions emit', (_, make) => {
    const template = templateWith(make, alarms, ENV);
    const found = propertiesOf(template, 'AWS::CloudWatch::Alarm')
      .filter(({ AlarmName }) => AlarmName === undefined)
      .map(({ MetricName, Statistic, ExtendedStatistic }) => [MetricName, Statistic ?? ExtendedStatistic]);

    expect(found).toEqual([
      ['EventRejected', 'Sum'],
      ['ItemOpened', 'Sum'],
      ['ItemConfirmed', 'Sum'],
      ['ItemRefunded', 'Sum'],
      ['ItemOverdue', 'Sum'],
      ['GivenUp', 'Sum'],
      ['TimeToConfirmation', 'p95'],
      ['WebhookMissing', 'Average'],
      ['ProviderFailure', 'Sum'],
    ]);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ItemOverdue',
      Namespace: 'MusementOrderTracker/travel',
      Dimensions: [{ Name: 'service', Value: 'order-tracker' }],
      Period: 300,
    });
  });

  it('of another account say so', () => {
    const template = templateWith(imported, alarms, { ...ENV, account: '210987654321' });

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: [{ AccountId: '012345678901', MetricStat: { Metric: { MetricName: 'EventRejected' } } }],
    });
  });
});

describe('an imported tracker', () => {
  it.each([
    ['of a domain of your own', 'https://orders.example.com/orders'],
    ['of the webhook', 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com/webhooks'],
    ['without a path', 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com'],
  ])('with the URL %s is rejected, because its permissions would be for nothing', (_, ordersUrl) => {
    const make = (stack: Stack) =>
      OrderTracker.fromOrderTrackerAttributes(stack, 'Tracker', { ...ATTRIBUTES, ordersUrl });

    expect(() => templateWith(make, () => {})).toThrow(
      `"ordersUrl" cannot be "${ordersUrl}": give the output`,
    );
  });
});
