import { type Lane, SHARDS } from '../contracts/table.ts';

/** The index partition of a lane in which an order is due. */
export const lanePartition = (lane: Lane, orderUuid: string): string =>
  `${lane}#${(Number.parseInt(orderUuid.replaceAll('-', '').slice(-4), 16) || 0) % SHARDS}`;

/** Every index partition of a lane. */
export const lanePartitions = (lane: Lane): string[] =>
  Array.from({ length: SHARDS }, (_, shard) => `${lane}#${shard}`);
