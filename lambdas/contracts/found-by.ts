import * as z from 'zod/mini';
import { describeValues, keysOf, named } from './contract-registry.ts';

/** How a check found a status, in Markdown. The same words say why a check was made. */
export const CHECK_REASON_DESCRIPTIONS = {
  webhook: 'with a webhook that says this status',
  schedule: 'by a scheduled check, without such a webhook',
  track: 'by a check that a track request caused',
  follow_up: 'by a routine check of an order in which nothing was open',
  rescue: 'by a check that came late, because an execution or message had been lost',
} as const;

/** Why an order was checked. */
export type CheckReason = keyof typeof CHECK_REASON_DESCRIPTIONS;

/** How a transition was found, in Markdown. */
export const FOUND_BY_DESCRIPTIONS = {
  ...CHECK_REASON_DESCRIPTIONS,
  untrack: 'it was stored already: you stopped tracking the order. Only in `order_item.tracking_ended`',
} as const;

export const foundBySchema = named(
  'FoundBy',
  describeValues(
    'How the status was found, or what ended the tracking. New values can be added.',
    FOUND_BY_DESCRIPTIONS,
  ),
  z.enum(keysOf(FOUND_BY_DESCRIPTIONS)),
);
