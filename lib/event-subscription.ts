import { Annotations, Duration, Resource } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import {
  type ITopic,
  type ITopicSubscription,
  type Subscription,
  SubscriptionFilter,
} from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type IQueue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { EVENT_TYPES, type EventType, MESSAGE_ATTRIBUTES } from '../events/index.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { InvalidPropertyError } from './invalid-property-error.ts';

/** The service that sends to the queues, and the actions that it needs on their keys. */
const SNS = 'sns.amazonaws.com';
const USE_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'] as const;

/** Properties of an {@link EventSubscription}: a queue or a function, and which events it gets. */
export interface EventSubscriptionProps {
  /**
   * The queue that gets the events: a standard queue. The policy of an imported queue must already allow the topic to
   * send messages.
   * @default - none: give either a queue or a function
   */
  readonly queue?: IQueue;

  /**
   * The function that is called with the events.
   * @default - none: give either a queue or a function
   */
  readonly function?: IFunction;

  /**
   * The types of the events, such as `order_item.ok`.
   * @default - all types
   */
  readonly events?: readonly EventType[];

  /**
   * More conditions on the message attributes `status`, `final`, `order_uuid` and `product_type`, each a
   * `SubscriptionFilter` of CDK. An attribute can be absent.
   * @default - none
   */
  readonly filterPolicy?: Readonly<Record<string, SubscriptionFilter>>;

  /**
   * Whether a message of the queue is the event itself, instead of an envelope of SNS with the event in it. A function
   * always gets the envelope.
   * @default true
   */
  readonly rawMessageDelivery?: boolean;

  /**
   * The standard queue that gets what could not be delivered, and what the function failed to process in three attempts.
   * @default - a new queue, which keeps messages for 14 days
   */
  readonly deadLetterQueue?: IQueue;

  /**
   * Whether there is an alarm on messages in the dead-letter queue.
   * @default true
   */
  readonly alarm?: boolean;

  /**
   * Topic that the alarm notifies. Its policy must allow alarms of this account.
   * @default - `noticesTopic` of the tracker; the alarm of a tracker without one notifies nobody
   */
  readonly alarmTopic?: ITopic;
}

/** The tracker's part of a subscription. */
interface Source {
  readonly topic: ITopic;
  readonly noticesTopic: ITopic | undefined;
}

/** A subscription to the events of a tracker, with a dead-letter queue and an alarm on it. */
export interface EventSubscription extends IConstruct {
  /** The subscription itself. */
  readonly subscription: Subscription;

  /** Holds what could not be delivered. */
  readonly deadLetterQueue: IQueue;

  /** Fires while a message is in the dead-letter queue; `undefined` if it was switched off. */
  readonly alarm: Alarm | undefined;
}

/**
 * What `subscribe` of a tracker makes. It belongs to the stack of the queue or the function, so that the tracker's stack
 * does not depend on its subscribers.
 */
export class TrackerSubscription extends Construct implements EventSubscription {
  readonly subscription: Subscription;
  readonly deadLetterQueue: IQueue;
  readonly alarm: Alarm | undefined;

  /**
   * @param scope the queue or the function
   * @throws {InvalidPropertyError} for a property that cannot be used
   */
  constructor(
    scope: IQueue | IFunction,
    id: string,
    props: EventSubscriptionProps & { readonly source: Source },
  ) {
    super(scope, id);
    const { topic, noticesTopic } = props.source;
    this.deadLetterQueue = props.deadLetterQueue ?? new DeadLetterQueue(this, 'Undelivered', {});
    this.subscription = topic.addSubscription(this.#target(props));
    // `SqsSubscription` of CDK grants this only for the key of the queue.
    this.deadLetterQueue.encryptionMasterKey?.grant(new ServicePrincipal(SNS), ...USE_KEY);
    this.#warnAboutImports({ queue: props.queue, deadLetterQueue: this.deadLetterQueue });
    if (props.alarm ?? true) this.alarm = this.#createAlarm(props.alarmTopic ?? noticesTopic);
  }

  #target(props: EventSubscriptionProps): ITopicSubscription {
    const common = { filterPolicy: filterPolicyOf(props), deadLetterQueue: this.deadLetterQueue };
    if (props.queue) {
      return new SqsSubscription(props.queue, {
        ...common,
        rawMessageDelivery: props.rawMessageDelivery ?? true,
      });
    }
    const fn = props.function as IFunction;
    this.#keepFailedCalls(fn);
    return new LambdaSubscription(fn, common);
  }

