import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import { dueLane } from '../domain/due.ts';
import type { ExaminedItem, Findings } from '../domain/examine.ts';
import type { Hint, ItemState, OrderState } from '../domain/model.ts';
import type { OutboxEvent } from '../domain/outbox.ts';
import type { OrderStore } from '../domain/ports.ts';
import { type Instant, latest, plusSeconds } from '../domain/time.ts';
import {
  checkKey,
  contentOf,
  difference,
  eventKey,
  expiry,
  HINT_RANGE,
  HISTORY_IN_SECONDS,
  itemKey,
  orderKey,
  orderPartition,
  RECORD_VERSION,
  SHORTEST_STATE_IN_SECONDS,
  STATE_IN_SECONDS,
  STATE_RANGE,
} from './records.ts';
import {
  absent,
  below,
  type Condition,
  equal,
  type Put,
  present,
  type Row,
  type Table,
  type Update,
} from './table.ts';

/** DynamoDB allows 100 actions in a transaction; one of them is the order's. */
const ACTIONS_PER_PART = 99;

/** The orders of {@link OrderStore} in the table. */
export const orderStore = (table: Table, settings: Pick<Settings, 'rescueMarginInSeconds'>): OrderStore => ({
  async read(orderUuid) {
    const pk = orderPartition(orderUuid);
    // Hints first: one that comes between the two reads stays due, and is looked at for itself.
    const hints = await table.query(pk, HINT_RANGE.from, HINT_RANGE.to);
    const states = await table.query(pk, STATE_RANGE.from, STATE_RANGE.to);
    return {
      order: toOrder(
        orderUuid,
        states.find(({ sk }) => sk === RECORD.order),
      ),
      items: states.filter(({ sk }) => sk !== RECORD.order).map(toItem),
      hints: hints.map(toHint),
    };
  },

  async takeLease(orderUuid, now, until) {
    const row = await table.update({
      key: orderKey(orderUuid),
      set: { leaseUntil: until, ...marks(now) },
      condition: [[absent('leaseUntil')], [below('leaseUntil', now)]],
    });
    return row && revOf(row);
  },

  async releaseLease(orderUuid) {
    await table.update({
      key: orderKey(orderUuid),
      remove: ['leaseUntil'],
      condition: [[present('leaseUntil')]],
    });
  },

  async commit(stored, findings) {
    const { orderUuid, rev } = stored.order;
    const now = findings.order.fetchedAt as Instant;
    const keepFrom = nextLook(findings, now);
    const events = { now, keepFrom, settings };
    const writes = [
      ...findings.items.map((item) => itemWrites(orderUuid, item, events)),
      findings.settled ? [eventPut(findings.settled, events)] : [],
    ];
    const parts = inParts(writes.filter((group) => group.length > 0));
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const order = orderUpdate(stored.order, findings, rev + index, isLast, keepFrom);
      // Every part raises rev, so that nobody writes between two of them; only the last one tells of the
      // snapshot, so that a crash between leaves work for the next look and never passes for the whole.
      const written =
        part.length === 0
          ? (await table.update(order)) !== undefined
          : await table.transact([order, ...part]);
      if (!written) return 'lost';
    }
    return 'committed';
  },

  async noteTrouble({ order, items }, troubles, askAgainAt) {
    const { orderUuid } = order;
    await table.update({
      key: orderKey(orderUuid),
      set: { troubles, askAgainAt, ...marks(askAgainAt) },
      remove: ['leaseUntil'],
    });
    const claimed = [
      { key: orderKey(orderUuid), claims: order.claims },
      ...items
        .filter((item) => !item.nextCheckAt)
        .map((item) => ({ key: itemKey(orderUuid, item.itemUuid), claims: item.claims })),
    ];
    await Promise.all(
      claimed.map(async ({ key, claims }) => {
        if (!claims) return;
        await table.update({ key, add: { claims: -1 }, condition: [[equal('claims', claims)]] });
      }),
    );
  },

  async concludeHint(orderUuid, verdict, at) {
    const { hint } = verdict;
    const key = { pk: orderPartition(orderUuid), sk: hint.sk };
    const asRead = [present('dueAt'), equal('requestedAt', hint.requestedAt)];
    if (verdict.ends !== undefined) {
      await table.update({
        key,
        set: { outcome: verdict.ends, outcomeAt: at },
        remove: ['due', 'dueAt', 'claims'],
        condition: [asRead],
      });
      return;
    }
    const { tries, troubles, nextTryAt, dueAt, firstUnknownAt } = verdict;
    await table.update({
      key,
      set: { tries, troubles, nextTryAt, dueAt, ...(firstUnknownAt && { firstUnknownAt }) },
      remove: ['claims'],
      condition: [[...asRead, equal('tries', hint.tries), equal('troubles', hint.troubles)]],
    });
  },

  async putCheck(orderUuid, { at, suffix, look, tookInMilliseconds, showed }) {
    await table.put({
      put: {
        ...checkKey(orderUuid, at, suffix),
        v: RECORD_VERSION,
        expiresAt: expiry(at, HISTORY_IN_SECONDS),
        at,
        reason: look.reason,
        ...(look.reason === 'schedule' && { itemUuid: look.itemUuid, plannedAt: look.plannedAt }),
        tookInMilliseconds,
        showed,
      },
    });
  },

  async writeWait(orderUuid, item, { nextCheckAt, nextCheckNominalAt, dueAt, claims }) {
    const row = await table.update({
      key: itemKey(orderUuid, item.itemUuid),
      set: {
        nextCheckAt,
        nextCheckNominalAt,
        due: dueLane('RESCUE', orderUuid),
        dueAt,
        ...(claims > 0 && { claims }),
        ...marks(nextCheckAt),
      },
      remove: claims > 0 ? [] : ['claims'],
      condition: [
        [equal('round', item.round), equal('attempt', item.attempt), equal('sequence', item.sequence)],
      ],
    });
    return row !== undefined;
  },
});

