/** What the simulator remembers, for tests and for the closing table. Times are epoch milliseconds. */
export interface Moment {
  readonly at: number;
  readonly status: string;
  /** Counts the updates of the item. */
  readonly version: number;
  readonly vouchers: readonly string[];
  readonly cancellationReason: string | null;
}

/** One webhook and what became of it. */
export interface DeliveryRecord {
  readonly orderUuid: string;
  readonly itemUuid: string;
  readonly status: string;
  readonly version: string;
  state: 'lost' | 'waiting' | 'delivered' | 'given up';
  /** `answer` is the HTTP status, or why there was none. */
  readonly attempts: { readonly at: number; readonly answer: number | string }[];
}

/** One request that the provider's side of the simulator has answered. */
export interface RequestRecord {
  readonly at: number;
  readonly endpoint: 'login' | 'order' | 'notification';
  readonly orderUuid?: string;
  /** HTTP status of the answer, or of the answer before a fault cut it. */
  readonly status: number;
}

/** One order as it stands. */
export interface OrderRecord {
  readonly uuid: string;
  readonly identifier: string;
  readonly items: readonly {
    readonly uuid: string;
    readonly title: string;
    readonly history: readonly Moment[];
  }[];
  readonly deliveries: readonly DeliveryRecord[];
  /** Times of the `GET` requests for this order, whatever they were answered. */
  readonly gets: readonly number[];
}
