import type { Settings } from '../contracts/settings.ts';
import { dueLane } from '../domain/due.ts';
import type { ExaminedItem, Findings } from '../domain/examine.ts';
import type { OrderState, StoredOrder } from '../domain/model.ts';
import type { OutboxEvent } from '../domain/outbox.ts';
import { type Instant, latest, plusSeconds } from '../domain/time.ts';
import { inBatches } from './batches.ts';
import {
  difference,
  eventKey,
  expiry,
  itemKey,
  marks,
  orderKey,
  SHORTEST_STATE_IN_SECONDS,
} from './records.ts';
import { absent, type Condition, equal, type Put, type Table, type Update } from './table.ts';

type CommitSettings = Pick<Settings, 'rescueMarginInSeconds'>;

/** DynamoDB allows 100 actions in a transaction, one of which is the order's, and 4 MB. */
const LIMITS_OF_A_PART = { entries: 99, bytes: 3 * 1024 * 1024 };

/**
 * Writes what a look found, on condition that nothing was written since the order was read: in one transaction, or
 * in parts where one does not hold it all.
 *
 * @returns `lost` when another look, or the reconciler, wrote first
 */
export const commitFindings = async (
  table: Table,
  stored: StoredOrder,
  findings: Findings,
  settings: CommitSettings,
): Promise<'committed' | 'lost'> => {
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
      part.length === 0 ? (await table.update(order)) !== undefined : await table.transact([order, ...part]);
    if (!written) return 'lost';
  }
  return 'committed';
};

/** That nothing was applied to the order since it was read. */
export const revIs = (rev: number): Condition => [[rev === 0 ? absent('rev') : equal('rev', rev)]];

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
  { rescueMarginInSeconds }: CommitSettings,
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
  readonly settings: CommitSettings;
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
