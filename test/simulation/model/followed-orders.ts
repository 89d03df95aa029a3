import type { Outage } from './outages.ts';

/**
 * When the tracker must follow each order: from the answer to a webhook or track request until the partner asks it to
 * stop. What is requested while it is asked to stop may be before the end or after it, so that nothing follows from it.
 */
export class FollowedOrders {
  readonly #spans = new Map<string, Outage[]>();
  /** How many requests to stop each order wait for an answer. */
  readonly #stopping = new Map<string, number>();
  readonly #stoppedAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A webhook or track request was accepted, which was sent at this time. */
  known(orderUuid: string, sentAt: number): void {
    const spans = this.#spans.get(orderUuid) ?? [];
    const isFollowed = spans.at(-1)?.until === Number.POSITIVE_INFINITY;
    const isAfterEnd = sentAt >= (this.#stoppedAt.get(orderUuid) ?? 0);
    if (isFollowed || this.#isStopping(orderUuid) || !isAfterEnd) return;
    this.#spans.set(orderUuid, [...spans, { from: this.#now(), until: Number.POSITIVE_INFINITY }]);
  }

  /** The partner begins to ask the tracker to stop. */
  stopping(orderUuid: string): void {
    this.#stopping.set(orderUuid, (this.#stopping.get(orderUuid) ?? 0) + 1);
    const spans = this.#spans.get(orderUuid);
    if (!spans) return;
    const ended = spans.map(({ from, until }) => ({ from, until: Math.min(until, this.#now()) }));
    this.#spans.set(orderUuid, ended);
  }

  /** The tracker has answered that it has stopped. */
  stopped(orderUuid: string): void {
    this.#stopping.set(orderUuid, (this.#stopping.get(orderUuid) ?? 0) - 1);
    this.#stoppedAt.set(orderUuid, this.#now());
  }

  #isStopping(orderUuid: string): boolean {
    return (this.#stopping.get(orderUuid) ?? 0) > 0;
  }

  /** When an order had to be followed. */
  spansOf(orderUuid: string): readonly Outage[] {
    return this.#spans.get(orderUuid) ?? [];
  }

  /** The orders that were ever followed. */
  get orderUuids(): Iterable<string> {
    return this.#spans.keys();
  }
}
