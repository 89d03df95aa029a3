import type { Settings } from '../contracts/settings.ts';
import type { Hint, OrderState, StoredOrder } from './model.ts';
import { DAY_IN_SECONDS, earliest, type Instant, plusSeconds, secondsBetween } from './time.ts';

/** Longest wait that provider trouble causes within a week, and the longest `Retry-After` that is honoured. */
const LONGEST_TROUBLE_GAP_IN_SECONDS = 15 * 60;

/** An order about which there was no answer for so long is asked for once a day; news is asked about at once. */
const ASKED_DAILY_AFTER_IN_SECONDS = 7 * DAY_IN_SECONDS;

/** An order about which there was no answer for so long is not asked for any more. */
const GIVEN_UP_AFTER_IN_SECONDS = 180 * DAY_IN_SECONDS;

/** How much longer an order may wait, so that many do not come back in one second. */
const JITTER = 0.2;

/** What an order remembers of looks that got no answer; the first answer ends it. */
export type Trouble = Required<Pick<OrderState, 'troubles' | 'troubledSince' | 'troubledAt' | 'askAgainAt'>>;

/**
 * One more look at an order got no answer.
 *
 * @param askedAt when the GET was sent: what came while it waited in vain has not been asked about
 * @param now when the trouble was noticed
 * @param random in [0, 1)
 */
export const moreTrouble = (
  order: OrderState,
  askedAt: Instant,
  now: Instant,
  retryAfterInSeconds: number | undefined,
  random: number,
  settings: Pick<Settings, 'troubleGapInSeconds'>,
): Trouble => {
  const troubles = (order.troubles ?? 0) + 1;
  const troubledSince = order.troubledSince ?? askedAt;
  const askAgainAt =
    secondsBetween(troubledSince, now) < ASKED_DAILY_AFTER_IN_SECONDS
      ? askAgainAfter(now, troubles, retryAfterInSeconds, random, settings)
      : plusSeconds(now, DAY_IN_SECONDS * (1 - JITTER * random));
  return { troubles, troubledSince, troubledAt: askedAt, askAgainAt };
};

/**
 * When to ask again after provider trouble: gaps double up to 15 minutes; a longer `Retry-After` wins up to
 * the same limit.
 *
 * @param troubles how many looks in a row got no answer, this one included
 * @param random in [0, 1)
 */
export const askAgainAfter = (
  now: Instant,
  troubles: number,
  retryAfterInSeconds: number | undefined,
  random: number,
  settings: Pick<Settings, 'troubleGapInSeconds'>,
): Instant => {
  const gap = settings.troubleGapInSeconds * 2 ** Math.min(troubles - 1, 10) * (1 + JITTER * random);
  const asked = (retryAfterInSeconds ?? 0) * (1 + (JITTER / 4) * random);
  return plusSeconds(now, Math.min(Math.max(gap, asked), LONGEST_TROUBLE_GAP_IN_SECONDS));
};

/** The order as it is when nothing has gone wrong. */
export const withoutTrouble = (order: OrderState): Omit<OrderState, keyof Trouble> => {
  const { troubles: _, troubledSince: __, troubledAt: ___, askAgainAt: ____, ...rest } = order;
  return rest;
};

/** Whether a hint that is due came after the order was last asked for in vain. */
export const isNews = ({ dueAt, requestedAt }: Hint, { troubledAt }: OrderState): boolean =>
  dueAt !== undefined && troubledAt !== undefined && requestedAt > troubledAt;

/**
 * From when on the provider may be asked about an order again, if it gave no answer last time. A webhook or a
 * track request that came since then never waits for a day.
 */
export const mayAskAt = ({ order, hints }: StoredOrder): Instant | undefined => {
  const { askAgainAt, troubledAt } = order;
  if (!askAgainAt || !troubledAt) return askAgainAt;
  return hints.some((hint) => isNews(hint, order))
    ? earliest(askAgainAt, plusSeconds(troubledAt, LONGEST_TROUBLE_GAP_IN_SECONDS))
    : askAgainAt;
};

/** Whether an order has been without an answer for so long that it is not asked for any more. */
export const isPastHope = ({ troubledSince, troubledAt }: Trouble): boolean =>
  secondsBetween(troubledSince, troubledAt) >= GIVEN_UP_AFTER_IN_SECONDS;
