/** Names of the table's attributes and index that infrastructure, adapters and tools share. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds after which DynamoDB may delete the record. */
  timeToLive: 'expiresAt',
  /** Sparse: holds the keys of every record that needs attention at a known time. */
  dueIndex: 'due-index',
  /** Partition key of the index: `RESCUE#<shard>` or `CARE#<shard>`. */
  due: 'due',
  /** Sort key of the index: ISO 8601 in UTC. */
  dueAt: 'dueAt',
  /** Of a hint: when a look was asked for last. A change of it is a request for a look. */
  requestedAt: 'requestedAt',
  /** Of an item: when its watch checks it next. An item that has it is watched. */
  nextCheckAt: 'nextCheckAt',
} as const;

/** What the sort keys of an order's records begin with. */
export const RECORD = {
  order: 'ORDER',
  item: 'ITEM#',
  webhook: 'WEBHOOK#',
  track: 'TRACK#',
  check: 'CHECK#',
  /** A request to the provider to send an item's webhook again. Sorts before the ranges that a look reads. */
  asked: 'ASKED#',
  event: 'EVENT#',
} as const;

/** What the partition keys begin with. */
export const PARTITION = {
  order: 'ORDER#',
  quarantine: 'QUARANTINE#',
  /** How many bodies a day's quarantine took. */
  quarantineCount: 'QUARANTINE-COUNT#',
} as const;

/** The two lanes of the index. A backlog of care never delays a rescue. */
export const LANES = ['RESCUE', 'CARE'] as const;

/** One of {@link LANES}. */
export type Lane = (typeof LANES)[number];

/** Number of partitions that a lane is spread over. */
export const SHARDS = 16;
