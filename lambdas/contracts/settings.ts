import * as z from 'zod/mini';
import { isAddressRange } from './address-range.ts';

const DAY_IN_SECONDS = 24 * 60 * 60;

/** The provider's default. */
export const DEFAULT_ACCEPT_LANGUAGE = 'en-US';

const LANGUAGE = String.raw`(\*|[a-z]{1,8}(-[a-z0-9]{1,8}){0,4})(;q=(0(\.\d{1,3})?|1))?`;

/**
 * Up to ten languages, each with or without a weight.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
 */
const ACCEPT_LANGUAGE = new RegExp(`^${LANGUAGE}(, ?${LANGUAGE}){0,9}$`, 'i');

/**
 * The longest wait. A watch hands over to a new execution when it wakes after 300 days, and Step Functions ends an
 * execution after a year: a longer wait could end with the execution.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const MAX_WAIT_IN_SECONDS = 60 * DAY_IN_SECONDS;

/** The longest confirmation time, as for `max_confirmation_time`. A watch waits for less than a tenth of it. */
const MAX_CONFIRMATION_TIME_IN_SECONDS = 365 * DAY_IN_SECONDS;

/** Wait states of Step Functions, delays of SQS and timeouts of Lambda are whole seconds. */
const seconds = (minimum = 1, maximum = MAX_WAIT_IN_SECONDS) =>
  z.int().check(z.minimum(minimum), z.maximum(maximum));

/** Times after some start. As many as an item is checked until its deadline. */
const ascending = z.array(seconds()).check(
  z.minLength(1),
  z.maxLength(24),
  z.refine(
    (times) => times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)),
    'give times that ascend',
  ),
);

/**
 * How much of the environment variables of a function the addresses may take. Lambda allows 4 KB for all variables of a
 * function; the other settings, names and ARNs take less than 2 KB.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
const MAX_ADDRESSES_LENGTH = 2048;

const addressRanges = z
  .array(
    z
      .string()
      .check(z.refine(isAddressRange, 'give addresses, or ranges such as 203.0.113.0/24: this is neither')),
  )
  .check(
    z.refine(
      (ranges) => JSON.stringify(ranges).length <= MAX_ADDRESSES_LENGTH,
      `give fewer addresses, or ranges that cover several of them: together they may have ${MAX_ADDRESSES_LENGTH} characters, because Lambda allows 4 KB of environment variables`,
    ),
  );

/**
 * What a partner can tune, in the shape in which functions receive it (`TRACKER_SETTINGS`, JSON) and in which the CDK
 * app reads it from its context. Every duration is in whole seconds. The props of the construct `OrderTracker` have the
 * same names without `InSeconds`, and take a CDK `Duration`.
 */
export const settingsSchema = z.object({
  /** Smallest gap between a check and the next scheduled one; a deadline is checked whatever the gap. */
  minCheckGapInSeconds: z._default(seconds(), 60),
  /** Confirmation time of an item whose `max_confirmation_time` is zero: vouchers come within 150 s of payment. */
  instantGraceInSeconds: z._default(seconds(), 150),
  /** `PENDING` includes unpaid: without `paidAt` an item is not overdue until this long after it was first seen. */
  unpaidGraceInSeconds: z._default(seconds(0), 15 * 60),
  /** Confirmation time of an item whose `max_confirmation_time` is absent or unusable. */
  defaultConfirmationTimeInSeconds: z._default(
    seconds(1, MAX_CONFIRMATION_TIME_IN_SECONDS),
    2 * DAY_IN_SECONDS,
  ),
  /** Time allowed to `REFUND_STARTED` and `CANCELLATION_ERROR`, which have no documented maximum. */
  resolutionWindowInSeconds: z._default(seconds(1, MAX_CONFIRMATION_TIME_IN_SECONDS), 7 * DAY_IN_SECONDS),
  /** An unconfirmed status is applied when a second answer, requested at least this much later, confirms a change. */
  rereadGapInSeconds: z._default(seconds(), 60),
  /** When an item that is `OK` without a voucher is checked again, counted from the `OK`, ascending. */
  voucherChecksInSeconds: z._default(
    ascending,
    [30, 60, 120, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400],
  ),
  /**
   * When the order of an unresolved hint is checked again, counted from the first answer that did not resolve it,
   * ascending. After the last of them a hint that the provider contradicts is resolved; others are checked daily.
   */
  hintChecksInSeconds: z._default(ascending, [5, 20, 80, 360, 1260, 4860, 19_800]),
  /** A hint about something that the provider does not show is given up this long after the first answer. */
  hintGiveUpInSeconds: z._default(seconds(), 7 * DAY_IN_SECONDS),
  /** An item that every answer has lacked for this long is reported as missing, and no longer blocks becoming settled. */
  missingAfterInSeconds: z._default(seconds(), DAY_IN_SECONDS),
  /** Wait after the first provider failure; it doubles up to 15 minutes. */
  retryBaseInSeconds: z._default(seconds(1, 15 * 60), 30),
  /** How long after its time the reconciler does what should have happened by itself. */
  rescueMarginInSeconds: z._default(seconds(), 60),
  /** Wait of a record after the reconciler claimed it for the first time; it doubles up to 4 hours. */
  rescueBackoffInSeconds: z._default(seconds(1, 4 * 60 * 60), 300),
  /**
   * Delay that batches the hints of one order, so that one request to the provider serves all of them. SQS allows 15
   * minutes.
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
   */
  refreshDelayInSeconds: z._default(seconds(0, 900), 1),
  /** Timeout of a request to the provider. */
  providerTimeoutInSeconds: z._default(seconds(1, 10), 5),
  /** Value of the `Accept-Language` header of requests to the provider: the language of titles. */
  acceptLanguage: z._default(
    z
      .string()
      .check(z.regex(ACCEPT_LANGUAGE, 'give languages as in Accept-Language, such as en-US or it,en;q=0.5')),
    DEFAULT_ACCEPT_LANGUAGE,
  ),
  /** How long the webhook's previous credentials stay valid after a rotation. */
  webhookOverlapInSeconds: z._default(seconds(0, 14 * DAY_IN_SECONDS), DAY_IN_SECONDS),
  /** Addresses, or ranges such as 203.0.113.0/24, that webhooks are accepted from; empty: every address. */
  webhookSourceAddresses: z._default(addressRanges, []),
  /**
   * Whether orders without open items are checked from time to time, which finds refunds whose webhook was lost, and
   * voucher URLs that change after the `OK`, which no webhook announces.
   */
  followUps: z._default(z.boolean(), true),
  /** Whether `order_item.pending`, `.refund_started` and `.cancellation_error` are published too. */
  temporaryEvents: z._default(z.boolean(), false),
});

/** Settings with every default filled in. */
export type Settings = z.infer<typeof settingsSchema>;

/** Settings as a caller may give them: every one is optional. */
export type PartialSettings = z.input<typeof settingsSchema>;
