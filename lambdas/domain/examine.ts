import type { FoundBy } from '../contracts/events.ts';
import type { Settings } from '../contracts/settings.ts';
import { nextCare, nextIncompleteLook } from './care.ts';
import { dueLane } from './due.ts';
import { dueHints } from './hints.ts';
import { type ItemPlan, planItem } from './item-plan.ts';
import { endTrackingInTime, judgeItem, type Transition } from './judge-item.ts';
import type { Hint, ItemState, Look, OrderState, StoredOrder, TrackHint } from './model.ts';
import { itemEvent, type OutboxEvent, settledEvent } from './outbox.ts';
import type { Snapshot } from './snapshot.ts';
import { isFinal, isOpen } from './status.ts';
import { type Instant, plusSeconds } from './time.ts';
import { withoutTrouble } from './trouble.ts';

/** What one look at an order found: the order and its items as they are to be stored, and what to publish. */
export interface Findings {
  /** When the GET was sent, or the time that it was planned for if that is later. */
  readonly sentAt: Instant;
  readonly order: OrderState;
  readonly items: readonly ExaminedItem[];
  /** The event of the order itself, when it became settled. */
  readonly settled?: OutboxEvent;
  /** How many items the answer lacked or garbled. */
  readonly unreadable: number;
  /** Each `max_confirmation_time` that could not be used and was not known before. */
  readonly unusableConfirmationTimes: readonly string[];
}

export interface ExaminedItem {
  readonly before?: ItemState;
  readonly after: ItemState;
  readonly plan: ItemPlan;
  /** Whether the answer showed the item. */
  readonly answered: boolean;
  readonly foundBy: FoundBy;
  /** When the webhook came that told of the item's status, if it still asked for a look. */
  readonly toldAt?: Instant;
  readonly events: readonly OutboxEvent[];
}

/**
 * Decides what one answer of the provider means for an order: which items changed, which events follow,
 * whether the order is settled, what comes next. Every item is judged, whoever asked.
 *
 * @param stored the order as it was read before the GET
 * @param snapshot the answer; `undefined` when the provider does not know the order
 * @param sentAt when the GET was sent, or the time that it was planned for if that is later
 * @param look why the order was looked at
 * @param source CloudEvents `source`
 */
export const examine = (
  stored: StoredOrder,
  snapshot: Snapshot | undefined,
  sentAt: Instant,
  look: Look,
  source: string,
  settings: Settings,
): Findings => {
  const known = describeOrder(stored, snapshot, sentAt);
  const seen = new Map(snapshot?.items.map((item) => [item.itemUuid, item]));
  const isAskedFor = dueHints(stored.hints).length > 0;
  const unusableConfirmationTimes: string[] = [];
  const examined = [...itemUuids(stored.items, seen)].map((itemUuid): ExaminedItem => {
    const before = stored.items.find((item) => item.itemUuid === itemUuid);
    const answer = seen.get(itemUuid);
    let after: ItemState;
    let transitions: readonly Transition[];
    if (answer) {
      const judgement = judgeItem(before, answer, known, isAskedFor, sentAt, settings);
      ({ item: after, transitions } = judgement);
      if (judgement.unusableConfirmationTime) {
        unusableConfirmationTimes.push(judgement.unusableConfirmationTime);
      }
    } else {
      const unseen = before as ItemState;
      const end = endTrackingInTime(unseen, sentAt);
      after = end?.item ?? unseen;
      transitions = end ? [end] : [];
    }
    const plan = planItem(after, sentAt, known.paidAt, settings);
    const toldAt = whenTold(itemUuid, after.status, stored.hints);
    const foundBy = howFound(toldAt !== undefined, look, stored.hints);
    const isNewsOfWebhook = toldAt && isFinal(after.status) && after.status !== before?.status;
    return {
      ...(before && { before }),
      after: arrange(before, after, plan, answer !== undefined, look, known.orderUuid, settings),
      plan,
      answered: answer !== undefined,
      foundBy,
      ...(toldAt && { toldAt }),
      events: transitions
        .flatMap((step) => itemEvent(step, known, foundBy, sentAt, source, settings) ?? [])
        .map((event) => (isNewsOfWebhook ? { ...event, toldAt } : event)),
    };
  });
  const unreadable = examined.filter((item) => !item.answered).length + (snapshot?.unreadable ?? 0);
  const incomplete = unreadable > 0 || examined.length === 0;
  // A look that wrote its first part only may have opened items again, and told the order nothing of it.
  const wasSettled = known.settled && !stored.items.some(({ status }) => isOpen(status));
  const settled = isSettled(wasSettled, examined, incomplete);
  const counted: OrderState = {
    ...known,
    settled,
    settledCount: known.settledCount + (settled && !wasSettled ? 1 : 0),
  };
  const order = arrangeOrder(counted, examined, incomplete, sentAt, settings);
  const items = examined.map((item) => item.after);
  return {
    sentAt,
    order,
    items: examined,
    ...(order.settledCount > known.settledCount && {
      settled: settledEvent(order, items, sentAt, source),
    }),
    unreadable,
    unusableConfirmationTimes,
  };
};

const itemUuids = (items: readonly ItemState[], seen: ReadonlyMap<string, unknown>): Set<string> =>
  new Set([...items.map((item) => item.itemUuid), ...seen.keys()]);

