import type { EventType, FoundBy } from '../../lambdas/contracts/events.ts';
import type { OrderScript } from '../provider-simulator/script.ts';

/** A story about one order: what the provider does, and what a subscriber must then receive. */
export interface Scenario {
  readonly title: string;
  readonly order: OrderScript;
  /** Whether the partner's checkout asks for the order to be tracked (`PUT /orders/{orderUuid}`). */
  readonly tracked?: boolean;
  readonly expected: {
    /** Events of each item of the order, in the order of their sequence numbers. */
    readonly items: readonly (readonly ExpectedEvent[])[];
    /** How often the order settles. */
    readonly settled: number;
  };
}

interface ExpectedEvent {
  readonly type: EventType;
  /** Any of these is right. */
  readonly by: readonly FoundBy[];
}
