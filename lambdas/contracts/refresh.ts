import * as z from 'zod/mini';

/** Body of a message in the refresh queue: a request to check one order. */
export const refreshMessageSchema = z.object({
  orderUuid: z.string(),
  /**
   * The time the check was planned for, ISO 8601 in UTC. The message is never sent before this time. If the receiver's
   * clock says otherwise, it is slow, and the check counts as made at this time.
   */
  plannedAt: z.optional(z.iso.datetime()),
});

/** A request to check one order. */
export type RefreshMessage = z.infer<typeof refreshMessageSchema>;
