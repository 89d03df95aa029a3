import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OrderTracker } from './order-tracker.ts';
import { type OrderTrackerProps, resolveProps } from './order-tracker-props.ts';

/** Properties of {@link OrderTrackerStack}. */
export interface OrderTrackerStackProps extends OrderTrackerProps, Pick<StackProps, 'env' | 'tags'> {}

/** A stack with nothing but the tracker, `OrderTracker-<environment>`. The names of its outputs are public. */
export class OrderTrackerStack extends Stack {
  constructor(scope: Construct, props: OrderTrackerStackProps) {
    const { environment, production } = resolveProps(props);
    super(scope, `OrderTracker-${environment}`, {
      description: 'Follows Musement order items to their final status and publishes it',
      terminationProtection: production,
      env: props.env,
      tags: props.tags,
    });
    const tracker = new OrderTracker(this, 'Tracker', props);

    this.#output(
      'WebhookUrl',
      tracker.webhookUrl,
      'Give it to Musement, with the credentials in WebhookSecretArn',
    );
    this.#output('OrdersUrl', tracker.ordersUrl, 'Append /{orderUuid}; requests are signed (SigV4)');
    this.#output('TopicArn', tracker.topic.topicArn, 'Publishes final statuses: subscribe here');
    this.#output(
      'OperationsTopicArn',
      tracker.operationsTopic.topicArn,
      'Publishes urgent alarms: subscribe whoever is on call',
    );
    this.#output(
      'NoticesTopicArn',
      tracker.noticesTopic.topicArn,
      'Publishes alarms that can wait until somebody is at work',
    );
    this.#output('ProviderBaseUrl', tracker.provider.baseUrl, 'The API that is asked');
    this.#output('ProviderApplication', tracker.provider.application, 'How we name ourselves there');
    this.#output('TableName', tracker.orders.table.tableName, 'Holds the story of every order');
    this.#output(
      'StateMachineArn',
      tracker.stateMachine.stateMachineArn,
      'Watches items, one execution each',
    );
    this.#output(
      'ProviderSecretArn',
      tracker.provider.providerSecret.arn,
      'Fill in client_id and client_secret after the first deployment',
    );
    this.#output(
      'WebhookSecretArn',
      tracker.provider.webhookSecret.arn,
      'User name and password to give to Musement',
    );
    this.#output('DashboardName', tracker.dashboardName, 'Shows what comes in, goes out and is late');
    if (tracker.callerRole) {
      this.#output('CallerRoleArn', tracker.callerRole.roleArn, 'For callers of OrdersUrl in other accounts');
    }
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
