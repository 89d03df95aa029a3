/** One line of what happened. */
export interface HistoryLine {
  readonly at: number;
  readonly orderUuid?: string;
  readonly text: string;
}

/** What happened, kept only when somebody wants to read it. */
export class History {
  readonly lines: HistoryLine[] = [];
  readonly enabled: boolean;
  readonly #now: () => number;

  constructor(enabled: boolean, now: () => number) {
    this.enabled = enabled;
    this.#now = now;
  }

  /** `text` is a function, so that a run without history does not pay for it. */
  add(orderUuid: string | undefined, text: () => string): void {
    if (!this.enabled) return;
    this.lines.push({ at: this.#now(), ...(orderUuid && { orderUuid }), text: text() });
  }
}
