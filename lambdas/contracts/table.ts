/** Names of the table's attributes and indexes that infrastructure, adapters and tools share. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds after which DynamoDB may delete the record. */
  timeToLive: 'expiresAt',
  /** Sparse: holds the keys of every record that needs attention at a known time. */
  dueIndex: 'due-index',
  /** Partition key of the index of what is due: `RESCUE#<shard>` or `FOLLOW_UP#<shard>`. */
  due: 'due',
  /** Sort key of the index of what is due: ISO 8601 in UTC. */
  dueAt: 'dueAt',
  /** Local and sparse: holds the unresolved hints of an order, sorted by {@link TABLE.unresolvedSince}. */
  unresolvedIndex: 'unresolved-index',
  /** Of an unresolved hint: when a check was last requested. */
  unresolvedSince: 'unresolvedSince',
  /** Of a hint: when a check was last requested. A new value is a request for a check. */
  requestedAt: 'requestedAt',
  /** Of an order: when it is checked next. Absent when nothing is left to check. */
  nextCheckAt: 'nextCheckAt',
  /** Of an order: what makes the next check happen, see {@link CLOCKS}. */
  clock: 'clock',
  /** Of an order: a new value starts a new watch. */
  generation: 'generation',
  /** Of a due record: how often the reconciler has claimed it since the last success. Part of the index of what is due. */
  rescueCount: 'rescueCount',
  /** Of a due order: the states that it is listed by, see {@link ORDER_STATES}. Part of the index of what is due. */
  states: 'states',
  /**
   * Of an order: its generation, in the commit that raised it. The next commit leaves it out, so that the filter of the
   * stream can tell the few commits that start a watch from the many that do not.
   */
  newGeneration: 'newGeneration',
} as const;

/** What makes an order's next check happen: its watch (a Step Functions execution), or the reconciler. */
export const CLOCKS = { watch: 'watch', reconciler: 'reconciler' } as const;

/** One of {@link CLOCKS}. */
export type Clock = (typeof CLOCKS)[keyof typeof CLOCKS];

/**
 * The states that orders can be listed by. A due order stores all that apply except `parked`, which follows from the
 * rescue count of any of its records.
 */
export const ORDER_STATES = ['open', 'overdue', 'unconfirmed', 'failing', 'parked'] as const;

/** One of {@link ORDER_STATES}. */
export type OrderListState = (typeof ORDER_STATES)[number];

/** What the sort keys of an order's records begin with. */
export const RECORD = {
  order: 'ORDER',
  item: 'ITEM#',
  webhook: 'WEBHOOK#',
  track: 'TRACK#',
  /** An untrack request. */
  untrack: 'UNTRACK#',
  check: 'CHECK#',
  /** A request to the provider to send an item's webhook again. */
  notification: 'ASKED#',
  event: 'EVENT#',
} as const;

/** What the partition keys begin with. */
export const PARTITION = {
  order: 'ORDER#',
  /** The records that find the orders with a reference. */
  reference: 'REFERENCE#',
  quarantine: 'QUARANTINE#',
  /** Counts the bodies that the quarantine took on one day. */
  quarantineCount: 'QUARANTINE-COUNT#',
} as const;

/** The two lanes of the index of what is due, in the order in which the reconciler takes them: follow-ups never delay a rescue. */
export const LANES = ['RESCUE', 'FOLLOW_UP'] as const;

/** One of {@link LANES}. */
export type Lane = (typeof LANES)[number];

/** Number of index partitions of one lane. */
export const SHARDS = 16;
