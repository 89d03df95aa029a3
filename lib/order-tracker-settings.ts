import type { Duration } from 'aws-cdk-lib';

/**
 * How orders are checked. The defaults suit production. Durations are known at synthesis, whole seconds, and at least one
 * second and at most 60 days unless their comment says otherwise.
 */
export interface OrderTrackerSettings {
  /**
   * Smallest gap between a check of an order and its next scheduled check. A deadline is checked whatever the gap.
   * @default Duration.minutes(1)
   */
  readonly minCheckGap?: Duration;

  /**
   * Confirmation time of an item whose `max_confirmation_time` is zero.
   * @default Duration.seconds(150) - Musement sends vouchers within 150 seconds of the payment
   */
  readonly instantGrace?: Duration;

  /**
   * An item of an order without a known time of payment is not overdue until this long after it was first seen, because
   * `PENDING` includes unpaid items. May be zero.
   * @default Duration.minutes(15)
   */
  readonly unpaidGrace?: Duration;

  /**
   * Confirmation time of an item whose `max_confirmation_time` is absent, unreadable or longer than a year: at most 365
   * days.
   * @default Duration.days(2)
   */
  readonly defaultConfirmationTime?: Duration;

  /**
   * Time allowed to `REFUND_STARTED` and `CANCELLATION_ERROR`, which have no documented maximum: at most 365 days.
   * @default Duration.days(7)
   */
  readonly resolutionWindow?: Duration;

  /**
   * A status that a stale answer could show is applied only when a second answer, requested at least this much later,
   * confirms the change.
   * @default Duration.minutes(1)
   */
  readonly rereadGap?: Duration;

  /**
   * When an item that is `OK` without a voucher is checked again, counted from the `OK`: at most 24 times, ascending.
   * @default - after 30 seconds, 1, 2, 5 and 15 minutes, 1, 3, 6, 12 and 24 hours
   */
  readonly voucherChecks?: readonly Duration[];

  /**
   * When an order is checked again while a webhook or track request is unresolved, counted from the first answer that
   * did not resolve it: at most 24 times, ascending. After the last of them the order is checked once a day.
   * @default - after 5, 20 and 80 seconds, 6, 21 and 81 minutes, and 5.5 hours
   */
  readonly hintChecks?: readonly Duration[];

  /**
   * A webhook or track request about something that Musement does not show is given up this long after the first answer.
   * @default Duration.days(7)
   */
  readonly hintGiveUp?: Duration;

  /**
   * An item that every answer about its order has lacked for this long is reported as missing (`order_item.missing`), and
   * no longer blocks `order.settled`.
   * @default Duration.days(1)
   */
  readonly missingAfter?: Duration;

  /**
   * Wait after the first provider failure: at most 15 minutes. It doubles with every failure, up to 15 minutes.
   * @default Duration.seconds(30)
   */
  readonly retryBase?: Duration;

  /**
   * The reconciler claims a record this long after the time at which it should have been processed.
   * @default Duration.minutes(1)
   */
  readonly rescueMargin?: Duration;

  /**
   * Wait of a record after the reconciler claimed it for the first time: at most 4 hours. It doubles each time, up to
   * 4 hours.
   * @default Duration.minutes(5)
   */
  readonly rescueBackoff?: Duration;

  /**
   * Delay that batches the webhooks and track requests of one order, so that one request to Musement serves all of
   * them: at most 15 minutes. May be zero.
   * @default Duration.seconds(1)
   */
  readonly refreshDelay?: Duration;

  /**
   * Timeout of a request to Musement: 1 to 10 seconds.
   * @default Duration.seconds(5)
   */
  readonly providerTimeout?: Duration;

  /**
   * Languages in which Musement is asked for the titles of products, as in the header `Accept-Language`: up to ten, such
   * as `it,en;q=0.5`.
   * @default 'en-US' - Musement's own default
   */
  readonly acceptLanguage?: string;

  /**
   * How long the webhook's previous credentials stay valid after a rotation, at most 14 days. May be zero.
   * @default Duration.days(1)
   */
  readonly webhookOverlap?: Duration;

  /**
   * Addresses, or ranges such as `203.0.113.0/24`, that webhooks are accepted from: together at most 2,048 characters,
   * which is about 100 ranges of IPv4. Others are answered with 403.
   * @default - every address
   */
  readonly webhookSourceAddresses?: readonly string[];

  /**
   * Whether orders without open items are checked from time to time. This finds refunds whose webhook was lost, and
   * voucher URLs that change after the `OK`, which no webhook announces. With `false` neither is found unless a webhook
   * or track request causes a check of the order.
   * @default true
   */
  readonly followUps?: boolean;

  /**
   * Whether `order_item.pending`, `order_item.refund_started` and `order_item.cancellation_error` are published too.
   * @default false
   */
  readonly temporaryEvents?: boolean;
}
