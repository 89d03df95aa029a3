import type { RequestRecord } from './records.ts';

/** Something that goes wrong with one answer. */
export type Fault =
  /** Only an error of this HTTP status, in the documented body shape. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The right answer as of the request's arrival, but this late. Long enough, it is a timeout. */
  | { readonly kind: 'slow'; readonly seconds: number }
  /** Half of the right JSON. */
  | { readonly kind: 'truncated' }
  /** A page for people, with status 200. */
  | { readonly kind: 'html' }
  /** The order as it was this long ago, as a replica that lags would show it. */
  | { readonly kind: 'stale'; readonly secondsBack: number };

export interface FaultPlan {
  readonly fault: Fault;
  /** @default 'order' */
  readonly endpoint?: RequestRecord['endpoint'];
  /** @default every order */
  readonly orderUuid?: string;
  /** How many answers are hit. @default 1 */
  readonly times?: number | 'always';
}

/** The faults still to come, first planned first. */
export class FaultPlans {
  #plans: { plan: FaultPlan; left: number }[] = [];

  add(plan: FaultPlan): void {
    const { times = 1 } = plan;
    this.#plans.push({ plan, left: times === 'always' ? Number.POSITIVE_INFINITY : times });
  }

  clear(): void {
    this.#plans = [];
  }

  /** Takes the fault that hits this answer, if any. */
  take(endpoint: RequestRecord['endpoint'], orderUuid?: string): Fault | undefined {
    const hit = this.#plans.find(
      ({ plan, left }) =>
        left > 0 &&
        (plan.endpoint ?? 'order') === endpoint &&
        (plan.orderUuid === undefined || plan.orderUuid === orderUuid),
    );
    if (!hit) return undefined;
    hit.left -= 1;
    return hit.plan.fault;
  }
}
