import type { FoundBy, ItemEventType } from '../../events/index.ts';
import type { ProductScript, Step } from '../provider-simulator/script.ts';

/** One order: what the provider does with it, and which events a subscriber must receive. */
export interface Scenario {
  readonly title: string;
  readonly items: readonly ScenarioItem[];
  /** Whether the partner's checkout sends a track request (`PUT /orders/{orderUuid}`). @default false */
  readonly tracked?: boolean;
  /** Number of `order.settled` events. */
  readonly settledEvents: number;
}

/** One item of a scenario's order. */
interface ScenarioItem {
  readonly product: ProductScript;
  /**
   * What the provider does with the item. The first step comes `afterSeconds` after the order was created, every later
   * step `afterSeconds` after the stack has stored the step before it: a busy machine only makes a scenario longer.
   */
  readonly steps: readonly [Step, ...Step[]];
  /** The item's events, in the order of their sequence numbers. */
  readonly events: readonly ExpectedEvent[];
}

/** An event that a subscriber must receive. */
export interface ExpectedEvent {
  readonly type: ItemEventType;
  /** The accepted values of the event's `foundBy`. */
  readonly foundBy: readonly FoundBy[];
}
