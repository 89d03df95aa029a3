import type { FoundBy } from '../contracts/events.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Lane } from '../contracts/table.ts';
import { otherReasonOf, reasonOf, whenWebhookCame } from './check-reason.ts';
import { withNextCheck } from './generation.ts';
import { giveUpHints, resolveHints, withoutFreshness } from './hints.ts';
import { endOfTracking, endTracking, isTracked, judgeItem, type Transition } from './item-transitions.ts';
import type { Hint, ItemState, OrderState, StoredOrder, TrackHint } from './model.ts';
import { nextCheck } from './next-check.ts';

import { omit } from './omit.ts';
import { type Finding, itemEvent, type OutboxEvent, settledEvent } from './order-events.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import { addFailure, isAbandoned } from './provider-failure.ts';
import type { Snapshot } from './snapshot.ts';
import { isFinal, isOpen } from './status.ts';
import type { Instant } from './time.ts';

/** How a check was made. */
export interface CheckContext {
  /** When the GET was sent, or was planned to be sent if that is later. */
  readonly sentAt: Instant;
  /** When the answer came, or the request failed. */
  readonly answeredAt: Instant;
  /** A number in [0, 1), for the jitter of a retry. */
  readonly random: number;
  /** Whether the watch that made the check must hand over to a new one. */
  readonly mustHandOver: boolean;
  /** CloudEvents `source`. */
  readonly source: string;
  readonly settings: Settings;
}

/** What a check writes: the order, its items and hints as they will be stored, and the events to publish. */
export interface OrderChange {
  readonly sentAt: Instant;
  /** Why the order was checked. */
  readonly reason: FoundBy;
  readonly order: OrderState;
  /** Lane of the index in which the order is due; absent when nothing is left to check. */
  readonly lane?: Lane | undefined;
  readonly items: readonly ItemChange[];
  /** All hints, in the order in which they were read. */
  readonly hints: readonly Hint[];
  /** The event of the order itself, when it became settled. */
  readonly settled?: OutboxEvent | undefined;
  /** How many items the answer lacks or garbles. */
  readonly unreadable: number;
  /** Each `max_confirmation_time` that is unusable and was not known before. */
  readonly unusableConfirmationTimes: readonly string[];
}

/** What a check writes of one item. */
export interface ItemChange {
  readonly before?: ItemState | undefined;
  readonly after: ItemState;
  readonly foundBy: FoundBy;
  /** When the webhook came that says the item's status, if it is unresolved. */
  readonly webhookAt?: Instant | undefined;
  readonly events: readonly OutboxEvent[];
  readonly unusableConfirmationTime?: string | undefined;
}

/** What a check found, before its next check is decided. */
interface Findings extends Pick<OrderChange, 'items' | 'hints'> {
  readonly order: OrderState;
  /** UUIDs of the items that the answer showed. */
  readonly shown: ReadonlySet<string>;
  /** Items in the answer that could not be read. */
  readonly garbled?: number;
  readonly settled?: OutboxEvent | undefined;
}

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
): OrderChange => {
  const findings =
    answer.kind === 'failure'
      ? applyFailure(stored, answer, context)
      : applyAnswer(stored, answer.kind === 'order' ? answer.snapshot : undefined, context);
  const { items, hints, shown, settled, garbled = 0 } = findings;
  const checked = { ...findings, items: items.map(({ after }) => after), sentAt: context.sentAt };
  const next = nextCheck(checked, context.settings);
  return {
    sentAt: context.sentAt,
    reason: reasonOf(stored),
    order: withNextCheck(findings.order, stored.order, next, context),
    lane: next?.lane,
    items,
    hints,
    settled,
    unreadable:
      answer.kind === 'failure'
        ? 0
        : items.filter(({ after }) => !shown.has(after.itemUuid)).length + garbled,
    unusableConfirmationTimes: items.flatMap(
      ({ unusableConfirmationTime }) => unusableConfirmationTime ?? [],
    ),
  };
};

/** The order with what its track requests say. */
const withTrackRequests = (order: OrderState, hints: readonly Hint[]): OrderState => {
  const tracks = hints.filter((hint): hint is TrackHint => hint.kind === 'track');
  return {
    ...order,
    paidAt: tracks.findLast(({ paidAt }) => paidAt)?.paidAt ?? order.paidAt,
    reference: tracks.findLast(({ reference }) => reference)?.reference ?? order.reference,
  };
};

/** A failed check changes neither items nor what is settled; an order that has failed for 180 days is given up. */
const applyFailure = (
  stored: StoredOrder,
  { retryAfterInSeconds }: ProviderAnswer & { readonly kind: 'failure' },
  context: CheckContext,
): Findings => {
  const { sentAt, answeredAt: failedAt, random, settings } = context;
  const order = withTrackRequests(stored.order, stored.hints);
  const failure = addFailure(order.failure, { sentAt, failedAt, retryAfterInSeconds, random }, settings);
  if (isAbandoned(failure)) return abandon(order, stored, context);
  return {
    order: { ...order, failure },
    items: stored.items.map((item) => ({
      before: item,
      after: item,
      foundBy: otherReasonOf(stored),
      events: [],
    })),
    hints: withoutFreshness(stored.hints),
    shown: new Set(),
  };
};

