/** One state of an item. All times of the simulator are epoch milliseconds. */
export interface Moment {
  readonly at: number;
  readonly status: string;
  /** Number of the item's updates so far. */
  readonly version: number;
  readonly vouchers: readonly string[];
  readonly cancellationReason: string | null;
}

/** One webhook and the state of its delivery. */
export interface DeliveryRecord {
  readonly orderUuid: string;
  readonly itemUuid: string;
  readonly status: string;
  readonly version: string;
  state: 'lost' | 'waiting' | 'delivered' | 'given up';
  /** `answer` is the HTTP status, or the reason why there was none. */
  readonly attempts: { readonly at: number; readonly answer: number | string }[];
}

/** One request that the provider's API has received. */
export interface RequestRecord {
  readonly at: number;
  readonly endpoint: 'login' | 'order' | 'notification';
  readonly orderUuid?: string;
  /** HTTP status of the answer; of no meaning where the connection broke instead. */
  readonly status: number;
}

/** The current state of one order. */
export interface OrderRecord {
  readonly uuid: string;
  readonly identifier: string;
  readonly items: readonly {
    readonly uuid: string;
    readonly title: string;
    readonly history: readonly Moment[];
  }[];
  readonly deliveries: readonly DeliveryRecord[];
  /** Times of the `GET` requests for this order, failed ones included. */
  readonly gets: readonly number[];
}
