import type { CheckReason } from '../contracts/found-by.ts';
import type { Lane } from '../contracts/table.ts';
import { reasonOf } from './check-reason.ts';
import { withTrackingEnded } from './end-of-tracking.ts';
import { withNextCheck } from './generation.ts';
import {
  giveUpHints,
  resolveHints,
  withoutFreshness,
  withSatisfiedVersion,
  withTrackRequests,
} from './hints.ts';
import { type ItemChange, toItemChange } from './item-change.ts';
import { judgeItem, judgementOf, judgeUnseenItem } from './item-transitions.ts';
import type { CheckContext, Hint, ItemState, OrderState, StoredOrder } from './model.ts';
import { nextCheck } from './next-check.ts';
import { omit } from './omit.ts';
import { type OutboxEvent, settledEvent } from './order-events.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import { addFailure, isAbandoned, postpone } from './provider-failure.ts';
import type { SeenItem, Snapshot } from './snapshot.ts';
import { isFinal, isOpen } from './status.ts';
import { type Instant, MILLISECONDS_PER_SECOND, plusSeconds } from './time.ts';

/** What is written of an order at once: the order, its items and hints as they will be stored, and the events to publish. */
export interface OrderChange {
  /** When the GET of the check was sent, or when tracking was stopped. */
  readonly sentAt: Instant;
  readonly order: OrderState;
  /** Lane of the index in which the order is due; absent when nothing is left to check. */
  readonly lane?: Lane | undefined;
  readonly items: readonly ItemChange[];
  /** The hints that were unresolved, in the order in which they were read. */
  readonly hints: readonly Hint[];
  /** The event of the order itself, when it became settled. */
  readonly settled?: OutboxEvent | undefined;
  /** Who made the untrack request, if one is what changed the order. */
  readonly untracked?: { readonly requestedBy?: string | undefined } | undefined;
}

/** What a check writes. */
export interface CheckChange extends OrderChange {
  readonly check: CheckRecord;
  /** How many items the answer leaves out, or shows in a form that cannot be read. */
  readonly unreadable: number;
}

/** Why and how a check was made, for the order's timeline. */
interface CheckRecord {
  readonly reason: CheckReason;
  readonly tookInMilliseconds: number;
  /** The status of each item by its UUID, or a word such as `unknown` or `http_503`. */
  readonly showed: Readonly<Record<string, string>> | string;
}

/** A check with what it is decided from. */
interface Check extends CheckContext {
  /** The order as it was read before the GET. */
  readonly stored: StoredOrder;
  /** `undefined` when the provider failed or does not know the order. */
  readonly snapshot: Snapshot | undefined;
  /** UUIDs of the items that the answer showed. */
  readonly shown: ReadonlySet<string>;
}

/** What a check found, before its next check is decided. */
type Findings = Pick<CheckChange, 'order' | 'items' | 'hints' | 'settled' | 'unreadable'>;

/**
 * Decides what an answer of the provider means for an order: which items changed, which events follow, which hints are
 * resolved, whether the order is settled, when it is checked next and whether a new watch must be started. Every item is
 * judged, whatever the reason for the check.
 *
 * @param stored the order as it was read before the GET
 */
export const decideOrderChange = (
  stored: StoredOrder,
  answer: ProviderAnswer,
  context: CheckContext,
): CheckChange => {
  const { sentAt, tookInMilliseconds, settings } = context;
  const snapshot = answer.kind === 'order' ? answer.snapshot : undefined;
  const shown = new Set(snapshot?.items.map(({ itemUuid }) => itemUuid));
  const check: Check = { ...context, stored, snapshot, shown };
  const findings =
    answer.kind === 'failure' || answer.kind === 'paused' ? applyFailure(answer, check) : applyAnswer(check);
  const items = findings.items.map(({ after }) => after);
  const next = nextCheck({ ...findings, items, shown, sentAt }, settings);
  return {
    ...findings,
    sentAt,
    check: { reason: reasonOf(stored), tookInMilliseconds, showed: describeAnswer(answer) },
    order: withNextCheck(findings.order, stored.order, next, context),
    lane: next?.lane,
  };
};

const describeAnswer = (answer: ProviderAnswer): CheckRecord['showed'] => {
  switch (answer.kind) {
    case 'order':
      return Object.fromEntries(answer.snapshot.items.map(({ itemUuid, status }) => [itemUuid, status]));
    case 'unknown':
      return 'unknown';
    case 'failure':
    case 'paused':
      return answer.cause;
  }
};

/** A failed or postponed check changes neither items nor what is settled; after 180 days the order is given up. */
const applyFailure = (
  { kind, retryAfterInSeconds }: ProviderAnswer & { readonly kind: 'failure' | 'paused' },
  check: Check,
): Findings => {
  const { stored, sentAt, tookInMilliseconds, random, settings } = check;
  const order = withTrackRequests(stored);
  const failedAt = plusSeconds(sentAt, tookInMilliseconds / MILLISECONDS_PER_SECOND);
  const failed = { sentAt, failedAt, retryAfterInSeconds, random };
  const failure = (kind === 'failure' ? addFailure : postpone)(order.failure, failed, settings);
  if (isAbandoned(failure)) return abandon(order, check);
  return {
    order: { ...order, failure },
    items: stored.items.map((item) => toItemChange(item, judgementOf(item), order, check)),
    hints: withoutFreshness(stored.hints),
    unreadable: 0,
  };
};

