import { LANES, type Lane, SHARDS } from '../contracts/table.ts';

/** Partition of the index for what is due, spread by the order's UUID. */
export const dueLane = (lane: Lane, orderUuid: string): string =>
  `${lane}#${(Number.parseInt(orderUuid.replaceAll('-', '').slice(-4), 16) || 0) % SHARDS}`;

/** Every partition of a lane. */
export const lanePartitions = (lane: Lane): string[] =>
  Array.from({ length: SHARDS }, (_, shard) => `${lane}#${shard}`);

/** The lanes in the order in which they are worked off. */
export const LANES_BY_URGENCY: readonly Lane[] = LANES;
