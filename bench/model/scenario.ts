import { DAY_IN_SECONDS, HOUR_IN_SECONDS } from '../../lambdas/domain/time.ts';
import { Random } from '../../test/simulation/engine/random.ts';

/** An order with one item that needs confirmation. Times are seconds after the payment. */
export interface FollowedItem {
  readonly orderUuid: string;
  /** When Musement shows the item as `OK`. */
  readonly confirmedAfter: number;
  /** Whether the webhook that says so never arrives. */
  readonly isWebhookLost: boolean;
}

/** What the items of a run have in common. */
export interface Scenario {
  /** How long after the payment an item is confirmed, in seconds. */
  readonly confirmation: (random: Random) => number;
  /** `max_confirmation_time` in seconds. */
  readonly maxConfirmationTime: number;
  readonly shareOfLostWebhooks: number;
}

/** Median 2 hours, 95th percentile 24 hours: an activity provider that answers by hand. */
const LOG_NORMAL = (random: Random): number => random.logNormal(2 * HOUR_IN_SECONDS, 24 * HOUR_IN_SECONDS);

/** The scenario of the budget: 48 hours, and 5 % of the webhooks lost. */
export const STANDARD: Scenario = {
  confirmation: LOG_NORMAL,
  maxConfirmationTime: 2 * DAY_IN_SECONDS,
  shareOfLostWebhooks: 0.05,
};

/** This number of random items. The same seed gives the same items. */
export const itemsOf = (scenario: Scenario, count: number, seed: string): readonly FollowedItem[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => ({
    orderUuid: random.uuid(),
    confirmedAfter: scenario.confirmation(random),
    isWebhookLost: random.chance(scenario.shareOfLostWebhooks),
  }));
};

/** When the partner's track request arrives. */
export const TRACKED_AFTER = 2;
