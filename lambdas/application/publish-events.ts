import { METRIC } from '../contracts/metrics.ts';
import { secondsBetween } from '../domain/time.ts';
import type { Clock, Outbox, Telemetry, Topic, UnpublishedEvent } from './ports.ts';

export interface PublishingDependencies {
  readonly topic: Topic;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** How often events are sent in one run, if the topic rejects them. */
const MAX_ATTEMPTS = 3;
const PAUSE_IN_MILLISECONDS = 200;

/**
 * Publishes events and marks them as published. Events that the topic rejects in every attempt stay due for the
 * reconciler. They cause no error, because the stream would then deliver the accepted events again.
 */
export const publishEvents = async (
  events: readonly UnpublishedEvent[],
  { topic, outbox, clock, telemetry }: PublishingDependencies,
): Promise<void> => {
  let remaining = events;
  for (let attempt = 1; remaining.length > 0 && attempt <= MAX_ATTEMPTS; attempt++) {
    if (attempt > 1) await clock.sleep(PAUSE_IN_MILLISECONDS * 2 ** attempt);
    const accepted = await topic.publish(remaining);
    const publishedAt = clock.now();
    await Promise.all(accepted.map(({ key }) => outbox.markPublished(key, publishedAt)));
    for (const { webhookAt } of accepted) {
      telemetry.count(METRIC.eventRejected, 0);
      if (webhookAt) {
        telemetry.measure(METRIC.webhookToPublish, Math.max(secondsBetween(webhookAt, publishedAt), 0));
      }
    }
    if (accepted.length > 0) telemetry.info('Events published', { events: namesOf(accepted) });
    const done = new Set(accepted);
    remaining = remaining.filter((event) => !done.has(event));
  }
  if (remaining.length === 0) return;
  for (const _ of remaining) telemetry.count(METRIC.eventRejected);
  telemetry.warn('The topic rejected events; they stay due and the reconciler publishes them', {
    events: namesOf(remaining),
  });
};

const namesOf = (events: readonly UnpublishedEvent[]): string[] =>
  events.map(({ key }) => `${key.pk} ${key.sk}`);
