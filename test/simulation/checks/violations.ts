/** A broken promise. */
export interface Violation {
  /** The promise in a few words, always the same ones. */
  readonly rule: string;
  readonly at: number;
  readonly orderUuid: string;
  readonly detail: string;
}

/** More would only repeat the same. */
const MAX_VIOLATIONS = 50;

/** Collects broken promises. */
export class Violations {
  readonly list: Violation[] = [];
  readonly #now: () => number;
  readonly #ignoring: readonly string[];

  constructor(now: () => number, ignoring: readonly string[]) {
    this.#now = now;
    this.#ignoring = ignoring;
  }

  add(rule: string, orderUuid: string, detail: string): void {
    if (this.#ignoring.includes(rule)) return;
    if (this.list.length < MAX_VIOLATIONS) this.list.push({ rule, at: this.#now(), orderUuid, detail });
  }
}
