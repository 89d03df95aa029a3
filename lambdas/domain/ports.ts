import type { MetricName } from '../contracts/metrics.ts';
import type { RefreshReason } from '../contracts/refresh.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Lane } from '../contracts/table.ts';
import type { WatchInput } from '../contracts/watch.ts';
import type { Findings } from './examine.ts';
import type { HintVerdict } from './hints.ts';
import type { ItemState, Look, OrderState, StoredOrder } from './model.ts';
import type { Snapshot } from './snapshot.ts';
import type { Instant } from './time.ts';
import type { Trouble } from './trouble.ts';

/** Tells the time, and lets it pass. */
export interface Clock {
  now(): Instant;
  sleep(milliseconds: number): Promise<void>;
}

/** What people on call see of us. */
export interface Telemetry {
  /** Counts cases; a share is told case by case, with 1 or 0. */
  count(metric: MetricName, value?: number): void;
  /** Tells a value in the metric's own unit. */
  measure(metric: MetricName, value: number): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, error: unknown, fields?: Readonly<Record<string, unknown>>): void;
}

/** An answer of the provider. Trouble of any kind is an answer too, never an exception. */
export type ProviderAnswer =
  | { readonly kind: 'order'; readonly snapshot: Snapshot }
  /** The provider does not know the order (404). */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'trouble';
      /** A word or two, such as `http_503`, `timeout`, `login_refused`. */
      readonly cause: string;
      /** What the provider's `Retry-After` asks for. */
      readonly retryAfterInSeconds?: number;
    };

export interface Provider {
  getOrder(orderUuid: string): Promise<ProviderAnswer>;
}

/** One look at an order, kept for its story. */
interface CheckRecord {
  readonly at: Instant;
  /** Tells checks of the same instant apart. */
  readonly suffix: string;
  readonly look: Look;
  readonly tookInMilliseconds: number;
  /** The statuses by item, or why there are none. */
  readonly showed: Readonly<Record<string, string>> | string;
}

export interface OrderStore {
  /** Reads an order consistently. An order that has no record comes with `rev` 0. */
  read(orderUuid: string): Promise<StoredOrder>;
  /**
   * Takes the right to ask the provider about an order, so that looks that happen together share one GET.
   * It saves calls and guards nothing: `rev` does.
   * @returns the order's current `rev`, or `undefined` when another look has the right
   */
  takeLease(orderUuid: string, now: Instant, until: Instant): Promise<number | undefined>;
  releaseLease(orderUuid: string): Promise<void>;
  /** Writes what a look found, on condition that nothing was written since `stored` was read. */
  commit(stored: StoredOrder, findings: Findings): Promise<'committed' | 'lost'>;
  /**
   * Remembers that the provider gave no answer, and releases the lease, on condition that no look has got one since
   * the order was read.
   */
  noteTrouble(order: OrderState, trouble: Trouble): Promise<'noted' | 'lost'>;
  /** Forgets trouble because the provider answered that it does not know the order, and releases the lease. */
  endTrouble(orderUuid: string): Promise<void>;
  /**
   * Puts off what was taken up while the provider must not be asked, and takes back the claim: provider trouble is
   * no failure of the record.
   */
  putOff(stored: StoredOrder, until: Instant): Promise<void>;
  /** Ends or puts off a hint, if it is still what was read. */
  concludeHint(orderUuid: string, verdict: HintVerdict, at: Instant): Promise<void>;
  putCheck(orderUuid: string, check: CheckRecord): Promise<void>;
  /**
   * Writes when an item's watch checks it next, on condition that everything that the wait was planned from is
   * still what was read.
   * @returns whether it was written
   */
  writeWait(orderUuid: string, item: ItemState, wait: Wait): Promise<boolean>;
}

interface Wait {
  readonly nextCheckAt: Instant;
  readonly nextCheckNominalAt: Instant;
  readonly dueAt: Instant;
  /** How many claims without success the item still counts. */
  readonly claims: number;
}

/** A message for the refresh queue. */
export interface RefreshRequest {
  readonly orderUuid: string;
  readonly reason: RefreshReason;
  /** Whole seconds, 900 at most. */
  readonly delayInSeconds: number;
  /** When the look is planned to happen, if it was put off. */
  readonly plannedAt?: Instant;
}

export interface RefreshQueue {
  send(requests: readonly RefreshRequest[]): Promise<void>;
}

export interface Watches {
  /** Starts the watch of an item. That it exists already is success. */
  start(input: WatchInput): Promise<void>;
}

/** An event that is owed to the topic. */
export interface OwedEvent {
  readonly key: RecordKey;
  /** The message's body, JSON. */
  readonly body: string;
  /** When the webhook came that told of what the event says. */
  readonly toldAt?: Instant;
}

export interface Topic {
  /** @returns the events that were accepted; the others were refused. */
  publish(events: readonly OwedEvent[]): Promise<readonly OwedEvent[]>;
}

export interface Outbox {
  markPublished(key: RecordKey, at: Instant): Promise<void>;
}

export interface RecordKey {
  readonly pk: string;
  readonly sk: string;
}

/** A record of the index for what is due. */
export interface DueRecord {
  readonly key: RecordKey;
  readonly dueAt: Instant;
}

/** What there is to do about a due record. */
export type DueTask =
  | { readonly kind: 'watch'; readonly item: ItemState }
  | { readonly kind: 'refresh'; readonly reason: RefreshReason }
  | { readonly kind: 'publish'; readonly event: OwedEvent };

/** A due record after it was taken up. */
export interface ClaimedRecord {
  readonly orderUuid: string;
  /** How often it was taken up without success, this time included. */
  readonly claims: number;
  readonly task: DueTask;
}

export interface DueStore {
  /** The records of a partition that are due, oldest first. */
  due(partition: string, now: Instant, limit: number): Promise<readonly DueRecord[]>;
  /**
   * Takes up a due record: moves its `dueAt`, on condition that it is what was seen.
   * @returns `undefined` when somebody else took it up, or it is not due any more
   */
  claim(record: DueRecord, lane: Lane, now: Instant): Promise<ClaimedRecord | undefined>;
}

/** What looking at an order needs. */
export interface LookDependencies {
  readonly store: OrderStore;
  readonly provider: Provider;
  readonly queue: RefreshQueue;
  readonly clock: Clock;
  /** @returns a number in [0, 1) */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly settings: Settings;
  /** CloudEvents `source`. */
  readonly eventSource: string;
}
