/** Something that happens at a moment of virtual time. */
export interface Appointment {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** After so many turns the event loop gets one of its own, for messages to this thread. */
const TURNS_BEFORE_OTHERS = 10_000;

/**
 * Virtual time: what is to happen, by the moment at which it does. Between two moments every promise that can
 * go on does, so a run depends on nothing but its seed.
 */
export class Agenda {
  readonly #heap: Appointment[] = [];
  #count = 0;
  /** Epoch milliseconds. */
  now: number;

  constructor(start: number) {
    this.now = start;
  }

  at(time: number, run: () => void): Appointment {
    const appointment = { at: Math.max(Math.ceil(time), this.now), order: this.#count++, run };
    push(this.#heap, appointment);
    return appointment;
  }

  cancel(appointment: Appointment): void {
    appointment.run = undefined;
  }

  after(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + milliseconds, resolve));
  }

  /** Lets everything happen until a moment, or until `stopped` says so. */
  runUntil(end: number, stopped: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let turns = 0;
      const step = (): void => {
        try {
          if (stopped() || !this.#turn(end)) resolve();
          else if (++turns % TURNS_BEFORE_OTHERS === 0) setImmediate(step);
          else queueMicrotask(next);
        } catch (error) {
          reject(error);
        }
      };
      // Ticks that a promise's reaction asks for begin when no promise can go on any more, as macrotasks do, but
      // without a round of the event loop, which costs more than most turns.
      const next = (): void => process.nextTick(step);
      queueMicrotask(next);
    });
  }

  /** @returns whether anything happened */
  #turn(end: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.at > end) {
        this.now = end;
        return false;
      }
      pop(this.#heap);
      if (!next.run) continue;
      this.now = next.at;
      next.run();
      return true;
    }
  }
}

const before = (a: Appointment, b: Appointment): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);

const push = (heap: Appointment[], entry: Appointment): void => {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as Appointment;
    if (!before(entry, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
};

const pop = (heap: Appointment[]): void => {
  const last = heap.pop() as Appointment;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Appointment, heap[child] as Appointment))
      child++;
    const below = heap[child] as Appointment;
    if (!before(below, last)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
};
