import { WATCH_CONTRACT, type WatchInput } from '../contracts/watch.ts';
import type { ItemState } from './model.ts';

/** What an item's watch is started with, or `undefined` when the item is not watched. */
export const watchInput = (
  orderUuid: string,
  { itemUuid, round, attempt, nextCheckAt }: ItemState,
): WatchInput | undefined =>
  nextCheckAt
    ? { contract: WATCH_CONTRACT, orderUuid, itemUuid, round, attempt, nextCheckAt, troubles: 0 }
    : undefined;
