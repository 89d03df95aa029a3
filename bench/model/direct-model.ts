import type { Settings } from '../../lambdas/contracts/settings.ts';
import { CLOCKS } from '../../lambdas/contracts/table.ts';
import { isUnresolved } from '../../lambdas/domain/hints.ts';
import type { Hint, StoredOrder } from '../../lambdas/domain/model.ts';
import { decideOrderChange } from '../../lambdas/domain/order-change.ts';
import { isFinal } from '../../lambdas/domain/status.ts';
import { type Instant, plusSeconds, secondsBetween } from '../../lambdas/domain/time.ts';
import { plannedItemAt } from '../../test/platform/metered-tracker.ts';
import { at, ITEM, START } from '../../test/platform/sample-order.ts';
import { type FollowedItem, TRACKED_AFTER } from './scenario.ts';

/** How an item was followed, until its final status was found. */
export interface Following {
  /** Checks that the watch made: all of them, and those that would have found nothing new. */
  readonly watchChecks: number;
  /** Checks that the reconciler was the clock of: of an overdue item. */
  readonly reconcilerChecks: number;
  /** GETs of the order. */
  readonly gets: number;
  /** Seconds from the confirmation until it was found. */
  readonly delay: number;
  /** Seconds from the confirmation until the next check, had its webhook been lost. */
  readonly delayWithoutWebhook: number;
}

export interface ModelOptions {
  readonly settings: Settings;
  /** `max_confirmation_time` in seconds. */
  readonly maxConfirmationTime: number;
  readonly reconcileEveryInSeconds: number;
}

/**
 * Follows an item by the real decisions of the product, `decideOrderChange`, without its platform: 50 times as fast as
 * the functions over a table. What it counts is compared with them.
 */
export const followDirectly = (item: FollowedItem, options: ModelOptions): Following => {
  const { settings, maxConfirmationTime, reconcileEveryInSeconds } = options;
  const { confirmedAfter, isWebhookLost } = item;
  const webhookAt = isWebhookLost ? Number.POSITIVE_INFINITY : confirmedAfter;
  const checkedAt: number[] = [];
  const counts = { watchChecks: 0, reconcilerChecks: 0 };
  let delayWithoutWebhook: number | undefined;
  let stored: StoredOrder = newOrder(item.orderUuid, hintOf('track', TRACKED_AFTER));
  const check = (seconds: number, planned?: Instant): void => {
    const sentAt = planned ?? at(seconds);
    const sentAfter = secondsBetween(START, sentAt);
    checkedAt.push(sentAfter);
    const snapshot = {
      status: 'PENDING',
      identifier: 'MUS0738876',
      items: [plannedItemAt(sentAfter, { ...item, maxConfirmationTime })],
      unreadable: 0,
    };
    const change = decideOrderChange(
      stored,
      { kind: 'order', snapshot },
      {
        sentAt,
        tookInMilliseconds: 0,
        random: 0,
        mustHandOver: false,
        source: 'urn:musement-order-tracker:bench',
        settings,
      },
    );
    stored = {
      order: change.order,
      items: change.items.map(({ after }) => after),
      hints: change.hints.filter(isUnresolved),
    };
  };
  check(TRACKED_AFTER + settings.refreshDelayInSeconds);
  while (!stored.items.some(({ status }) => isFinal(status))) {
    const { nextCheckAt = '', clock } = stored.order;
    const next = secondsBetween(START, nextCheckAt);
    if (webhookAt + settings.refreshDelayInSeconds <= next) {
      stored = { ...stored, hints: [...stored.hints, hintOf('webhook', webhookAt)] };
      check(webhookAt + settings.refreshDelayInSeconds);
      delayWithoutWebhook = next - confirmedAfter;
      // The watch sleeps on, and finds nothing to do when it wakes.
      if (clock === CLOCKS.watch) counts.watchChecks++;
    } else if (clock === CLOCKS.watch) {
      counts.watchChecks++;
      check(next, nextCheckAt);
    } else {
      counts.reconcilerChecks++;
      const run = Math.ceil(next / reconcileEveryInSeconds) * reconcileEveryInSeconds;
      check(run + settings.refreshDelayInSeconds);
    }
  }
  const delay = Math.max((checkedAt.at(-1) ?? 0) - confirmedAfter, 0);
  return {
    ...counts,
    gets: checkedAt.length,
    delay,
    delayWithoutWebhook: delayWithoutWebhook ?? delay,
  };
};

const newOrder = (orderUuid: string, hint: Hint): StoredOrder => ({
  order: { orderUuid, rev: 0, generation: 0, readable: false, settled: false, settledCount: 0 },
  items: [],
  hints: [hint],
});

const hintOf = (kind: 'track' | 'webhook', seconds: number): Hint => {
  const requestedAt = plusSeconds(START, seconds);
  return kind === 'track'
    ? { kind, sk: 'TRACK#', requestedAt, isFresh: true, paidAt: START }
    : {
        kind,
        sk: 'WEBHOOK#',
        requestedAt,
        receivedAt: requestedAt,
        isFresh: true,
        itemUuid: ITEM,
        status: 'OK',
        version: '2',
      };
};
