import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OrderTracker } from './order-tracker.ts';
import { type OrderTrackerProps, resolveProps } from './order-tracker-props.ts';

/** Properties of {@link OrderTrackerStack}. */
export interface OrderTrackerStackProps extends OrderTrackerProps, Pick<StackProps, 'env' | 'tags'> {}

/** The stack `OrderTracker-<environment>`, which holds the tracker only. The names of its outputs are public. */
export class OrderTrackerStack extends Stack {
  constructor(scope: Construct, props: OrderTrackerStackProps) {
    const { environment, production } = resolveProps(props);
    super(scope, `OrderTracker-${environment}`, {
      description: 'Tracks Musement orders until every item has a final status, and publishes it',
      terminationProtection: production,
      env: props.env,
      tags: props.tags,
    });
    const tracker = new OrderTracker(this, 'Tracker', props);

    this.#output(
      'WebhookUrl',
      tracker.webhookUrl,
      'URL to give to Musement, with the credentials in WebhookSecretArn',
    );
    this.#output(
      'OrdersUrl',
      tracker.ordersUrl,
      'URL of the order routes: append /{orderUuid}, and sign requests (SigV4)',
    );
    this.#output('TopicArn', tracker.topic.topicArn, 'Topic of events, for subscribers');
    this.#output(
      'OperationsTopicArn',
      tracker.operationsTopic.topicArn,
      'Topic of urgent alarms, for people on call',
    );
    this.#output(
      'NoticesTopicArn',
      tracker.noticesTopic.topicArn,
      'Topic of alarms that can wait until the next working day',
    );
    this.#output(
      'ProviderBaseUrl',
      tracker.provider.baseUrl,
      'Base URL of the Musement API that this deployment uses',
    );
    this.#output(
      'ProviderApplication',
      tracker.provider.application,
      'Value of the X-Musement-Application header',
    );
    this.#output('TableName', tracker.orders.table.tableName, 'Table of all orders');
    this.#output(
      'StateMachineArn',
      tracker.stateMachine.stateMachineArn,
      'State machine that watches orders',
    );
    this.#output(
      'ProviderSecretArn',
      tracker.provider.providerSecret.arn,
      'Secret of the Musement login: fill in client_id and client_secret after the first deployment',
    );
    this.#output(
      'WebhookSecretArn',
      tracker.provider.webhookSecret.arn,
      'Secret with the user name and password to give to Musement',
    );
    this.#output('DashboardName', tracker.dashboardName, 'CloudWatch dashboard');
    if (tracker.callerRole) {
      this.#output(
        'CallerRoleArn',
        tracker.callerRole.roleArn,
        'Role for callers of OrdersUrl in other accounts',
      );
    }
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
