import type { PartialSettings } from '../../lambdas/contracts/settings.ts';
import { MILLISECONDS_PER_SECOND, secondsBetween } from '../../lambdas/domain/time.ts';
import type { FunctionName } from '../../test/platform/deployment.ts';
import { meteredTracker } from '../../test/platform/metered-tracker.ts';
import { START } from '../../test/platform/sample-order.ts';
import { LogMeter, type SystemLogLevel } from './log-meter.ts';
import { type FollowedItem, TRACKED_AFTER } from './scenario.ts';

/** What following an item takes of the services that bill by use. */
export interface Usage {
  transitions: number;
  gets: number;
  writeUnits: number;
  readUnits: number;
  /** Invocations, without those of the reconciler, which runs whether or not there are orders. */
  invocations: Partial<Record<FunctionName, number>>;
  logBytes: number;
  httpRequests: number;
  messages: number;
  publishes: number;
  /** Seconds from the confirmation until the GET that shows it; 0 if it was found with the webhook. */
  delay: number;
}

export interface ProductOptions {
  /** `max_confirmation_time` in seconds. */
  readonly maxConfirmationTime: number;
  readonly settings?: PartialSettings;
  readonly reconcileEveryInSeconds: number;
  readonly systemLogLevel: SystemLogLevel;
  /** Until when the order is followed, in seconds after the payment. */
  readonly until: number;
}

/** Follows an item with all functions of the product, over fakes of the platform that count what AWS would bill. */
export const followWithProduct = async (item: FollowedItem, options: ProductOptions): Promise<Usage> => {
  const { maxConfirmationTime, reconcileEveryInSeconds, settings } = options;
  const logs = new LogMeter(options.systemLogLevel);
  const { confirmedAfter, isWebhookLost } = item;
  const { tracker, uuids, used, runUntil } = meteredTracker([{ maxConfirmationTime, confirmedAfter }], {
    settings,
    reconcileEveryInSeconds,
    observer: { telemetry: (name) => logs.telemetry(name), ended: (name) => logs.ended(name) },
  });
  await runUntil(TRACKED_AFTER);
  await tracker.track({ paidAt: START });
  if (!isWebhookLost) {
    await runUntil(Math.ceil(confirmedAfter * MILLISECONDS_PER_SECOND) / MILLISECONDS_PER_SECOND);
    await tracker.webhook('OK', '2', uuids[0]);
  }
  await runUntil(Math.max(options.until, confirmedAfter));
  logs.bytes.delete('reconcile');
  const gets = tracker.gets.map((time) => secondsBetween(START, time));
  const found = gets.find((time) => time >= confirmedAfter) ?? Number.POSITIVE_INFINITY;
  return {
    ...used(),
    logBytes: logs.total,
    httpRequests: isWebhookLost ? 1 : 2,
    messages: tracker.queue.sent,
    publishes: tracker.published.length,
    delay: Math.max(found - confirmedAfter, 0),
  };
};
