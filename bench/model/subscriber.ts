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

  /** Waits for an event that matches. @throws {Error} when none has arrived within the given seconds */
  async event(matches: (event: ReceivedEvent) => boolean, seconds: number): Promise<ReceivedEvent> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
      const found = this.events.find(matches);
      if (found) return found;
    }
    throw new Error(`The event that is waited for has not arrived within ${seconds} s.`);
  }
}
