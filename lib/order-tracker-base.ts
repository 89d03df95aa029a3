import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import {
  METRIC,
  METRICS_DIMENSION,
  type MetricName,
  metricsNamespace,
} from '../lambdas/contracts/metrics.ts';
import {
  type EventSubscription,
  type EventSubscriptionProps,
  subscriberOf,
  TrackerSubscription,
} from './event-subscription.ts';

/** A tracker: one of this app, or one that was imported. */
export interface IOrderTracker extends IConstruct {
  /** Name of the tracker, which no other tracker of the account and region has. */
  readonly trackerName: string;

  /** The topic that events are published to. */
  readonly topic: ITopic;

  /** The topic of alarms that can wait until the next working day, if it is known. */
  readonly noticesTopic: ITopic | undefined;

  /** URL of the order routes: append `/{orderUuid}`, and sign requests with Signature Version 4. */
  readonly ordersUrl: string;

  /**
   * Allows a principal of the tracker's account to track orders: `PUT /orders/{orderUuid}`. Principals of other accounts
   * assume the role `callerRole` instead.
   */
  grantTrack(grantee: IGrantable): Grant;

  /**
   * Allows a principal of the tracker's account to stop tracking orders: `DELETE /orders/{orderUuid}`. After that no
   * status of the order is published, so grant it apart from {@link grantTrack}.
   */
  grantUntrack(grantee: IGrantable): Grant;

  /** Allows a principal of the tracker's account to read and list orders: `GET /orders/{orderUuid}` and `GET /orders`. */
  grantRead(grantee: IGrantable): Grant;

  /** A metric of the tracker. By default it is the sum of 5 minutes. */
  metric(metricName: MetricName, props?: MetricOptions): Metric;

  /** Items that became open. By default the sum of 5 minutes. */
  metricItemOpened(props?: MetricOptions): Metric;

  /** Items that were confirmed. By default the sum of 5 minutes. The average is the share of `OK` in `OK` and `KO`. */
  metricItemConfirmed(props?: MetricOptions): Metric;

  /** Items that were refunded. By default the sum of 5 minutes. */
  metricItemRefunded(props?: MetricOptions): Metric;

  /** Items whose confirmation time passed while they were open. By default the sum of 5 minutes. */
  metricItemOverdue(props?: MetricOptions): Metric;

  /** Items and requests that were given up without a result. By default the sum of 5 minutes. */
  metricGivenUp(props?: MetricOptions): Metric;

  /** Seconds from the start of an item's open period to its confirmation. By default the 95th percentile of 5 minutes. */
  metricTimeToConfirmation(props?: MetricOptions): Metric;

  /** The share of final statuses that were found without a webhook, 0 to 1. By default the average of 5 minutes. */
  metricWebhookMissing(props?: MetricOptions): Metric;

  /** The share of checks of orders that stay without a usable answer of Musement, 0 to 1. By default the average of 5 minutes. */
  metricProviderFailure(props?: MetricOptions): Metric;

  /**
   * Subscribes a queue or a function to the events, with a dead-letter queue and an alarm on it.
   * @throws {InvalidPropertyError} for a property that cannot be used
   */
  subscribe(id: string, props: EventSubscriptionProps): EventSubscription;
}

/** The order routes as the resource of a permission spells them. */
const ROUTES = {
  track: ['PUT/orders/*'],
  untrack: ['DELETE/orders/*'],
  read: ['GET/orders/*', 'GET/orders'],
} as const;

/** What every tracker can do, whether it belongs to this app or was imported. Use {@link IOrderTracker} as the type of either. */
export abstract class OrderTrackerBase extends Construct implements IOrderTracker {
  abstract readonly trackerName: string;
  abstract readonly topic: ITopic;
  abstract readonly noticesTopic: ITopic | undefined;
  abstract readonly ordersUrl: string;
  /**
   * ARN of the API with the order routes, for permissions: `arn:…:execute-api:<region>:<account>:<API id>`.
   * @internal
   */
  protected abstract readonly apiArn: string;

  grantTrack(grantee: IGrantable): Grant {
    return this.#grantRoutes(grantee, ROUTES.track);
  }

  grantUntrack(grantee: IGrantable): Grant {
    return this.#grantRoutes(grantee, ROUTES.untrack);
  }

  grantRead(grantee: IGrantable): Grant {
    return this.#grantRoutes(grantee, ROUTES.read);
  }

  metric(metricName: MetricName, props: MetricOptions = {}): Metric {
    // The tracker's own stack may be in another region or account than the alarm or dashboard.
    const { account, region } = Stack.of(this).splitArn(this.apiArn, ArnFormat.NO_RESOURCE_NAME);
    return new Metric({
      namespace: metricsNamespace(this.trackerName),
      metricName,
      dimensionsMap: { ...METRICS_DIMENSION },
      statistic: Stats.SUM,
      ...(isKnown(account) && { account }),
      ...(isKnown(region) && { region }),
      ...props,
    });
  }

  metricItemOpened(props?: MetricOptions): Metric {
    return this.metric(METRIC.itemOpened, props);
  }

  metricItemConfirmed(props?: MetricOptions): Metric {
    return this.metric(METRIC.itemConfirmed, props);
  }

  metricItemRefunded(props?: MetricOptions): Metric {
    return this.metric(METRIC.itemRefunded, props);
  }

  metricItemOverdue(props?: MetricOptions): Metric {
    return this.metric(METRIC.itemOverdue, props);
  }

  metricGivenUp(props?: MetricOptions): Metric {
    return this.metric(METRIC.givenUp, props);
  }

  metricTimeToConfirmation(props?: MetricOptions): Metric {
    return this.metric(METRIC.timeToConfirmation, { statistic: Stats.p(95), ...props });
  }

  metricWebhookMissing(props?: MetricOptions): Metric {
    return this.metric(METRIC.webhookMissing, { statistic: Stats.AVERAGE, ...props });
  }

  metricProviderFailure(props?: MetricOptions): Metric {
    return this.metric(METRIC.providerFailure, { statistic: Stats.AVERAGE, ...props });
  }

  subscribe(id: string, props: EventSubscriptionProps): EventSubscription {
    return new TrackerSubscription(subscriberOf(props), id, { ...props, source: this });
  }

  /** In every stage: there is one. `grantInvoke` of CDK says the same, but needs the routes, which an import lacks. */
  #grantRoutes(grantee: IGrantable, routes: readonly string[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: routes.map((route) => `${this.apiArn}/*/${route}`),
    });
  }
}

const isKnown = (value: string | undefined): boolean => Boolean(value) && !Token.isUnresolved(value);