/** Gives an order up. A later hint starts it again. */
const abandon = (order: OrderState, check: Check): Findings => ({
  ...withTrackingEnded(order, check),
  hints: giveUpHints(check.stored.hints),
  unreadable: 0,
});

/** Judges every item, those that the answer lacks included; an order that the provider does not know lacks them all. */
const applyAnswer = (check: Check): Findings => {
  const { stored, snapshot, shown, sentAt, settings } = check;
  const known = describeOrder(check);
  const judging = { order: known, hints: stored.hints, sentAt, settings };
  const judged = (before: ItemState | undefined, seen: SeenItem): ItemChange =>
    toItemChange(before, judgeItem(before, seen, judging), known, check);
  const isOrderShown = snapshot !== undefined && snapshot.items.length > 0 && snapshot.unreadable === 0;
  const unseen = (item: ItemState): ItemChange =>
    toItemChange(item, judgeUnseenItem(item, isOrderShown, judging), known, check);
  const answered = new Map(snapshot?.items.map((item) => [item.itemUuid, item]));
  const storedUuids = new Set(stored.items.map(({ itemUuid }) => itemUuid));
  const items = [
    ...stored.items.map((item) => {
      const seen = answered.get(item.itemUuid);
      return seen ? judged(item, seen) : unseen(item);
    }),
    ...[...answered.values()]
      .filter(({ itemUuid }) => !storedUuids.has(itemUuid))
      .map((seen) => judged(undefined, seen)),
  ].map((item) => ({ ...item, after: withSatisfiedVersion(item.after, stored.hints) }));
  const after = items.map((item) => item.after);
  const unreadable =
    (snapshot?.unreadable ?? 0) + after.filter(({ itemUuid }) => !shown.has(itemUuid)).length;
  const isIncomplete = items.length === 0 || unreadable > 0;
  const showsUnconfirmed = after.some((item) => item.unconfirmed && shown.has(item.itemUuid));
  const unconfirmedSince = showsUnconfirmed ? (known.unconfirmedSince ?? sentAt) : undefined;
  const incompleteNow = known.readable && isIncomplete ? sentAt : undefined;
  // An answer with something unconfirmed does not end the list of checks: answers may be incomplete in turn with it.
  const incompleteSince =
    isIncomplete || showsUnconfirmed ? (known.incompleteSince ?? incompleteNow) : undefined;
  const order = settle({ ...known, incompleteSince, unconfirmedSince }, check, after);
  const failedSince = stored.order.failure?.firstAt;
  const evidence = { items: after, isOrderKnown: snapshot !== undefined, shown, sentAt, failedSince };
  return {
    order,
    items,
    hints: resolveHints(stored.hints, evidence, settings),
    settled:
      order.settledCount > known.settledCount
        ? settledEvent(order, after.filter(isPresent), check)
        : undefined,
    unreadable,
  };
};

/** The order with what the answer and its track requests say. */
const describeOrder = ({ stored, snapshot, sentAt }: Check): OrderState => ({
  ...omit(withTrackRequests(stored), 'failure'),
  checkedAt: sentAt,
  readable: stored.order.readable || snapshot !== undefined,
  status: snapshot?.status ?? stored.order.status,
  identifier: snapshot?.identifier ?? stored.order.identifier,
  date: snapshot?.date ?? stored.order.date,
});

/** Whether the provider is expected to show the item. */
const isPresent = ({ missingAt }: ItemState): boolean => missingAt === undefined;

/**
 * An order becomes settled when the answer shows all of its items as final, and none is unconfirmed; items that are
 * missing do not count. Only a stored open status undoes that, including one that was stored by a check that failed before
 * its last part, and an open item that is back.
 */
const settle = (
  order: OrderState,
  { stored, snapshot, shown }: Check,
  items: readonly ItemState[],
): OrderState => {
  const isOpenAndPresent = (item: ItemState): boolean => isOpen(item.status) && isPresent(item);
  const present = items.filter(isPresent);
  const isBack = ({ itemUuid, status, missingAt }: ItemState): boolean =>
    missingAt !== undefined && isOpen(status) && shown.has(itemUuid);
  const wasSettled = order.settled && !stored.items.some((item) => isOpenAndPresent(item) || isBack(item));
  const isComplete =
    snapshot?.unreadable === 0 && present.length > 0 && present.every(({ itemUuid }) => shown.has(itemUuid));
  const settled = wasSettled
    ? !items.some(isOpenAndPresent)
    : isComplete && present.every(({ status, unconfirmed }) => isFinal(status) && !unconfirmed);
  return { ...order, settled, settledCount: order.settledCount + (settled && !wasSettled ? 1 : 0) };
};
