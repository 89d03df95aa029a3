import { setTimeout as sleep } from 'node:timers/promises';
import { EventQueue, type ReceivedEvent } from '../../local/event-queue.ts';
import type { LocalStack } from '../../local/local-stack.ts';

/** Collects what a subscriber receives. */
export class Subscriber {
  readonly events: ReceivedEvent[] = [];
  readonly #queue: EventQueue;
  readonly #abort = new AbortController();
  readonly #receiving: Promise<void>;

  private constructor(queue: EventQueue) {
    this.#queue = queue;
    this.#receiving = this.#receive();
  }

  static async to({ endpoint, outputs }: LocalStack): Promise<Subscriber> {
    return new Subscriber(await EventQueue.subscribe(endpoint, outputs.TopicArn));
  }

  async #receive(): Promise<void> {
    for await (const event of this.#queue.receive(this.#abort.signal)) this.events.push(event);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#receiving;
    await this.#queue.unsubscribe();
    await this.#queue.remove();
  }

  /** Waits until this many different events have arrived. @returns whether they did within the given seconds */
  async until(
    count: number,
    isCounted: (event: ReceivedEvent) => boolean,
    seconds: number,
  ): Promise<boolean> {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      const ids = new Set(this.events.filter(isCounted).map(({ event }) => event.id));
      if (ids.size >= count) return true;
      await sleep(200);
    }
    return false;
  }
}
