import { type Lane, SHARDS } from '../contracts/table.ts';

/** Index partition of a lane for one order. */
export const dueLane = (lane: Lane, orderUuid: string): string =>
  `${lane}#${(Number.parseInt(orderUuid.replaceAll('-', '').slice(-4), 16) || 0) % SHARDS}`;

/** Every index partition of a lane. */
export const lanePartitions = (lane: Lane): string[] =>
  Array.from({ length: SHARDS }, (_, shard) => `${lane}#${shard}`);
