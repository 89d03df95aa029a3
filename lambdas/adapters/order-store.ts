import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import { dueLane } from '../domain/due.ts';
import type { ExaminedItem, Findings } from '../domain/examine.ts';
import type { Hint, ItemState, OrderState } from '../domain/model.ts';
import type { OutboxEvent } from '../domain/outbox.ts';
import type { OrderStore } from '../domain/ports.ts';
import { type Instant, latest, plusSeconds } from '../domain/time.ts';
import { inBatches } from './batches.ts';
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

/** DynamoDB allows 100 actions in a transaction, one of which is the order's, and 4 MB. */
const LIMITS_OF_A_PART = { entries: 99, bytes: 3 * 1024 * 1024 };

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
    const keepFrom = nextLook(findings);
    const events = { now: findings.sentAt, keepFrom, settings };
    const writes = [
      ...findings.items.map((item) => itemWrites(orderUuid, item, events)),
      findings.settled ? [eventPut(findings.settled, events)] : [],
    ];
    const parts = inParts(writes.filter((group) => group.length > 0));
    for (const [index, part] of parts.entries()) {
      // Every part raises rev, so that nobody writes between two of them; only the last one tells of the
      // snapshot, so that a crash between leaves work for the next look and never passes for the whole.
      const isLast = index === parts.length - 1;
      const order = isLast
        ? orderUpdate(stored.order, findings, rev + index, keepFrom, parts.length > 1)
        : revUpdate(stored.order, findings, rev + index, keepFrom, settings);
      const written =
        part.length === 0
          ? (await table.update(order)) !== undefined
          : await table.transact([order, ...part]);
      if (!written) return 'lost';
    }
    return 'committed';
  },

  async noteTrouble(orderUuid, trouble) {
    await table.update({
      key: orderKey(orderUuid),
      set: { ...trouble, ...marks(trouble.askAgainAt) },
      remove: ['leaseUntil'],
    });
  },

  async putOff({ order, items }, until) {
    const { orderUuid } = order;
    const claimed = [
      { key: orderKey(orderUuid), claims: order.claims },
      ...items
        .filter((item) => !item.nextCheckAt)
        .map((item) => ({ key: itemKey(orderUuid, item.itemUuid), claims: item.claims })),
    ];
    await Promise.all(
      claimed.map(async ({ key, claims }) => {
        if (!claims) return;
        await table.update({
          key,
          add: { claims: -1 },
          set: { dueAt: until },
          condition: [[equal('claims', claims), present('dueAt')]],
        });
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
        [
          equal('round', item.round),
          equal('attempt', item.attempt),
          equal('sequence', item.sequence),
          equal('confirmBy', item.confirmBy),
          item.doubt ? present('doubt') : absent('doubt'),
        ],
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
  keepFrom: Instant,
  hadParts: boolean,
): Update => {
  const { set, remove } = difference({ ...before }, { ...after });
  // A part before has made the order due; that ends here, also where the order was due as it is now.
  const due = hadParts && after.dueAt ? { due: after.due, dueAt: after.dueAt } : {};
  const notDue = hadParts && !after.dueAt ? ['due', 'dueAt'] : [];
  return {
    key: orderKey(before.orderUuid),
    set: { ...set, ...due, rev: rev + 1, ...marks(keepFrom) },
    remove: [...new Set([...remove, ...notDue, 'leaseUntil'])],
    condition: revIs(rev),
  };
};

/**
 * The order's share of a part that others follow. Every item of the part may be done, and the looks that follow
 * find nothing changed; so the order is due until the last part is written.
 */
const revUpdate = (
  { orderUuid }: OrderState,
  { sentAt }: Findings,
  rev: number,
  keepFrom: Instant,
  { rescueMarginInSeconds }: Pick<Settings, 'rescueMarginInSeconds'>,
): Update => ({
  key: orderKey(orderUuid),
  set: {
    rev: rev + 1,
    due: dueLane('RESCUE', orderUuid),
    dueAt: plusSeconds(sentAt, rescueMarginInSeconds),
    ...marks(keepFrom),
  },
  condition: revIs(rev),
});

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
const nextLook = ({ sentAt, order, items }: Findings): Instant =>
  latest(sentAt, order.dueAt ?? sentAt, ...items.map(({ after }) => after.dueAt ?? sentAt));

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

/** Puts what belongs together into as few transactions as hold it; there is always one. */
const inParts = (groups: readonly (readonly (Put | Update)[])[]): (Put | Update)[][] => {
  const sizeOf = (group: unknown) => Buffer.byteLength(JSON.stringify(group));
  const parts = inBatches(groups, LIMITS_OF_A_PART, sizeOf, ({ length }) => length);
  return parts.length > 0 ? parts.map((part) => part.flat()) : [[]];
};
