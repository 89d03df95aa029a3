import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../contracts/settings.ts';
import { CLOCKS, TABLE } from '../contracts/table.ts';
import { lanePartition } from '../domain/due.ts';
import type { ItemChange } from '../domain/item-change.ts';
import { orderStates } from '../domain/listed-order.ts';
import type { Hint, StoredOrder } from '../domain/model.ts';
import type { OrderChange } from '../domain/order-change.ts';
import type { OutboxEvent } from '../domain/order-events.ts';
import { isOpen } from '../domain/status.ts';
import { earliest, type Instant, latest, plusSeconds } from '../domain/time.ts';
import { inBatches } from './batches.ts';
import {
  DUE_ATTRIBUTES,
  envelope,
  eventFields,
  eventKey,
  expiry,
  HISTORY_IN_SECONDS,
  hintKey,
  itemKey,
  MIN_STATE_IN_SECONDS,
  orderKey,
  referencePartition,
  rescueAfter,
  STATE_IN_SECONDS,
  untrackKey,
} from './records.ts';
import { absent, allOf, type Condition, equal, type Put, type Table, type Update } from './table.ts';

/** A change of an order, and what it was decided from. */
export interface Commit {
  /** The order as it was read before the change was decided. */
  readonly stored: StoredOrder;
  readonly change: OrderChange;
}

/** DynamoDB allows 100 actions in a transaction, one of which is the order's, and 4 MB. */
const MAX_PART = { entries: 99, bytes: 3 * 1024 * 1024 };

/** Writes that belong together: they are never split into two transactions. */
interface WriteGroup {
  readonly writes: readonly (Put | Update)[];
  readonly storesOpenStatus?: boolean;
}

/**
 * Writes an order change, of a check or of an untrack request, on condition that `rev` and the hints are what was read:
 * in one transaction, or in several if it is too large for one.
 *
 * Every part raises `rev`, so that nothing is written between two of them. Only the last part says what the answer means
 * for the order. Each part before it leaves the order due, so that a crash between two parts is repaired.
 *
 * @returns whether everything was written; otherwise another write came first
 */
export const commitChange = async (table: Table, commit: Commit, settings: Settings): Promise<boolean> => {
  const { stored } = commit;
  const reference = referencePut(commit);
  if (reference) await table.put(reference);
  const parts = inBatches(
    groupsOf(commit, settings),
    MAX_PART,
    ({ writes }) => Buffer.byteLength(JSON.stringify(writes)),
    ({ writes }) => writes.length,
  );
  if (parts.length === 0) return await table.put(orderPut(commit, stored.order.rev, settings));
  for (const [index, part] of parts.entries()) {
    const rev = stored.order.rev + index;
    const isLast = index === parts.length - 1;
    const order = isLast ? orderPut(commit, rev, settings) : partUpdate(commit, rev, part, settings);
    const written = await table.transact([order, ...part.flatMap(({ writes }) => writes)]);
    if (!written) return false;
  }
  return true;
};

/** Items with their events, then hints, then what concerns the order itself. */
const groupsOf = ({ stored, change }: Commit, settings: Settings): WriteGroup[] => {
  const { orderUuid } = stored.order;
  const { items, hints, settled, sentAt, untracked } = change;
  const groups: WriteGroup[] = [
    ...items.map((item) => ({
      writes: [
        ...itemWrites(orderUuid, item, change),
        ...item.events.map((event) => eventPut(event, change, settings)),
      ],
      storesOpenStatus: isOpen(item.after.status),
    })),
    ...hints.map((hint, index) => ({ writes: hintUpdates(orderUuid, stored.hints[index], hint, sentAt) })),
    { writes: settled ? [eventPut(settled, change, settings)] : [] },
    { writes: untracked ? [untrackPut(untracked, change)] : [] },
  ];
  return groups.filter(({ writes }) => writes.length > 0);
};

const revIs = (rev: number): Condition => (rev === 0 ? absent('rev') : equal('rev', rev));

/** Records of the order are kept long after its next check, so that none expires before it. */
const keptFrom = ({ sentAt, order }: OrderChange): Instant => latest(sentAt, order.nextCheckAt ?? sentAt);

const orderPut = ({ stored, change }: Commit, rev: number, settings: Settings): Put => {
  const { orderUuid, ...order } = change.order;
  const { generation } = order;
  return {
    put: {
      ...orderKey(orderUuid),
      ...envelope(keptFrom(change), STATE_IN_SECONDS),
      ...order,
      rev: rev + 1,
      referenceUntil: referenceUntil(stored, change),
      ...(generation !== stored.order.generation && { [TABLE.newGeneration]: generation }),
      ...dueOf(change, settings),
    },
    condition: revIs(rev),
  };
};

/** A watch gets some time before the reconciler rescues the order. Where the reconciler is the clock, there is no margin. */
const dueOf = ({ order, items, lane }: OrderChange, { rescueMarginInSeconds }: Settings) => {
  if (!order.nextCheckAt || !lane) return {};
  const margin = order.clock === CLOCKS.watch ? rescueMarginInSeconds : 0;
  const states = orderStates(
    order,
    items.map(({ after }) => after),
  );
  return {
    due: lanePartition(lane, order.orderUuid),
    dueAt: plusSeconds(order.nextCheckAt, margin),
    ...(states.length > 0 && { states }),
  };
};

