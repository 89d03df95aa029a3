/** Something that happens at a moment of virtual time. */
export interface Appointment {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** After this many appointments the event loop gets a turn, so that this thread receives messages. */
const APPOINTMENTS_PER_TURN = 10_000;

/**
 * Virtual time: a queue of what happens at which moment. Between two moments every promise that can go on does, so that
 * a run depends on nothing but its input.
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

  /** Lets everything happen until a moment, or until `stopped` returns true. */
  runUntil(end: number, stopped: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      let count = 0;
      const step = (): void => {
        try {
          if (stopped() || !this.#runNext(end)) resolve();
          else if (++count % APPOINTMENTS_PER_TURN === 0) setImmediate(step);
          else queueMicrotask(next);
        } catch (error) {
          reject(error);
        }
      };
      // A tick that a promise's reaction requests begins when no promise can go on any more, as a macrotask does, but
      // without a turn of the event loop, which costs more than most appointments.
      const next = (): void => process.nextTick(step);
      queueMicrotask(next);
    });
  }

  /** @returns whether anything happened */
  #runNext(end: number): boolean {
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
