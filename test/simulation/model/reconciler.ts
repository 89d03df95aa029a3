import { TABLE } from '../../../lambdas/contracts/table.ts';
import type { RowChange } from '../../in-memory/in-memory-table.ts';
import type { Appointment } from '../../platform/agenda.ts';
import type { World } from '../world.ts';
import { START } from './order-script.ts';
import type { Outage } from './outages.ts';

/** A host's clock may be so far ahead of the world's that it finds more due. */
const CLOCK_MARGIN_IN_MILLISECONDS = 20_000;

/**
 * The scheduler: invokes reconcile every few minutes. A world has thousands of runs that would find nothing; they are
 * skipped. The next one that may find something follows from the first time in the index.
 */
export class ReconcilerSchedule {
  readonly #world: World;
  readonly #every: number;
  /** A run that died counts as none. */
  readonly cutShort: Outage[] = [];
  #next: Appointment | undefined;
  /** What is due from then on is found by the next run, or by a later one. */
  #coveredFrom = '~';

  constructor(world: World) {
    this.#world = world;
    this.#every = world.deployment.reconcileEveryInSeconds * 1000;
  }

  changed({ after }: RowChange): void {
    const dueAt = after?.[TABLE.dueAt];
    if (typeof dueAt === 'string' && dueAt < this.#coveredFrom) this.#plan(dueAt);
  }

  /** Plans the first run that can find something that is due at `dueAt`. */
  #plan(dueAt: string): void {
    const { agenda } = this.#world;
    const found = Math.max(Date.parse(dueAt) - CLOCK_MARGIN_IN_MILLISECONDS, agenda.now + 1);
    const at = START + Math.ceil((found - START) / this.#every) * this.#every;
    if (this.#next && this.#next.at <= at) return;
    if (this.#next) agenda.cancel(this.#next);
    this.#next = agenda.at(at, () => this.#run());
    // The run before the next one would have found what is due by then.
    this.#coveredFrom = instant(at - this.#every + CLOCK_MARGIN_IN_MILLISECONDS + 1);
  }

  #run(): void {
    const { agenda, lambda, reconcilerOff } = this.#world;
    this.#next = undefined;
    this.#coveredFrom = '~';
    const isOff = reconcilerOff.some(({ from, until }) => from <= agenda.now && agenda.now < until);
    if (!isOff && this.#isSomethingDue()) {
      const from = agenda.now;
      void lambda.invoke('reconcile', undefined).then((invocation) => {
        if (!invocation.ok && invocation.error.startsWith('Sandbox.'))
          this.cutShort.push({ from, until: from + this.#every });
      });
    }
    const earliest = this.#world.table.earliestDueAt();
    if (earliest !== undefined) this.#plan(earliest);
  }

  #isSomethingDue(): boolean {
    const { agenda, table } = this.#world;
    const earliest = table.earliestDueAt();
    return earliest !== undefined && earliest <= instant(agenda.now + CLOCK_MARGIN_IN_MILLISECONDS);
  }
}

const instant = (time: number): string => new Date(time).toISOString();