const marks = (now: Instant) => ({ v: RECORD_VERSION, expiresAt: expiry(now, STATE_IN_SECONDS) });

const revOf = (row: Row | undefined): number => (row?.['rev'] as number | undefined) ?? 0;

/** Reads an order; one without a record comes with `rev` 0. */
export const toOrder = (orderUuid: string, row: Row | undefined): OrderState => {
  const { leaseUntil: _, ...content } = row ? contentOf(row) : {};
  return { settled: false, settledCount: 0, ...content, orderUuid, rev: revOf(row) } as OrderState;
};

/** Items and hints are stored as the domain has them; their kind and UUIDs stand in the sort key too. */
export const toItem = (row: Row): ItemState =>
  ({ ...contentOf(row), expiresAt: row['expiresAt'] }) as unknown as ItemState;

const toHint = (row: Row): Hint =>
  ({
    ...contentOf(row),
    sk: row.sk,
    kind: row.sk.startsWith(RECORD.track) ? 'track' : 'webhook',
  }) as unknown as Hint;

const revIs = (rev: number): Condition => [[rev === 0 ? absent('rev') : equal('rev', rev)]];

const orderUpdate = (
  before: OrderState,
  { order: after }: Findings,
  rev: number,
  isLast: boolean,
  keepFrom: Instant,
): Update => {
  const changes = isLast ? difference({ ...before }, { ...after }) : { set: {}, remove: [] };
  return {
    key: orderKey(before.orderUuid),
    set: { ...changes.set, rev: rev + 1, ...marks(keepFrom) },
    remove: isLast ? [...changes.remove, 'leaseUntil'] : [],
    condition: revIs(rev),
  };
};

interface WriteContext {
  readonly now: Instant;
  /** Records are kept for a long time counted from here. */
  readonly keepFrom: Instant;
  readonly settings: Pick<Settings, 'rescueMarginInSeconds'>;
}

/**
 * The latest time at which something of the order is due. An item must outlive every look at its order: one
 * that expired between two looks would be taken for new, and published again under other ids.
 */
const nextLook = ({ order, items }: Findings, now: Instant): Instant =>
  latest(now, order.dueAt ?? now, ...items.map(({ after }) => after.dueAt ?? now));

const itemWrites = (
  orderUuid: string,
  { before, after, events }: ExaminedItem,
  context: WriteContext,
): (Put | Update)[] => {
  const key = itemKey(orderUuid, after.itemUuid);
  const kept = marks(context.keepFrom);
  const puts = events.map((event) => eventPut(event, context));
  if (!before) return [{ put: { ...key, ...after, ...kept }, condition: [[absent('pk')]] }, ...puts];
  const { set, remove } = difference({ ...before }, { ...after });
  const isChanged = Object.keys(set).length > 0 || remove.length > 0;
  const expiresSoon = (before.expiresAt ?? 0) < expiry(context.keepFrom, SHORTEST_STATE_IN_SECONDS);
  if (!isChanged && !expiresSoon) return puts;
  // Changed attributes only, while the attempt is what was read: the reconciler raises it beside us.
  const condition = [[equal('attempt', before.attempt)]];
  return [{ key, set: { ...set, ...kept }, remove, condition }, ...puts];
};

const eventPut = (event: OutboxEvent, { now, keepFrom, settings }: WriteContext): Put => ({
  put: {
    ...eventKey(event),
    ...marks(keepFrom),
    body: JSON.stringify(event.message),
    ...(event.toldAt && { toldAt: event.toldAt }),
    ...(event.published && {
      due: dueLane('RESCUE', event.orderUuid),
      dueAt: plusSeconds(now, settings.rescueMarginInSeconds),
    }),
  },
  condition: [[absent('pk')]],
});

/** Puts groups that belong together into as few transactions as hold them; there is always one. */
const inParts = (groups: readonly (readonly (Put | Update)[])[]): (Put | Update)[][] => {
  const parts: (Put | Update)[][] = [[]];
  for (const group of groups) {
    const part = parts.at(-1) as (Put | Update)[];
    if (part.length + group.length > ACTIONS_PER_PART) parts.push([...group]);
    else part.push(...group);
  }
  return parts;
};