  /**
   * SNS has delivered a message as soon as Lambda has queued it: what the function fails to process would be lost.
   * Lambda allows one destination, so a function that has its own keeps it; one that is imported cannot be changed.
   */
  #keepFailedCalls(fn: IFunction): void {
    const hasOwn = fn.node.tryFindChild('EventInvokeConfig') !== undefined;
    if (hasOwn || !Resource.isOwnedResource(fn)) return;
    fn.configureAsyncInvoke({ onFailure: new SqsDestination(this.deadLetterQueue) });
  }

  #warnAboutImports(queues: Readonly<Record<string, IQueue | undefined>>): void {
    for (const [property, queue] of Object.entries(queues)) {
      const key = queue?.encryptionMasterKey;
      if (queue && !Resource.isOwnedResource(queue)) {
        Annotations.of(this).addWarningV2(
          'musement-order-tracker:queue-policy',
          `The policy of "${property}" cannot be changed, because the queue is imported: it must allow the topic to send messages.`,
        );
      }
      if (key && !Resource.isOwnedResource(key)) {
        Annotations.of(this).addWarningV2(
          'musement-order-tracker:queue-key-policy',
          `The policy of the key of "${property}" cannot be changed, because the key is imported: it must allow ${SNS} ${USE_KEY.join(' and ')}.`,
        );
      }
    }
  }

  #createAlarm(topic: ITopic | undefined): Alarm {
    const alarm = new Alarm(this, 'UndeliveredAlarm', {
      alarmDescription: [
        `Events of the order tracker were not delivered to ${this.node.path}, or it failed to process them.`,
        'They are kept for 14 days in the dead-letter queue of the subscription. What to do: docs/subscribing.md#what-was-not-delivered',
      ].join('\n'),
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: Stats.MAXIMUM,
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (!topic) return alarm;
    const action = new SnsAction(topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

/**
 * Checks what AWS would reject, and what it would accept although nothing is then delivered.
 * @returns the queue or the function
 * @throws {InvalidPropertyError}
 */
export const subscriberOf = (props: EventSubscriptionProps): IQueue | IFunction => {
  const { queue, function: fn, deadLetterQueue, rawMessageDelivery } = props;
  const subscriber = queue ?? fn;
  if (!subscriber || (queue && fn)) {
    throw new InvalidPropertyError('queue', queue?.node.path, 'give either a queue or a function.');
  }
  for (const [property, given] of Object.entries({ queue, deadLetterQueue })) {
    // Its policy allows no service, so that nothing would arrive.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
    if (given?.encryptionType === QueueEncryption.KMS_MANAGED) {
      const remedy = 'give a queue without the key alias/aws/sqs, which SNS cannot use.';
      throw new InvalidPropertyError(property, given.node.path, remedy);
    }
    if (given?.fifo) {
      const remedy = 'give a standard queue; a FIFO queue cannot subscribe to a standard topic.';
      throw new InvalidPropertyError(property, given.node.path, remedy);
    }
  }
  if (fn && rawMessageDelivery) {
    throw new InvalidPropertyError(
      'rawMessageDelivery',
      true,
      'leave it out; a function gets the envelope of SNS.',
    );
  }
  return subscriber;
};

const ALL_TYPES: readonly string[] = Object.values(EVENT_TYPES);

const filterPolicyOf = ({
  events,
  filterPolicy,
}: EventSubscriptionProps): Record<string, SubscriptionFilter> | undefined => {
  // In JavaScript no compiler rejects the filter policy of SNS itself.
  const unknown = Object.entries(filterPolicy ?? {}).find(([, filter]) => !Array.isArray(filter.conditions));
  if (unknown) {
    const remedy = 'give a SubscriptionFilter of aws-cdk-lib/aws-sns for each message attribute.';
    throw new InvalidPropertyError(`filterPolicy.${unknown[0]}`, unknown[1], remedy);
  }
  if (!events) return filterPolicy && { ...filterPolicy };
  if (events.length === 0 || !events.every((type) => ALL_TYPES.includes(type))) {
    throw new InvalidPropertyError('events', events, `give some of ${ALL_TYPES.join(', ')}.`);
  }
  if (filterPolicy?.[MESSAGE_ATTRIBUTES.type]) {
    throw new InvalidPropertyError(
      'filterPolicy',
      Object.keys(filterPolicy),
      '"events" filters by type already.',
    );
  }
  return {
    ...filterPolicy,
    [MESSAGE_ATTRIBUTES.type]: SubscriptionFilter.stringFilter({ allowlist: [...events] }),
  };
};
