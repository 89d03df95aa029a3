import type { PlatformFault, PlatformFaults } from '../../platform/context.ts';
import { Random } from './random.ts';

/** Everything that the simulation makes go wrong, and how often it does at most, each time that it could. */
const FAULT_RATES = {
  'webhook lost': 0.3,
  'webhook late': 0.2,
  'webhook doubled': 0.2,
  'webhook early': 0.05,
  'webhook during a check': 0.15,
  'webhook with a wrong status': 0.1,
  'webhook malformed': 0.05,
  'provider 401': 0.05,
  'provider 404': 0.05,
  'provider 429': 0.05,
  'provider 5xx': 0.1,
  'provider timeout': 0.05,
  'provider slow': 0.1,
  'provider stale': 0.6,
  'provider garbage': 0.05,
  'provider item missing': 0.05,
  'provider item garbled': 0.05,
  'provider no items': 0.03,
  'provider outage': 0.5,
  'killed before a write': 0.02,
  'killed after a write': 0.02,
  'killed while reading': 0.01,
  'table conflict': 0.1,
  'table throttled': 0.02,
  'table write repeated': 0.03,
  'index lags': 0.5,
  'stream record twice': 0.1,
  'stream late': 0.1,
  'stream batch fails': 0.1,
  'stream consumer off': 0.5,
  'message received twice': 0.1,
  'message late': 0.1,
  'message lost': 0.03,
  'queue rejects': 0.02,
  'refresh queue off': 0.5,
  'topic rejects one': 0.1,
  'topic rejects all': 0.03,
  'death after the topic accepts': 0.03,
  'execution lost': 0.03,
  'execution stopped': 0.03,
  'execution late': 0.03,
  'execution start throttled': 0.03,
  'execution start answer lost': 0.03,
  'check-order throttled': 0.05,
  'check-order answer lost': 0.05,
  'clock skewed': 0.5,
  'clock jumps': 0.005,
  'reconciler off': 0.3,
} as const satisfies Readonly<Record<PlatformFault, number>> & Readonly<Record<string, number>>;

export type Fault = keyof typeof FAULT_RATES;

export const FAULTS = Object.keys(FAULT_RATES) as readonly Fault[];

/**
 * How likely a kind of fault takes part in a world at all: in some worlds nothing goes wrong, in some nearly
 * everything does. A world with few kinds explores each of them further.
 */
const TAKES_PART = [0, 0.15, 0.3, 0.45, 0.45, 0.8];

/**
 * Decides what goes wrong in one world. Each kind of fault draws from its own source of randomness, so that leaving one
 * out while shrinking disturbs the others as little as possible.
 */
export class Faults implements PlatformFaults {
  /** How often each kind was injected. */
  readonly injected: Partial<Record<Fault, number>> = {};
  readonly #rates: Partial<Record<Fault, number>> = {};
  readonly #randoms = new Map<Fault, Random>();
  /** Faults end here, so that the system has time to recover. */
  calmFrom = Number.POSITIVE_INFINITY;
  readonly #now: () => number;

  constructor(
    seed: string,
    { without, always }: { readonly without: readonly Fault[]; readonly always: readonly Fault[] },
    now: () => number,
  ) {
    this.#now = now;
    const takesPartIn = new Random(seed).pick(TAKES_PART);
    for (const fault of FAULTS) {
      const random = new Random(`${seed}/${fault}`);
      this.#randoms.set(fault, random);
      const takesPart = random.chance(takesPartIn);
      const rate = FAULT_RATES[fault] * random.between(0.1, 1);
      if (always.includes(fault)) this.#rates[fault] = FAULT_RATES[fault];
      else if (takesPart && !without.includes(fault)) this.#rates[fault] = rate;
    }
  }

  /** Kinds that take part in this world. */
  get kinds(): readonly Fault[] {
    return Object.keys(this.#rates) as Fault[];
  }

  has(fault: Fault): boolean {
    return this.#rates[fault] !== undefined;
  }

  /** Whether a fault happens now; counted when it does. */
  strikes(fault: Fault): boolean {
    const rate = this.#rates[fault];
    if (rate === undefined || this.#now() >= this.calmFrom) return false;
    if (!this.random(fault).chance(rate)) return false;
    this.count(fault);
    return true;
  }

  milliseconds(fault: Fault, from: number, to: number): number {
    return this.random(fault).integer(from, to);
  }

  count(fault: Fault): void {
    this.injected[fault] = (this.injected[fault] ?? 0) + 1;
  }

  random(fault: Fault): Random {
    return this.#randoms.get(fault) as Random;
  }
}
