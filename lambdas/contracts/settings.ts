import * as z from 'zod/mini';
import { isAddressRange } from './address-range.ts';

const DAY_IN_SECONDS = 24 * 60 * 60;

const seconds = (minimum: number) => z.number().check(z.minimum(minimum));

/** Times after some start. */
const ascending = z.array(seconds(1)).check(
  z.minLength(1),
  z.refine(
    (times) => times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)),
    'must ascend',
  ),
);

/**
 * What a partner can tune, in the shape in which functions receive it (`TRACKER_SETTINGS`, JSON) and in which the CDK
 * app reads it from its context. Every duration is in seconds. The props of the construct `OrderTracker` have the same
 * names without `InSeconds`, and take a CDK `Duration`.
 */
export const settingsSchema = z.object({
  /** Smallest gap between a check and the next scheduled one; a deadline is checked whatever the gap. */
  minCheckGapInSeconds: z._default(seconds(1), 60),
  /** Confirmation time of an item whose `max_confirmation_time` is zero: vouchers come within 150 s of payment. */
  instantGraceInSeconds: z._default(seconds(1), 150),
  /** `PENDING` includes unpaid: without `paidAt` an item is not overdue until this long after it was first seen. */
  unpaidGraceInSeconds: z._default(seconds(0), 15 * 60),
  /** Confirmation time of an item whose `max_confirmation_time` is absent or unusable. */
  defaultConfirmationTimeInSeconds: z._default(seconds(1), 2 * DAY_IN_SECONDS),
  /** Time allowed to `REFUND_STARTED` and `CANCELLATION_ERROR`, which have no documented maximum. */
  resolutionWindowInSeconds: z._default(seconds(1), 7 * DAY_IN_SECONDS),
  /** An unconfirmed status is applied when a second answer, requested at least this much later, confirms a change. */
  rereadGapInSeconds: z._default(seconds(1), 60),
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
  hintGiveUpInSeconds: z._default(seconds(1), 7 * DAY_IN_SECONDS),
  /** Wait after the first provider failure; it doubles up to 15 minutes. */
  retryBaseInSeconds: z._default(seconds(1), 30),
  /** The reconciler claims a record this long after the time at which it should have been processed. */
  rescueMarginInSeconds: z._default(seconds(1), 60),
  /** Wait of a record after the reconciler claimed it for the first time; it doubles up to 4 hours. */
  rescueBackoffInSeconds: z._default(seconds(1), 300),
  /** Delay that batches the hints of one order, so that one request to the provider serves all of them. */
  refreshDelayInSeconds: z._default(z.int().check(z.minimum(0), z.maximum(900)), 1),
  /** Timeout of a request to the provider. */
  providerTimeoutInSeconds: z._default(z.number().check(z.minimum(1), z.maximum(10)), 5),
  /** How long the webhook's previous credentials stay valid after a rotation. */
  webhookOverlapInSeconds: z._default(
    z.number().check(z.minimum(0), z.maximum(14 * DAY_IN_SECONDS)),
    DAY_IN_SECONDS,
  ),
  /** Addresses, or ranges such as 203.0.113.0/24, that webhooks are accepted from; empty: every address. */
  webhookSourceAddresses: z._default(
    z.array(
      z.string().check(z.refine(isAddressRange, 'must be an address, or a range such as 203.0.113.0/24')),
    ),
    [],
  ),
  /** Whether orders without open items are checked from time to time, which finds refunds whose webhook was lost. */
  followUps: z._default(z.boolean(), true),
  /** Whether `order_item.pending`, `.refund_started` and `.cancellation_error` are published too. */
  temporaryEvents: z._default(z.boolean(), false),
});

/** Settings with every default filled in. */
export type Settings = z.infer<typeof settingsSchema>;

/** Settings as a caller may give them: every one is optional. */
export type PartialSettings = z.input<typeof settingsSchema>;
