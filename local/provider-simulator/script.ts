/** How an order behaves over time, as a scenario or a test writes it. */
export interface OrderScript {
  /** @default a random UUID */
  readonly uuid?: string;
  /** @default the next `MUS…` number */
  readonly identifier?: string;
  /** The order's `date`, its creation, lies this long before now. @default 0 */
  readonly createdSecondsAgo?: number;
  /** `GET` answers 404 for this long. @default 0 */
  readonly readableAfterSeconds?: number;
  readonly items: readonly ItemScript[];
}

export interface ItemScript {
  /** @default a random UUID */
  readonly uuid?: string;
  readonly product?: ProductScript;
  /** @default 2 */
  readonly quantity?: number;
  /** What happens to the item. Starts as `PENDING` unless the first step is at 0. */
  readonly timeline: readonly Step[];
  readonly override?: ItemOverride;
}

export interface ProductScript {
  /** Only `musement`, the standard activity, triggers webhooks. @default 'musement' */
  readonly type?: string;
  readonly title?: string;
  readonly date?: string;
  /** ISO 8601 duration; zero is an instant confirmation. @default 'P0D' */
  readonly max_confirmation_time?: string | null;
}

export interface Step {
  /** Counted from the order's creation in the simulator; for steps added later, from then. */
  readonly afterSeconds: number;
  /** One of the documented item statuses, or any other for tests. */
  readonly status: string;
  /** URLs of the vouchers from now on. @default one voucher when the status becomes OK, else as before */
  readonly vouchers?: readonly string[];
  /** Reason code of a `KO` or `REFUNDED`, such as `REJECTED-ORDER`. */
  readonly cancellationReason?: string;
  /** A step that leaves the status as it is (its vouchers change) never sends one. @default 'sent' */
  readonly webhook?: WebhookFate;
}

/** What becomes of the webhook that belongs to a step. */
export type WebhookFate = 'sent' | 'lost' | 'duplicated' | { readonly delayedSeconds: number };

/** Bends how one item appears in the order. */
export interface ItemOverride {
  /** The item is missing from the order. */
  readonly hidden?: boolean;
  /** Takes the place of fields of the answer, such as `{ status: 42, vouchers: null }`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Bends how the order itself appears. */
export interface OrderOverride {
  /** `GET` answers 404. */
  readonly unreadable?: boolean;
  /** Takes the place of fields of the answer, such as `{ status: 'KO' }`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Where webhooks go, and the Basic credentials that they carry. */
export interface WebhookTarget {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** What can be changed while the simulator runs. */
export interface SimulatorSettings {
  /** `null`: no webhook is configured, so asking for a notification answers 400. @default null */
  readonly webhook: WebhookTarget | null;
  /** Waits between the attempts of a webhook that was not answered with 200. @default [1, 2, 4, 8] */
  readonly resendAfterSeconds: readonly number[];
  /** `expires_in` of the tokens handed out from now on. @default 3600 */
  readonly tokenLifetimeInSeconds: number;
  /** A client secret that has taken the place of the first one. @default null */
  readonly clientSecret: string | null;
}
