import { METRIC } from '../contracts/metrics.ts';
import type { Clock, Outbox, OwedEvent, Telemetry, Topic } from './ports.ts';
import { secondsBetween } from './time.ts';

export interface PublishingDependencies {
  readonly topic: Topic;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** How often events that were refused are sent again at once. */
const TRIES = 3;
const PAUSE_IN_MILLISECONDS = 200;

/**
 * Publishes events and marks them. What is refused again and again stays due for the reconciler: failing
 * instead would publish the others once more.
 */
export const publishEvents = async (
  events: readonly OwedEvent[],
  { topic, outbox, clock, telemetry }: PublishingDependencies,
): Promise<void> => {
  let remaining = events;
  for (let attempt = 1; remaining.length > 0 && attempt <= TRIES; attempt++) {
    if (attempt > 1) await clock.sleep(PAUSE_IN_MILLISECONDS * 2 ** attempt);
    const accepted = await topic.publish(remaining);
    const at = clock.now();
    await Promise.all(accepted.map((event) => outbox.markPublished(event.key, at)));
    for (const { toldAt } of accepted) {
      telemetry.count(METRIC.eventRefused, 0);
      if (toldAt) telemetry.measure(METRIC.webhookToPublish, Math.max(secondsBetween(toldAt, at), 0));
    }
    if (accepted.length > 0) telemetry.info('Events were published.', { events: names(accepted) });
    const done = new Set(accepted);
    remaining = remaining.filter((event) => !done.has(event));
  }
  if (remaining.length === 0) return;
  for (const _ of remaining) telemetry.count(METRIC.eventRefused);
  telemetry.warn('The topic refused events; they stay due and are published by the reconciler.', {
    events: names(remaining),
  });
};

const names = (events: readonly OwedEvent[]): string[] => events.map(({ key }) => `${key.pk} ${key.sk}`);
