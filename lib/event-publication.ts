import { FilterRule } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENV } from '../lambdas/contracts/environment.ts';
import { RECORD, TABLE } from '../lambdas/contracts/table.ts';
import { EventTopic } from './event-topic.ts';
import type { OrderTable } from './order-table.ts';
import { StreamConsumer } from './stream-consumer.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link EventPublication}. */
export interface EventPublicationProps {
  readonly defaults: FunctionDefaults;
  readonly orders: OrderTable;
  /** Other AWS accounts that may subscribe to the topic. */
  readonly subscriberAccounts: readonly string[];
}

/** New events that are not published yet. Marking an event as published is a change too, and must not match. */
const PATTERNS = [
  {
    eventName: ['INSERT'],
    dynamodb: {
      Keys: { [TABLE.sortKey]: { S: [{ prefix: RECORD.event }] } },
      NewImage: { [TABLE.due]: { S: FilterRule.exists() } },
    },
  },
];

/** Publishes events. Each was stored in the same transaction as the change it reports. */
export class EventPublication extends Construct {
  readonly topic: EventTopic;
  readonly function: TrackerFunction;
  readonly consumer: StreamConsumer;

  constructor(scope: Construct, id: string, props: EventPublicationProps) {
    super(scope, id);
    this.topic = new EventTopic(this, 'Events', {
      subscriberAccounts: props.subscriberAccounts,
      encryptionKey: props.defaults.encryptionKey,
    });
    this.function = new TrackerFunction(this, 'PublishEvents', {
      name: 'publish-events',
      description: 'Publishes new events and marks them as published',
      defaults: props.defaults,
      environment: {
        [ENV.tableName]: props.orders.table.tableName,
        [ENV.topicArn]: this.topic.topic.topicArn,
      },
    });
    props.orders.grant(this.function, 'UpdateItem');
    this.topic.grantPublish(this.function);
    this.consumer = new StreamConsumer(this, 'NewEvents', {
      function: this.function,
      orders: props.orders,
      patterns: PATTERNS,
      encryptionKey: props.defaults.encryptionKey,
    });
  }
}
