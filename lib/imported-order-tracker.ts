import { ArnFormat, Fn, Stack, Token } from 'aws-cdk-lib';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { InvalidPropertyError } from './invalid-property-error.ts';
import { OrderTrackerBase } from './order-tracker-base.ts';

/** What is known of a tracker that another stack has deployed. */
export interface OrderTrackerAttributes {
  /** Name of the tracker. */
  readonly trackerName: string;

  /** ARN of the topic that events are published to. It also says in which account and region the tracker is. */
  readonly topicArn: string;

  /** URL of the order routes, `https://<API id>.execute-api.<region>.amazonaws.com/orders`. */
  readonly ordersUrl: string;

  /**
   * ARN of the topic of alarms that can wait until the next working day. Only alarms of the tracker's account can use
   * it.
   * @default - alarms on subscriptions have no action, unless they are given a topic
   */
  readonly noticesTopicArn?: string;
}

/** Permissions are for the API whose id begins the URL. */
const ORDERS_URL = /^https:\/\/[a-z0-9]+\.execute-api\.[^/]+\/orders$/;

/** A tracker that another stack has deployed. */
export class ImportedOrderTracker extends OrderTrackerBase {
  readonly trackerName: string;
  readonly topic: ITopic;
  readonly noticesTopic: ITopic | undefined;
  readonly ordersUrl: string;
  /** @internal */
  protected readonly apiArn: string;

  /** @throws {InvalidPropertyError} for a URL that does not say which API it belongs to */
  constructor(scope: Construct, id: string, attributes: OrderTrackerAttributes) {
    super(scope, id);
    const { trackerName, topicArn, ordersUrl, noticesTopicArn } = attributes;
    if (!Token.isUnresolved(ordersUrl) && !ORDERS_URL.test(ordersUrl)) {
      const remedy = 'give the output OrdersUrl, https://<API id>.execute-api.<region>.amazonaws.com/orders.';
      throw new InvalidPropertyError('ordersUrl', ordersUrl, remedy);
    }
    this.trackerName = trackerName;
    this.topic = Topic.fromTopicArn(this, 'Topic', topicArn);
    this.noticesTopic = noticesTopicArn
      ? Topic.fromTopicArn(this, 'NoticesTopic', noticesTopicArn)
      : undefined;
    this.ordersUrl = ordersUrl;
    const stack = Stack.of(this);
    const { partition, region, account } = stack.splitArn(topicArn, ArnFormat.NO_RESOURCE_NAME);
    const host = Fn.select(2, Fn.split('/', ordersUrl));
    const resource = Fn.select(0, Fn.split('.', host));
    this.apiArn = stack.formatArn({ partition, region, account, service: 'execute-api', resource });
  }
}