/** Gives an order up: the tracking of open items ends, and a later hint begins anew. */
const abandon = (order: OrderState, stored: StoredOrder, context: CheckContext): Findings => ({
  order: omit(order, 'failure', 'incompleteSince'),
  items: stored.items.map((before) => {
    const step = isTracked(before) ? endTracking(before, context.sentAt) : undefined;
    const after = omit(step?.item ?? before, 'unconfirmed');
    return toItemChange(before, after, step ? [step] : [], { order, stored, context });
  }),
  hints: giveUpHints(stored.hints),
  shown: new Set(),
});

/** @param snapshot `undefined` when the provider does not know the order */
const applyAnswer = (
  stored: StoredOrder,
  snapshot: Snapshot | undefined,
  context: CheckContext,
): Findings => {
  const { sentAt, source, settings } = context;
  const known = describeOrder(stored, snapshot, sentAt);
  const seen = new Map(snapshot?.items.map((item) => [item.itemUuid, item]));
  const judging = { order: known, hints: stored.hints, sentAt, settings };
  const uuids = new Set([...stored.items.map(({ itemUuid }) => itemUuid), ...seen.keys()]);
  const items = [...uuids].map((itemUuid): ItemChange => {
    const before = stored.items.find((item) => item.itemUuid === itemUuid);
    const shown = seen.get(itemUuid);
    const making = { order: known, stored, context };
    if (shown) {
      const { item, transitions, unusableConfirmationTime } = judgeItem(before, shown, judging);
      return { ...toItemChange(before, item, transitions, making), unusableConfirmationTime };
    }
    const unseen = before as ItemState;
    const end = endOfTracking(unseen, sentAt);
    return toItemChange(unseen, end?.item ?? unseen, end ? [end] : [], making);
  });
  const after = items.map((item) => item.after);
  const garbled = snapshot?.unreadable ?? 0;
  const isIncomplete = items.length === 0 || garbled > 0 || after.some(({ itemUuid }) => !seen.has(itemUuid));
  const order = settle(
    {
      ...omit(known, 'incompleteSince'),
      ...(known.readable && isIncomplete && { incompleteSince: known.incompleteSince ?? sentAt }),
    },
    stored,
    after,
    isIncomplete,
  );
  const evidence = {
    items: after,
    isOrderKnown: snapshot !== undefined,
    shown: new Set(seen.keys()),
    sentAt,
  };
  return {
    order,
    items,
    hints: resolveHints(stored.hints, evidence, settings),
    shown: evidence.shown,
    garbled,
    ...(order.settledCount > known.settledCount && {
      settled: settledEvent(order, after, { time: sentAt, source }),
    }),
  };
};

/** The order with what the answer and its track requests say. */
const describeOrder = (
  { order, hints }: StoredOrder,
  snapshot: Snapshot | undefined,
  checkedAt: Instant,
): OrderState => ({
  ...withTrackRequests(omit(order, 'failure'), hints),
  checkedAt,
  readable: order.readable || snapshot !== undefined,
  status: snapshot?.status ?? order.status,
  identifier: snapshot?.identifier ?? order.identifier,
  date: snapshot?.date ?? order.date,
});

/**
 * An order becomes settled when the answer shows all of its items as final, and none is unconfirmed. Only a stored open
 * status undoes that, also one that a check wrote that died before it finished.
 */
const settle = (
  order: OrderState,
  stored: StoredOrder,
  items: readonly ItemState[],
  isIncomplete: boolean,
): OrderState => {
  const wasSettled = order.settled && !stored.items.some(({ status }) => isOpen(status));
  const settled = wasSettled
    ? !items.some(({ status }) => isOpen(status))
    : !isIncomplete && items.every(({ status, unconfirmed }) => isFinal(status) && !unconfirmed);
  return { ...order, settled, settledCount: order.settledCount + (settled && !wasSettled ? 1 : 0) };
};

interface ItemChangeMaking {
  readonly order: OrderState;
  readonly stored: StoredOrder;
  readonly context: CheckContext;
}

/** What is written of an item: a webhook found its status if an unresolved one says just that. */
const toItemChange = (
  before: ItemState | undefined,
  after: ItemState,
  transitions: readonly Transition[],
  { order, stored, context }: ItemChangeMaking,
): ItemChange => {
  const webhookAt = whenWebhookCame(stored, after.itemUuid, after.status);
  const foundBy = webhookAt ? 'webhook' : otherReasonOf(stored);
  const isFinalByWebhook = webhookAt && isFinal(after.status) && after.status !== before?.status;
  const finding: Finding = { foundBy, time: context.sentAt, source: context.source };
  return {
    before,
    after,
    foundBy,
    webhookAt,
    events: transitions
      .flatMap((step) => itemEvent(step, order, finding, context.settings) ?? [])
      .map((event) => (isFinalByWebhook ? { ...event, webhookAt } : event)),
  };
};
