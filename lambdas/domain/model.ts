import type { EventProduct } from '../contracts/events.ts';
import type { RefreshReason } from '../contracts/refresh.ts';
import type { Instant } from './time.ts';

/** What an order's record holds. `rev` 0 means that the order has no record yet. */
export interface OrderState {
  readonly orderUuid: string;
  /** Counts the snapshots applied: one is written only if `rev` is still what was read before its GET. */
  readonly rev: number;
  readonly status?: string;
  /** Such as `MUS0738876`. */
  readonly identifier?: string;
  /** When the order was created. */
  readonly date?: Instant;
  readonly paidAt?: Instant;
  /** The partner's own reference. */
  readonly reference?: string;
  /** When the GET of the newest applied snapshot was sent. */
  readonly fetchedAt?: Instant;
  readonly settled: boolean;
  /** How often the order has settled. */
  readonly settledCount: number;
  /** Since when nothing of the order is followed any more; care counts from here. */
  readonly quietSince?: Instant;
  /** Since when the provider's answers are empty, or lack or garble an item. */
  readonly incompleteSince?: Instant;
  /** How many times in a row the provider gave no answer. */
  readonly troubles?: number;
  /** When it was first, and last, asked in vain. */
  readonly troubledSince?: Instant;
  readonly troubledAt?: Instant;
  /** After provider trouble: not to be asked before this, unless there is news. */
  readonly askAgainAt?: Instant;
  readonly due?: string;
  readonly dueAt?: Instant;
  readonly claims?: number;
}

/** A difference between what is stored and one answer of the provider, which a second must confirm. */
interface Doubt {
  /** The status that the first answer showed. */
  readonly status: string;
  /** When its GET was sent. */
  readonly since: Instant;
}

export interface Product extends EventProduct {
  /** As the provider writes it, usable or not. */
  readonly maxConfirmationTime?: string;
}

/** What an item's record holds. */
export interface ItemState {
  readonly itemUuid: string;
  readonly status: string;
  /** When the GET that first showed this status was sent. */
  readonly since: Instant;
  /** Every status that the item has had. */
  readonly statuses: readonly string[];
  /** Counts the item's transitions. */
  readonly sequence: number;
  /** How often the item has entered an open status, beginning with 1 at first sight. */
  readonly round: number;
  /** How often the watch of this round was started. */
  readonly attempt: number;
  readonly firstSeenAt: Instant;
  readonly openedAt: Instant;
  readonly confirmBy: Instant;
  readonly nextCheckAt?: Instant;
  readonly nextCheckNominalAt?: Instant;
  readonly doubt?: Doubt;
  readonly overdueAt?: Instant;
  readonly trackingEndedAt?: Instant;
  readonly vouchers: readonly string[];
  readonly product: Product;
  readonly cancellationReason?: string;
  readonly due?: string;
  readonly dueAt?: Instant;
  readonly claims?: number;
  /** Epoch seconds after which the record may be deleted. */
  readonly expiresAt?: number;
}

/** What hints of both kinds hold. A hint is due while it has `dueAt`. */
interface HintState {
  /** The record's sort key. */
  readonly sk: string;
  /** When a look was asked for: by the first delivery, or again by a later one. */
  readonly requestedAt: Instant;
  /** When its next try's time comes. */
  readonly nextTryAt: Instant;
  /** Tries to which the provider answered without satisfying the hint. */
  readonly tries: number;
  /** Consecutive tries without an answer. */
  readonly troubles: number;
  /** When the provider first said that it does not know what the hint is about. */
  readonly firstUnknownAt?: Instant;
  /** How it ended. */
  readonly outcome?: HintEnd;
  readonly dueAt?: Instant;
}

export interface WebhookHint extends HintState {
  readonly kind: 'webhook';
  readonly itemUuid: string;
  readonly status: string;
  /** Digits, zero-padded to one length, so that text compares as the numbers do. */
  readonly version: string;
}

export interface TrackHint extends HintState {
  readonly kind: 'track';
  readonly paidAt?: Instant;
  readonly reference?: string;
}

/** A reason to look at an order now. */
export type Hint = WebhookHint | TrackHint;

/** How a hint ends: what it says was seen, a newer one was, the provider says otherwise, or knows nothing. */
export type HintEnd = 'satisfied' | 'superseded' | 'contradicted' | 'given_up';

/** One order as it is stored. */
export interface StoredOrder {
  readonly order: OrderState;
  readonly items: readonly ItemState[];
  /** All hints of the order that are still stored, ended ones included. */
  readonly hints: readonly Hint[];
}

/** Why an order is looked at. */
export type Look =
  | {
      readonly reason: 'schedule';
      readonly itemUuid: string;
      /** When the check was planned to happen. */
      readonly plannedAt: Instant;
      /** The time that it stands for. */
      readonly nominalAt: Instant;
    }
  | {
      readonly reason: RefreshReason;
      /** When the look was planned to happen, if it was put off. */
      readonly plannedAt?: Instant;
      /** When it was asked for: an answer asked for later serves it. */
      readonly askedAt?: Instant;
    };
