import type { CloudEvent } from '../../../lambdas/contracts/events.ts';
import type { OwedEvent, Topic } from '../../../lambdas/domain/ports.ts';
import type { Agenda } from '../engine/agenda.ts';
import type { Environment } from '../engine/environment.ts';
import type { Faults } from '../engine/faults.ts';
import type { History } from '../engine/history.ts';

/** A message that subscribers received. */
export interface Published {
  readonly at: number;
  readonly body: string;
  readonly event: CloudEvent;
  /** Whether the outbox held the event by then. */
  readonly stored: boolean;
}

const ENTRIES_PER_BATCH = 10;

/** The topic, and everything that its subscribers received. */
export class RecordingTopic {
  readonly published: Published[] = [];
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #history: History;
  readonly #isStored: (event: OwedEvent) => boolean;

  constructor(agenda: Agenda, faults: Faults, history: History, isStored: (event: OwedEvent) => boolean) {
    this.#agenda = agenda;
    this.#faults = faults;
    this.#history = history;
    this.#isStored = isStored;
  }

  /** The topic as one execution environment has it. */
  portOf(environment: Environment): Topic {
    return {
      publish: async (events) => {
        const accepted: OwedEvent[] = [];
        for (let start = 0; start < events.length; start += ENTRIES_PER_BATCH) {
          const batch = events.slice(start, start + ENTRIES_PER_BATCH);
          accepted.push(...(await environment.write(() => this.#accept(batch, environment))));
        }
        return accepted;
      },
    };
  }

  #accept(batch: readonly OwedEvent[], environment: Environment): OwedEvent[] | Promise<OwedEvent[]> {
    if (this.#faults.strikes('topic refuses all')) return [];
    const accepted = batch.filter(() => !this.#faults.strikes('topic refuses one'));
    for (const event of accepted) {
      const message = JSON.parse(event.body) as CloudEvent;
      this.published.push({
        at: this.#agenda.now,
        body: event.body,
        event: message,
        stored: this.#isStored(event),
      });
      this.#history.add(message.data.orderUuid, () => `topic: ${message.type} ${message.id}`);
    }
    return this.#faults.strikes('death after the topic accepts') ? environment.die() : accepted;
  }
}
