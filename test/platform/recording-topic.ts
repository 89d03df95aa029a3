import { parseEvent, type TrackerEvent } from '../../events/index.ts';
import type { UnpublishedEvent } from '../../lambdas/application/ports.ts';
import type { PlatformContext } from './context.ts';

/** A message that subscribers received. */
export interface Published {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly body: string;
  readonly message: TrackerEvent;
}

/** Maximum number of messages in one request to SNS. */
const ENTRIES_PER_BATCH = 10;

/** The topic, and everything that its subscribers received. */
export class RecordingTopic {
  readonly published: Published[] = [];
  readonly #context: PlatformContext;

  constructor(context: PlatformContext) {
    this.#context = context;
  }

  /** One request with at most ten messages. @returns the events that were accepted */
  accept(batch: readonly UnpublishedEvent[]): readonly UnpublishedEvent[] {
    const { agenda, faults, log } = this.#context;
    if (faults.strikes('topic rejects all')) return [];
    const accepted = batch.filter(() => !faults.strikes('topic rejects one'));
    for (const { body } of accepted) {
      const message = parseEvent(body);
      this.published.push({ at: agenda.now, body, message });
      log(message.data.orderUuid, () => `topic: ${message.type} ${message.id}`);
    }
    return accepted;
  }
}

/** Splits events as SNS takes them. */
export const inTopicBatches = (
  events: readonly UnpublishedEvent[],
): readonly (readonly UnpublishedEvent[])[] =>
  Array.from({ length: Math.ceil(events.length / ENTRIES_PER_BATCH) }, (_, index) =>
    events.slice(index * ENTRIES_PER_BATCH, (index + 1) * ENTRIES_PER_BATCH),
  );
