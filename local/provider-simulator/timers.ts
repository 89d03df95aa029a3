/** Timers that can be cleared together, so that a closed simulator stops. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  after(seconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      action();
    }, seconds * 1000);
    this.#pending.add(timer);
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
