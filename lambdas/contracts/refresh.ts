import * as z from 'zod/mini';

/** Body of a message in the refresh queue: a request to check one order. */
export const refreshMessageSchema = z.object({
  orderUuid: z.string(),
  /**
   * The time the check was planned for, ISO 8601 in UTC. The message never comes before it: a clock that says otherwise
   * is slow, and the check counts as made at this time.
   */
  plannedAt: z.optional(z.iso.datetime()),
});

/** A request to check one order. */
export type RefreshMessage = z.infer<typeof refreshMessageSchema>;
