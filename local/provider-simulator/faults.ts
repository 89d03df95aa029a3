import type { RequestRecord } from './records.ts';

/** A fault of one answer. */
export type Fault =
  /** An error with this HTTP status, in the documented format. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The right answer at the time of the request, sent this much later: a timeout, if it is later than the caller waits. */
  | { readonly kind: 'slow'; readonly seconds: number }
  /** The first half of the right JSON. */
  | { readonly kind: 'truncated' }
  /** The connection breaks before an answer comes, as a connection does that the other side has forgotten. */
  | { readonly kind: 'reset' }
  /** An HTML page with status 200. */
  | { readonly kind: 'html' }
  /** The order as it was this long ago, as a lagging replica shows it. */
  | { readonly kind: 'stale'; readonly secondsBack: number };

export interface FaultPlan {
  readonly fault: Fault;
  /** @default 'order' */
  readonly endpoint?: RequestRecord['endpoint'];
  /** @default every order */
  readonly orderUuid?: string;
  /** Number of answers with the fault. @default 1 */
  readonly times?: number | 'always';
}

/** The planned faults, in the order in which they were planned. */
export class FaultPlans {
  #plans: { plan: FaultPlan; left: number }[] = [];

  add(plan: FaultPlan): void {
    const { times = 1 } = plan;
    this.#plans.push({ plan, left: times === 'always' ? Number.POSITIVE_INFINITY : times });
  }

  clear(): void {
    this.#plans = [];
  }

  /** Returns the fault of the next answer, if one is planned, and counts it. */
  take(endpoint: RequestRecord['endpoint'], orderUuid?: string): Fault | undefined {
    const found = this.#plans.find(
      ({ plan, left }) =>
        left > 0 &&
        (plan.endpoint ?? 'order') === endpoint &&
        (plan.orderUuid === undefined || plan.orderUuid === orderUuid),
    );
    if (!found) return undefined;
    found.left -= 1;
    return found.plan.fault;
  }
}