/**
 * The order in a part that is not the last: due at once, and in need of a new watch, because the parts that follow may
 * never be written. An open status takes `settled` away in the same transaction. What track requests say is written with
 * each part, because any of them may resolve such a request: the next check does not read it again.
 */
const partUpdate = (
  { stored, change }: Commit,
  rev: number,
  part: readonly WriteGroup[],
  settings: Settings,
): Update => {
  const {
    orderUuid,
    generation,
    readable,
    settled,
    settledCount,
    nextCheckAt,
    rescueCount = 0,
  } = stored.order;
  const { paidAt, reference } = change.order;
  return {
    key: orderKey(orderUuid),
    set: {
      ...envelope(keptFrom(change), STATE_IN_SECONDS),
      // An order without a record gets everything that its record must have.
      generation,
      readable,
      settledCount,
      ...(paidAt && { paidAt }),
      ...(reference && { reference, referenceUntil: referenceUntil(stored, change) }),
      settled: settled && !part.some(({ storesOpenStatus }) => storesOpenStatus),
      rev: rev + 1,
      nextCheckAt: earliest(change.sentAt, nextCheckAt ?? change.sentAt),
      rescueCount: Math.max(rescueCount, 1),
      ...rescueAfter(change.sentAt, orderUuid, settings),
    },
    condition: revIs(rev),
  };
};

/** Writes an item if it has changed, or if its record would expire before that of its order. */
const itemWrites = (orderUuid: string, { before, after }: ItemChange, change: OrderChange): Put[] => {
  const from = keptFrom(change);
  // Without a next check nothing prolongs the item's life, while its order has just got all of its own.
  const mustLast = change.order.nextCheckAt ? MIN_STATE_IN_SECONDS : STATE_IN_SECONDS;
  const expiresSoon = (before?.expiresAt ?? 0) < expiry(from, mustLast);
  if (!expiresSoon && isDeepStrictEqual(before, after)) return [];
  const put = { ...itemKey(orderUuid, after.itemUuid), ...after, ...envelope(from, STATE_IN_SECONDS) };
  // DynamoDB does not promise that a query sees all of a transaction: an older item must not replace a newer one.
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
  return [{ put, condition: before ? equal('sequence', before.sequence) : absent('pk') }];
};

const eventPut = (
  { message, published, webhookAt }: OutboxEvent,
  change: OrderChange,
  settings: Settings,
): Put => ({
  put: {
    ...eventKey(message.data),
    ...envelope(keptFrom(change), STATE_IN_SECONDS),
    ...eventFields(message),
    webhookAt,
    ...(published && rescueAfter(change.sentAt, message.data.orderUuid, settings)),
  },
  condition: absent('pk'),
});

/** The untrack request, for the order's timeline. */
const untrackPut = (
  { requestedBy }: NonNullable<OrderChange['untracked']>,
  { sentAt, order: { orderUuid, rev } }: OrderChange,
): Put => ({
  put: {
    ...untrackKey(orderUuid, sentAt, rev),
    ...envelope(sentAt, HISTORY_IN_SECONDS),
    at: sentAt,
    requestedBy,
  },
});

/** Whether the record that finds the order by its reference must be written: it is new, or would expire too soon. */
const isReferenceDue = ({ order: before }: StoredOrder, change: OrderChange): boolean => {
  const { reference, nextCheckAt } = change.order;
  if (!reference) return false;
  const mustLast = nextCheckAt ? MIN_STATE_IN_SECONDS : STATE_IN_SECONDS;
  return reference !== before.reference || (before.referenceUntil ?? 0) < expiry(keptFrom(change), mustLast);
};

const referenceUntil = (stored: StoredOrder, change: OrderChange): number | undefined =>
  isReferenceDue(stored, change) ? expiry(keptFrom(change), STATE_IN_SECONDS) : stored.order.referenceUntil;

/**
 * The record that finds the order by its reference. It is written before the transaction: inside, it would cost twice as
 * much. If the order is then not written, or gets another reference, the record stays until it expires. So readers compare
 * it with the reference of the order.
 */
const referencePut = ({ stored, change }: Commit): Put | undefined => {
  const { reference = '', orderUuid } = change.order;
  if (!isReferenceDue(stored, change)) return undefined;
  const key = { pk: referencePartition(reference), sk: orderUuid };
  return { put: { ...key, ...envelope(keptFrom(change), STATE_IN_SECONDS) } };
};

/**
 * Writes a hint if it has changed. It is no longer due, because the order's next check serves it. An unresolved hint is
 * kept for longer than its order can go without an answer.
 */
const hintUpdates = (orderUuid: string, before: Hint | undefined, after: Hint, sentAt: Instant): Update[] => {
  if (!before || isDeepStrictEqual(before, after)) return [];
  const { firstAnswerAt, outcome } = after;
  return [
    {
      key: hintKey(orderUuid, after),
      set: {
        ...(firstAnswerAt && { firstAnswerAt }),
        ...(outcome && { outcome, outcomeAt: sentAt }),
        ...envelope(sentAt, outcome ? HISTORY_IN_SECONDS : STATE_IN_SECONDS),
      },
      remove: [...DUE_ATTRIBUTES, ...(outcome ? [TABLE.unresolvedSince] : [])],
      // A webhook that came again after it was read needs a check of its own. An outcome that was written after it was read
      // can be older than the `rev` that was read: a query may see one half of a transaction and not the other.
      condition: allOf(equal('requestedAt', before.requestedAt), absent('outcome')),
    },
  ];
};
