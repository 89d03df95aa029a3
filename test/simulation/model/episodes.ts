import type { Fault, Faults } from '../engine/faults.ts';
import { DAY, MINUTE } from './order-script.ts';
import type { Outage } from './outages.ts';

/** How often a fault of an answer lasts for a while. */
const LASTS = 0.2;

/** Faults about one thing that may last: an item that is missing from every answer for hours. */
export class Episodes {
  /** By the order that they are about. */
  readonly byOrder = new Map<string, Outage[]>();
  readonly #faults: Faults;
  readonly #now: () => number;
  readonly #until = new Map<string, number>();

  constructor(faults: Faults, now: () => number) {
    this.#faults = faults;
    this.#now = now;
  }

  /** Whether a fault about a thing begins now, or still lasts. */
  strikes(fault: Fault, orderUuid: string, thing: string = orderUuid): boolean {
    if (!this.#faults.has(fault)) return false;
    const now = this.#now();
    const key = `${fault} ${thing}`;
    const until = this.#until.get(key);
    if (until !== undefined && now < until) {
      this.#faults.count(fault);
      return true;
    }
    if (!this.#faults.strikes(fault)) return false;
    const random = this.#faults.random(fault);
    if (random.chance(LASTS)) {
      const ends = Math.min(now + random.logNormal(20 * MINUTE, DAY), this.#faults.calmFrom);
      this.#until.set(key, ends);
      this.byOrder.set(orderUuid, [...(this.byOrder.get(orderUuid) ?? []), { from: now, until: ends }]);
    }
    return true;
  }
}
