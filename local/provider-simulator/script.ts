/** An order and its behaviour over time. */
export interface OrderScript {
  /** @default a random UUID */
  readonly uuid?: string;
  /** @default the next `MUS…` number */
  readonly identifier?: string;
  /** Age of the order's creation, its `date`. @default 0 */
  readonly createdSecondsAgo?: number;
  /** `GET` answers 404 until then. @default 0 */
  readonly readableAfterSeconds?: number;
  readonly items: readonly ItemScript[];
}

export interface ItemScript {
  /** @default a random UUID */
  readonly uuid?: string;
  readonly product?: ProductScript;
  /** @default 2 */
  readonly quantity?: number;
  /** The changes of the item, which is created as `PENDING` unless the first step comes after 0 seconds. */
  readonly timeline: readonly Step[];
  readonly override?: ItemOverride;
}

export interface ProductScript {
  /** Only the type `musement` (a standard activity) triggers webhooks. @default 'musement' */
  readonly type?: string;
  readonly title?: string;
  readonly date?: string;
  /** ISO 8601 duration; zero is an instant confirmation. @default 'P0D' */
  readonly max_confirmation_time?: string | null;
}

export interface Step {
  /** Counted from the order's creation in the simulator or, for a step added later, from when it was added. */
  readonly afterSeconds: number;
  /** A documented item status, or any other for tests. */
  readonly status: string;
  /** URLs of the vouchers from now on. @default one voucher when the status becomes OK, else as before */
  readonly vouchers?: readonly string[];
  /** Reason code of a `KO` or `REFUNDED`, such as `REJECTED-ORDER`. */
  readonly cancellationReason?: string;
  /** A step that does not change the status sends no webhook. @default 'sent' */
  readonly webhook?: DeliveryMode;
}

/** How the webhook of a step is delivered. */
export type DeliveryMode = 'sent' | 'lost' | 'duplicated' | { readonly delayedSeconds: number };

/** Changes how the order's answer shows one item. */
export interface ItemOverride {
  /** The item is missing from the order. */
  readonly hidden?: boolean;
  /** Replaces fields of the answer, such as `{ status: 42, vouchers: null }`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Changes how the provider answers for the order. */
export interface OrderOverride {
  /** `GET` answers 404. */
  readonly unreadable?: boolean;
  /** Replaces fields of the answer, such as `{ status: 'KO' }`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** URL of the webhook and its Basic credentials. */
export interface WebhookTarget {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** Settings that can be changed while the simulator runs. */
export interface SimulatorSettings {
  /** `null` when no webhook is configured; a notification request is then answered with 400. @default null */
  readonly webhook: WebhookTarget | null;
  /** Waits between the attempts to deliver a webhook that is not answered with 200. @default [1, 2, 4, 8] */
  readonly resendAfterSeconds: readonly number[];
  /** `expires_in` of new tokens. @default 3600 */
  readonly tokenLifetimeInSeconds: number;
  /** Replaces the client secret with which the simulator was started. @default null */
  readonly clientSecret: string | null;
}
