import type { MetricName } from '../contracts/metrics.ts';
import type { RefreshMessage } from '../contracts/refresh.ts';
import type { Settings } from '../contracts/settings.ts';
import type { OrderListState } from '../contracts/table.ts';
import type { TimelineEntry } from '../contracts/timeline-schemas.ts';
import type { WatchState } from '../contracts/watch.ts';
import type { Webhook } from '../contracts/webhook.ts';
import type { ItemState, OrderState, StoredOrder } from '../domain/model.ts';
import type { CheckChange, OrderChange } from '../domain/order-change.ts';
import type { ProviderAnswer } from '../domain/provider-answer.ts';
import type { Instant } from '../domain/time.ts';

/** The clock of the host. */
export interface Clock {
  now(): Instant;
  sleep(milliseconds: number): Promise<void>;
}

/** Logs and metrics. */
export interface Telemetry {
  /** Adds to a metric that counts; a share gets 1 or 0 for each case. */
  count(metric: MetricName, value?: number): void;
  /** Emits a value in the metric's own unit. */
  measure(metric: MetricName, value: number): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, error: unknown, fields?: Readonly<Record<string, unknown>>): void;
}

/** Musement's API, as far as orders are read from it. */
export interface Provider {
  /** Asks for one order. A failure is a value, never an exception. */
  getOrder(orderUuid: string): Promise<ProviderAnswer>;
}

/** The orders in the table. */
export interface OrderStore {
  /** Reads an order consistently. An order without a record has `rev` 0. */
  read(orderUuid: string): Promise<StoredOrder>;
  /**
   * Writes an order change, of a check or of an untrack request, in one transaction or in several, on condition that
   * `rev` and the hints are what was read.
   * @returns whether everything was written; otherwise another write came first
   */
  commit(stored: StoredOrder, change: OrderChange): Promise<boolean>;
  /** Adds a committed check to the order's timeline. */
  putCheck(change: CheckChange): Promise<void>;
}

/** The items of an order, to be listed in its execution. */
export interface ItemReader {
  readItems(orderUuid: string): Promise<readonly ItemState[]>;
}

/** The refresh queue. Messages of one order are received one after the other. */
export interface RefreshQueue {
  /** @throws {Error} when the queue rejects a message */
  send(messages: readonly RefreshMessage[]): Promise<void>;
}

/** The executions of watch-order. */
export interface Watches {
  /** Starts the watch of an order. An execution that exists already is success. */
  start(state: WatchState): Promise<void>;
}

/** An event that is stored and not published yet. */
export interface UnpublishedEvent {
  readonly key: RecordKey;
  /** The message, as JSON. */
  readonly body: string;
  /** When the webhook came that said the final status in it. */
  readonly webhookAt?: Instant | undefined;
}

/** The topic that subscribers are subscribed to. */
export interface Topic {
  /** @returns the events that the topic accepted */
  publish(events: readonly UnpublishedEvent[]): Promise<readonly UnpublishedEvent[]>;
}

/** The stored events. */
export interface Outbox {
  markPublished(key: RecordKey, at: Instant): Promise<void>;
}

/** Key of a record in the table. */
export interface RecordKey {
  readonly pk: string;
  readonly sk: string;
}

/** A record of the index of what is due. */
export interface DueRecord {
  readonly key: RecordKey;
  readonly dueAt: Instant;
}

/** What the reconciler does about a claimed record. */
export type DueTask =
  | { readonly kind: 'refresh'; readonly message: RefreshMessage }
  | { readonly kind: 'publish'; readonly event: UnpublishedEvent };

/** A due record that the reconciler has claimed. */
export interface ClaimedRecord {
  readonly orderUuid: string;
  /** How often it was claimed since the last success, this time included. */
  readonly rescueCount: number;
  readonly task: DueTask;
}

/** The index of what is due. */
export interface DueStore {
  /** The due records of one index partition, oldest first. */
  due(partition: string, now: Instant, limit: number): Promise<readonly DueRecord[]>;
  /**
   * Claims a due record: raises its rescue count and moves its `dueAt`.
   * @returns `undefined` when it is no longer due at the time that the index showed
   */
  claim(record: DueRecord, now: Instant): Promise<ClaimedRecord | undefined>;
}

/** What checking an order needs. */
export interface RefreshDependencies {
  readonly store: OrderStore;
  readonly provider: Provider;
  readonly clock: Clock;
  /** @returns a number in [0, 1) */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly settings: Settings;
  /** CloudEvents `source`. */
  readonly eventSource: string;
}

/** Stores webhooks. */
export interface WebhookStore {
  /** @returns whether the webhook was new */
  store(webhook: Webhook, now: Instant): Promise<boolean>;
}

/** Keeps webhooks that were rejected although their credentials are right. */
export interface QuarantineStore {
  /**
   * Keeps a body as it came, and why it was rejected. Of a body that is too long only its size is kept.
   * @returns whether there was room for it
   */
  keep(body: Buffer, reason: string, now: Instant): Promise<boolean>;
}

/** The webhook's Basic credentials. */
export interface WebhookCredentials {
  /**
   * Whether an `Authorization` header carries valid credentials.
   * @throws {Error} when that is unknown, because the secret cannot be read
   */
  accept(header: string | undefined): Promise<boolean>;
}

/** What the caller of a track request sends. */
export interface TrackRequest {
  /** ARN of the caller. */
  readonly requestedBy?: string | undefined;
  readonly paidAt?: Instant | undefined;
  readonly reference?: string | undefined;
}

/** An order with its history. */
export interface OrderTimeline {
  readonly order: OrderState;
  readonly items: readonly ItemState[];
  /** Ascending by time. */
  readonly timeline: readonly TimelineEntry[];
}

/** Stores track requests, and reads orders with their history. */
export interface OrderTimelines {
  /**
   * Stores a request to track an order, or to check it now.
   * @returns when it was requested
   */
  track(orderUuid: string, request: TrackRequest, now: Instant): Promise<Instant>;
  /** @returns `undefined` when nothing is known of the order */
  read(orderUuid: string): Promise<OrderTimeline | undefined>;
}

/** An order and its items, without its history. */
export type StoredSummary = Pick<StoredOrder, 'order' | 'items'>;

/** How far one partition of the index has been listed: up to an entry, which may be gone by now. */
export type ShardPosition =
  | 'start'
  | 'end'
  | { readonly dueAt: Instant; readonly orderUuid: string; readonly sk: string };

/** How far each partition of the index has been listed. */
export type ListPosition = readonly ShardPosition[];

/** Lists orders. */
export interface OrderLists {
  /**
   * The orders in a state, the earliest due first. A page can be empty although there is a next one, because a
   * page makes a bounded number of reads.
   */
  withState(
    state: OrderListState,
    page: { readonly limit: number; readonly now: Instant; readonly after?: ListPosition | undefined },
  ): Promise<{ readonly orders: readonly StoredSummary[]; readonly next?: ListPosition | undefined }>;
  /**
   * The orders that have a reference, by their UUID. An order is found once its first check is written.
   * @param page.from the first UUID of the page, from `next` of the page before
   */
  withReference(
    reference: string,
    page: { readonly limit: number; readonly from?: string | undefined },
  ): Promise<{ readonly orders: readonly StoredSummary[]; readonly next?: string | undefined }>;
}