/** The order with what the answer and the track requests say about it. */
const describeOrder = (
  { order, hints }: StoredOrder,
  snapshot: Snapshot | undefined,
  sentAt: Instant,
): OrderState => {
  const described: OrderState = { ...withoutTrouble(order), rev: order.rev + 1, fetchedAt: sentAt };
  const { status, identifier, date } = snapshot ?? {};
  const tracks = hints.filter((hint): hint is TrackHint => hint.kind === 'track');
  const paidAt = tracks.findLast((hint) => hint.paidAt)?.paidAt;
  const reference = tracks.findLast((hint) => hint.reference)?.reference;
  return {
    ...described,
    ...(status && { status }),
    ...(identifier && { identifier }),
    ...(date && { date }),
    ...(paidAt && { paidAt }),
    ...(reference && { reference }),
  };
};

/**
 * How a status was found: by webhook when a hint for this item that is still due says just that, whatever
 * made us look; a rescue stays a rescue, because something that should have happened did not.
 */
const howFound = (isTold: boolean, look: Look, hints: readonly Hint[]): FoundBy => {
  if (look.reason === 'rescue' || look.reason === 'care') return look.reason;
  if (isTold) return 'webhook';
  if (look.reason !== 'hint') return 'schedule';
  return hints.some((hint) => hint.dueAt && hint.kind === 'webhook') ? 'webhook' : 'track';
};

/** When the webhook came, or came again, that told of just this status and is still due. */
const whenTold = (itemUuid: string, status: string, hints: readonly Hint[]): Instant | undefined =>
  hints
    .flatMap((hint) =>
      hint.dueAt && hint.kind === 'webhook' && hint.itemUuid === itemUuid && hint.status === status
        ? [hint.requestedAt]
        : [],
    )
    .sort()[0];

/**
 * Writes into the item when it needs attention next. A watch sleeps until its next check and cannot be woken:
 * where another look moves that check earlier, or serves an item whose watch failed, the next attempt starts another
 * watch.
 */
const arrange = (
  before: ItemState | undefined,
  after: ItemState,
  plan: ItemPlan,
  answered: boolean,
  look: Look,
  orderUuid: string,
  settings: Settings,
): ItemState => {
  const ownWatch = look.reason === 'schedule' && look.itemUuid === after.itemUuid;
  const changed = answered || after !== before;
  if (plan.kind === 'owed' || (!changed && !ownWatch)) return after;
  const { nextCheckAt: _, nextCheckNominalAt: __, due: ___, dueAt: ____, claims, ...rest } = after;
  const due = dueLane('RESCUE', orderUuid);
  if (plan.kind === 'none') return rest;
  if (plan.kind === 'due') {
    // A delayed message brings the second look at a doubt; the reconciler steps in only if it does not.
    const margin = after.doubt ? settings.rescueMarginInSeconds : 0;
    return { ...rest, due, dueAt: plusSeconds(plan.at, margin) };
  }
  const planned = {
    ...rest,
    nextCheckAt: plan.at,
    nextCheckNominalAt: plan.nominalAt,
    due,
    dueAt: plusSeconds(plan.at, settings.rescueMarginInSeconds),
  };
  if (!before || after.round !== before.round) return planned;
  if (ownWatch) return answered || !claims ? planned : { ...planned, claims };
  // What was taken up in vain has no watch that sleeps: its next claim may be a day away, behind the deadline.
  if (before.nextCheckAt && before.nextCheckAt <= plan.at && !claims) return after;
  return { ...planned, attempt: before.attempt + 1 };
};

/**
 * An order becomes settled when every item is final beyond doubt, and an answer that lacks or garbles an
 * item cannot tell. Only a stored open status undoes it.
 */
const isSettled = (wasSettled: boolean, items: readonly ExaminedItem[], incomplete: boolean): boolean =>
  wasSettled
    ? !items.some(({ after }) => isOpen(after.status))
    : !incomplete && items.every(({ after }) => isFinal(after.status) && !after.doubt);

/**
 * Writes into the order when it needs attention for itself: because an answer was incomplete, or in care. Care
 * counts from when nothing was followed any more; neither a doubt nor another voucher begins it anew.
 */
const arrangeOrder = (
  order: OrderState,
  items: readonly ExaminedItem[],
  incomplete: boolean,
  sentAt: Instant,
  settings: Settings,
): OrderState => {
  const {
    due: _,
    dueAt: __,
    claims: ___,
    quietSince: quietBefore,
    incompleteSince: incompleteBefore,
    ...rest
  } = order;
  const moved = items.some(({ before, after }) => after.status !== before?.status);
  const quiet = items.length > 0 && items.every(({ plan }) => plan.kind === 'none');
  const quietSince = moved ? undefined : quietBefore;
  const quietFrom = quiet ? (quietSince ?? sentAt) : quietSince;
  const incompleteSince = incomplete ? (incompleteBefore ?? sentAt) : undefined;
  const rescue = incompleteSince && nextIncompleteLook(incompleteSince, sentAt);
  const care =
    quiet && quietFrom && settings.careEnabled
      ? nextCare(
          items.map(({ after }) => after),
          quietFrom,
          sentAt,
        )
      : undefined;
  return {
    ...rest,
    ...(quietFrom && { quietSince: quietFrom }),
    ...(incompleteSince && { incompleteSince }),
    ...earlierOf(rescue, care, order.orderUuid),
  };
};

const earlierOf = (
  rescue: Instant | undefined,
  care: Instant | undefined,
  orderUuid: string,
): Pick<OrderState, 'due' | 'dueAt'> => {
  if (rescue && (!care || rescue <= care)) return { due: dueLane('RESCUE', orderUuid), dueAt: rescue };
  return care ? { due: dueLane('CARE', orderUuid), dueAt: care } : {};
};
