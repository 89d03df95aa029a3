import type { Log } from '../../platform/context.ts';

/** One line of what happened. */
export interface HistoryLine {
  readonly at: number;
  readonly orderUuid?: string;
  readonly text: string;
}

/** What happened in a world. It is kept only when somebody wants to read it. */
export class History {
  readonly lines: HistoryLine[] = [];
  readonly #enabled: boolean;
  readonly #now: () => number;

  constructor(enabled: boolean, now: () => number) {
    this.#enabled = enabled;
    this.#now = now;
  }

  readonly add: Log = (orderUuid, text) => {
    if (!this.#enabled) return;
    this.lines.push({ at: this.#now(), ...(orderUuid && { orderUuid }), text: text() });
  };
}
