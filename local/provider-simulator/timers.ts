/** Timers that can all be cleared at once, so that a closed simulator does nothing any more. */
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
