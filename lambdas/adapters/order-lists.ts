import type { OrderLists, ShardPosition, StoredSummary } from '../application/ports.ts';
import { LANES, type Lane, type OrderListState, RECORD, TABLE } from '../contracts/table.ts';
import { lanePartitions } from '../domain/due.ts';
import { orderStates } from '../domain/listed-order.ts';
import { MAX_RESCUES_BEFORE_PARKING } from '../domain/rescue.ts';
import { DAY_IN_SECONDS, HOUR_IN_SECONDS, type Instant, plusSeconds } from '../domain/time.ts';
import { orderKey, orderUuidOf, referencePartition, STATE_RANGE, toItem, toOrder } from './records.ts';
import { atLeast, type Clause, type DueKey, listWith, type Table } from './table.ts';

/**
 * A page first reads as many entries of each partition as it may have orders. While it is not full, it reads further
 * entries, at most this many of each partition in a round (about 130 KB), in at most this many rounds. The next page
 * continues where it ended.
 */
const FURTHER_READS = { entries: 1000, rounds: 4 };

/** A parked record is claimed once a day. The hour is a margin. */
const PARKED_WITHIN_IN_SECONDS = DAY_IN_SECONDS + HOUR_IN_SECONDS;

/** Sorts after every time. */
const ANY_TIME = '~';
/** Sorts after every UUID. */
const ANY_UUID = '~';

/** What to read of the index for a list. */
interface Selection {
  readonly lanes: readonly Lane[];
  readonly until: string;
  readonly filter: Clause;
}

/**
 * An order in the lane of follow-ups can only be parked. The exception is left out: an item that has been unconfirmed
 * for over 180 days, which no longer causes checks.
 */
const selectionOf = (state: OrderListState, now: Instant): Selection =>
  state === 'parked'
    ? {
        lanes: LANES,
        until: plusSeconds(now, PARKED_WITHIN_IN_SECONDS),
        filter: atLeast(TABLE.rescueCount, MAX_RESCUES_BEFORE_PARKING),
      }
    : { lanes: ['RESCUE'], until: ANY_TIME, filter: listWith(TABLE.states, state) };

/** One partition of the index, while a page is read from it. */
interface Shard {
  readonly partition: string;
  /** Entries up to here are done: on this page, on an earlier one, or in another state. */
  position: ShardPosition;
  /** Entries that were read and are not on a page yet. */
  found: DueKey[];
  readTo: ShardPosition;
}

const toShard = (partition: string, position: ShardPosition): Shard => ({
  partition,
  position,
  found: [],
  readTo: position,
});

const positionOf = (key: DueKey): ShardPosition => ({
  dueAt: key.dueAt,
  orderUuid: orderUuidOf(key),
  sk: key.sk,
});

/** DynamoDB rejects a start position after the end of the range that a query reads. */
const within = (until: string, position: ShardPosition = 'start'): ShardPosition =>
  typeof position === 'object' && position.dueAt > until ? 'end' : position;

const keyAt = ({ dueAt, orderUuid, sk }: Exclude<ShardPosition, string>): DueKey => ({
  pk: orderKey(orderUuid).pk,
  sk,
  dueAt,
});

/** The lists of {@link OrderLists} in the table and its index. */
export const orderLists = (table: Table): OrderLists => ({
  async withState(state, { limit, now, after }) {
    const { lanes, until, filter } = selectionOf(state, now);
    const shards = lanes
      .flatMap(lanePartitions)
      .map((partition, index) => toShard(partition, within(until, after?.[index])));
    const read = async (shard: Shard, entries: number): Promise<void> => {
      const { partition: due, readTo: from } = shard;
      const after = typeof from === 'string' ? undefined : keyAt(from);
      const query = { due, until, filter, limit: entries, after };
      const { found, readTo } = await table.listDue(query);
      shard.found.push(...found);
      shard.readTo = readTo ? positionOf(readTo) : 'end';
    };
    const taken = await takeEarliest(shards, limit, read);
    const orders = await readAll(table, new Set(taken.map(orderUuidOf)));
    const next = shards.map(positionAfter);
    return {
      // The index lags behind the table, so the state of the order that was read counts.
      orders: orders.filter(
        ({ order, items }) => state === 'parked' || orderStates(order, items).includes(state),
      ),
      next: next.every((position) => position === 'end') ? undefined : next,
    };
  },

  async withReference(reference, { limit, from = '' }) {
    const found = await table.query(referencePartition(reference), from || ' ', ANY_UUID, limit + 1);
    const orders = await readAll(table, new Set(found.slice(0, limit).map(({ sk }) => sk)));
    return {
      // The record of an earlier reference stays until it expires.
      orders: orders.filter(({ order }) => order.reference === reference),
      next: found[limit]?.sk,
    };
  },
});

/** Where the next page continues in a partition. */
const positionAfter = ({ found, position, readTo }: Shard): ShardPosition =>
  found.length > 0 ? position : readTo;

/** Takes the earliest entries of all partitions. Reads further where a partition may hold an earlier one. */
const takeEarliest = async (
  shards: readonly Shard[],
  limit: number,
  read: (shard: Shard, entries: number) => Promise<void>,
): Promise<readonly DueKey[]> => {
  const taken: DueKey[] = [];
  let rounds = 0;
  while (taken.length < limit) {
    const first = earliestOf(shards);
    const unread = shards.filter((shard) => mayPrecede(shard, first?.found[0]));
    if (unread.length > 0) {
      if (rounds > FURTHER_READS.rounds) break;
      const entries = rounds === 0 ? limit : FURTHER_READS.entries;
      await Promise.all(unread.map((shard) => read(shard, entries)));
      rounds++;
    } else {
      const entry = first?.found.shift();
      if (!first || !entry) break;
      first.position = positionOf(entry);
      taken.push(entry);
    }
  }
  return taken;
};

/** The partition with the earliest entry that was read and not taken. */
const earliestOf = (shards: readonly Shard[]): Shard | undefined =>
  shards
    .filter(({ found }) => found.length > 0)
    .toSorted((a, b) => ((a.found[0]?.dueAt ?? '') < (b.found[0]?.dueAt ?? '') ? -1 : 1))[0];

/** Whether the unread rest of a partition may hold an earlier entry than the given one. */
const mayPrecede = ({ found, readTo }: Shard, entry: DueKey | undefined): boolean => {
  if (found.length > 0 || readTo === 'end') return false;
  return entry === undefined || readTo === 'start' || readTo.dueAt < entry.dueAt;
};

/** Reads orders with their items, in this order. */
const readAll = (table: Table, orderUuids: ReadonlySet<string>): Promise<readonly StoredSummary[]> =>
  Promise.all(
    [...orderUuids].map(async (orderUuid) => {
      const { pk } = orderKey(orderUuid);
      const rows = await table.query(pk, STATE_RANGE.from, STATE_RANGE.to);
      return {
        order: toOrder(
          orderUuid,
          rows.find(({ sk }) => sk === RECORD.order),
        ),
        items: rows.filter(({ sk }) => sk !== RECORD.order).map(toItem),
      };
    }),
  );
