import type { EventProduct } from '../../events/index.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Clock } from '../contracts/table.ts';
import type { Instant } from './time.ts';

/** What is known of an order. An order without a record has `rev` 0. */
export interface OrderState {
  readonly orderUuid: string;
  /** Raised by every write of a check. A check is written only while `rev` is what was read before its GET. */
  readonly rev: number;
  /** Fencing token of the order's watch. A commit that raises it starts a new watch. */
  readonly generation: number;
  /** When the order is checked next. Absent when nothing is left to check. */
  readonly nextCheckAt?: Instant | undefined;
  /** What makes the next check happen. */
  readonly clock?: Clock | undefined;
  /** How often the reconciler has claimed the order since the last finished check; at least 1 between two parts of a write. */
  readonly rescueCount?: number | undefined;
  /** Present while the provider gives no usable answer about this order. */
  readonly failure?: ProviderFailure | undefined;
  /** Whether the provider has ever shown the order. */
  readonly readable: boolean;
  /**
   * When answers began to be incomplete: to show no item, or to leave out an item, or to show one that cannot be read. An
   * answer that is complete, and shows no item that is unconfirmed, removes it.
   */
  readonly incompleteSince?: Instant | undefined;
  /** Since when every answer has shown an item that is unconfirmed, the same one or another. */
  readonly unconfirmedSince?: Instant | undefined;
  /** The order's own status, as the provider writes it. */
  readonly status?: string | undefined;
  /** Such as `MUS0738876`. */
  readonly identifier?: string | undefined;
  /** When the order was created. */
  readonly date?: Instant | undefined;
  readonly paidAt?: Instant | undefined;
  /** The partner's own reference. */
  readonly reference?: string | undefined;
  /** Epoch seconds after which the record that finds the order by its reference may be deleted. */
  readonly referenceUntil?: number | undefined;
  /** When the last GET that got an answer was sent. */
  readonly checkedAt?: Instant | undefined;
  /** Whether all items are final. */
  readonly settled: boolean;
  /** How often the order has become settled. */
  readonly settledCount: number;
}

/** Consecutive checks of an order that got no usable answer, or were postponed. The next answer removes it. */
export interface ProviderFailure {
  /** How many GETs were sent; 0 while every check was postponed. */
  readonly count: number;
  /** When the first of these GETs was sent or postponed. */
  readonly firstAt: Instant;
  /** When the last of these GETs was sent or postponed. */
  readonly lastAt: Instant;
  /** The order is not asked for again before this time. */
  readonly retryAt: Instant;
}

/** A difference between the stored item and one answer, which a second answer must confirm before it is applied. */
interface Unconfirmed {
  /** The status that the answer showed. */
  readonly status: string;
  /** When its GET was sent. */
  readonly since: Instant;
}

/** What is known of an item's product. */
export interface Product extends EventProduct {
  /** ISO 8601 duration as the provider writes it, usable or not. */
  readonly maxConfirmationTime?: string | undefined;
}

/** What is known of an item. */
export interface ItemState {
  readonly itemUuid: string;
  readonly status: string;
  /** When the GET that first showed this status was sent. */
  readonly since: Instant;
  /** Every status that the item has had. */
  readonly statuses: readonly string[];
  /** Number of the item's last transition. */
  readonly sequence: number;
  /** Number of the current or last open period; the first begins when the item is first seen. */
  readonly openPeriod: number;
  readonly firstSeenAt: Instant;
  /** When the open period began. */
  readonly openedAt: Instant;
  /** Deadline of the open period. */
  readonly confirmBy: Instant;
  readonly unconfirmed?: Unconfirmed | undefined;
  /** When a check found the item open past its deadline. */
  readonly overdueAt?: Instant | undefined;
  readonly trackingEndedAt?: Instant | undefined;
  /** Since when each answer that shows the order lacks the item. */
  readonly missingSince?: Instant | undefined;
  /** When the item had been missing for so long that it no longer blocks becoming settled. */
  readonly missingAt?: Instant | undefined;
  /** The newest version among the webhooks that were satisfied, in the form of {@link WebhookHint.version}. */
  readonly satisfiedVersion?: string | undefined;
  readonly vouchers: readonly string[];
  readonly product: Product;
  /** Reason code, such as `REJECTED-ORDER`. */
  readonly cancellationReason?: string | undefined;
  /** Epoch seconds after which the stored record may be deleted. */
  readonly expiresAt?: number | undefined;
}

/**
 * How a hint was resolved: `satisfied` when what it says is stored, `superseded` when a newer version of it is,
 * `contradicted` when the provider keeps saying something else, `given_up` when the provider shows nothing of it,
 * `withdrawn` when the partner stopped tracking the order.
 */
export type HintOutcome = 'satisfied' | 'superseded' | 'contradicted' | 'given_up' | 'withdrawn';

/** What both kinds of hints hold. */
interface HintState {
  /** The record's sort key. */
  readonly sk: string;
  /** When a check was last requested. */
  readonly requestedAt: Instant;
  /** Whether no check has read it yet. */
  readonly isFresh: boolean;
  /** When the GET of the first answer that did not resolve it was sent. */
  readonly firstAnswerAt?: Instant | undefined;
  readonly outcome?: HintOutcome | undefined;
}

/** A stored webhook. */
export interface WebhookHint extends HintState {
  readonly kind: 'webhook';
  /** When it first arrived; a repetition changes only `requestedAt`. */
  readonly receivedAt: Instant;
  readonly itemUuid: string;
  readonly status: string;
  /** Digits, zero-padded to one length, so that text compares as numbers do. */
  readonly version: string;
}

/** A stored track request. */
export interface TrackHint extends HintState {
  readonly kind: 'track';
  readonly paidAt?: Instant | undefined;
  readonly reference?: string | undefined;
}

/** A stored reason to ask the provider about an order. It is unresolved until it has an outcome. */
export type Hint = WebhookHint | TrackHint;

/** One order as it is stored. */
export interface StoredOrder {
  readonly order: OrderState;
  readonly items: readonly ItemState[];
  /** The unresolved hints, in the order in which their checks were requested. */
  readonly hints: readonly Hint[];
}

/** How a check was made. */
export interface CheckContext {
  /** When the GET was sent, or was planned to be sent if that is later. */
  readonly sentAt: Instant;
  /** Time until the answer came, or the request failed. */
  readonly tookInMilliseconds: number;
  /** A number in [0, 1), for the jitter of a retry. */
  readonly random: number;
  /** Whether the watch that made the check must hand over to a new one. */
  readonly mustHandOver: boolean;
  /** CloudEvents `source`. */
  readonly source: string;
  readonly settings: Settings;
}
