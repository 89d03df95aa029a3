import * as z from 'zod/mini';

/** Why an order is looked at by refresh-order. */
const REFRESH_REASONS = ['hint', 'doubt', 'overdue', 'care', 'rescue'] as const;

/** One of the reasons above. */
export type RefreshReason = (typeof REFRESH_REASONS)[number];

/** Body of a message in the refresh queue. */
export const refreshMessageSchema = z.object({
  contract: z.literal(1),
  orderUuid: z.string(),
  reason: z.enum(REFRESH_REASONS),
  /**
   * When the look was planned to happen, if it was put off: the message comes no earlier, so a clock that says
   * otherwise is behind.
   */
  plannedAt: z.optional(z.iso.datetime()),
});

/** A request to look at one order. */
export type RefreshMessage = z.infer<typeof refreshMessageSchema>;
