import * as z from 'zod/mini';
import { isAddressRange } from './address-range.ts';

const DAY_IN_SECONDS = 24 * 60 * 60;

const seconds = (minimum: number) => z.number().check(z.minimum(minimum));

/**
 * What a partner can tune, in the shape in which functions receive it (`TRACKER_SETTINGS`, JSON).
 * The construct's props and the CDK context keys have the same names. Every duration is in seconds.
 */
export const settingsSchema = z.object({
  /** Two planned checks of an item are never closer than this. */
  smallestGapInSeconds: z._default(seconds(1), 60),
  /** Window of an item with a zero `max_confirmation_time`: vouchers come within 150 s of payment. */
  instantGraceInSeconds: z._default(seconds(1), 150),
  /** `PENDING` includes unpaid: without `paidAt` an item is not overdue before this age. */
  unpaidGraceInSeconds: z._default(seconds(0), 15 * 60),
  /** Window for a `max_confirmation_time` that is absent or cannot be used. */
  defaultConfirmationInSeconds: z._default(seconds(1), 2 * DAY_IN_SECONDS),
  /** Window for `REFUND_STARTED` and `CANCELLATION_ERROR`, which have no documented maximum. */
  resolutionWindowInSeconds: z._default(seconds(1), 7 * DAY_IN_SECONDS),
  /** A doubted status is believed when a second answer, at least this much later, confirms it. */
  witnessGapInSeconds: z._default(seconds(1), 60),
  /** When `OK` without a voucher is looked at again, counted from the `OK`; the last ends the wait. */
  voucherChecksInSeconds: z._default(
    z.array(seconds(1)).check(z.minLength(1)),
    [30, 60, 120, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400],
  ),
  /** Back-off of a hint that is not satisfied yet, by delayed messages (at most 900 each). */
  hintQuickRetriesInSeconds: z._default(z.array(seconds(1).check(z.maximum(900))), [5, 15, 60]),
  /** Then by the reconciler. */
  hintSlowRetriesInSeconds: z._default(z.array(seconds(1)), [300, 900, 3600, 14_400]),
  /** A hint about something the provider does not know is given up after this. */
  hintGiveUpInSeconds: z._default(seconds(1), 7 * DAY_IN_SECONDS),
  /** First wait after provider trouble; it doubles up to 15 minutes, and is a day after a week of it. */
  troubleGapInSeconds: z._default(seconds(1), 30),
  /** What should have happened by itself is due to the reconciler this much later. */
  rescueMarginInSeconds: z._default(seconds(1), 60),
  /** First wait of a record that the reconciler took up; it doubles up to 4 hours. */
  claimBackOffInSeconds: z._default(seconds(1), 300),
  /** How long a refresh waits for other hints of the same order, so that one GET serves all. */
  gatherInSeconds: z._default(z.number().check(z.minimum(0), z.maximum(900)), 1),
  /** Longest wait for one answer of the provider. */
  providerTimeoutInSeconds: z._default(z.number().check(z.minimum(1), z.maximum(10)), 5),
  /** The webhook's previous credentials stay valid this long after a rotation, two weeks at most: it must end. */
  webhookOverlapInSeconds: z._default(
    z.number().check(z.minimum(0), z.maximum(14 * DAY_IN_SECONDS)),
    DAY_IN_SECONDS,
  ),
  /** Where webhooks may come from, addresses or ranges such as 203.0.113.0/24; empty: from anywhere. */
  webhookSourceAddresses: z._default(
    z.array(
      z.string().check(z.refine(isAddressRange, 'must be an address, or a range such as 203.0.113.0/24')),
    ),
    [],
  ),
  /** Whether settled orders are looked at now and then, which finds refunds whose webhook was lost. */
  careEnabled: z._default(z.boolean(), true),
  /** Whether `order_item.pending`, `.refund_started` and `.cancellation_error` are published too. */
  temporaryEvents: z._default(z.boolean(), false),
});

/** Settings with every default filled in. */
export type Settings = z.infer<typeof settingsSchema>;

/** Settings as a caller may give them: every one is optional. */
export type PartialSettings = z.input<typeof settingsSchema>;
