import type { DynamoDBRecord } from 'aws-lambda';
import { toItem } from '../adapters/order-store.ts';
import { orderUuidOf } from '../adapters/records.ts';
import { type ChangedRecord, readChange } from '../adapters/stream.ts';
import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import type { WatchInput } from '../contracts/watch.ts';
import type { RefreshQueue, Watches } from '../domain/ports.ts';
import { watchInput } from '../domain/watch-input.ts';

export interface DispatchDependencies {
  readonly queue: RefreshQueue;
  readonly watches: Watches;
  readonly settings: Pick<Settings, 'gatherInSeconds'>;
}

/**
 * Passes on what a batch of the table's stream holds: one refresh message for each order with new hints, one
 * execution for each item with a new round or attempt. It calls nothing outside.
 */
export const dispatchChanges = async (
  records: readonly DynamoDBRecord[],
  { queue, watches, settings }: DispatchDependencies,
): Promise<void> => {
  const changes = records.map(readChange);
  const orders = new Set(changes.flatMap((change) => orderToRefresh(change) ?? []));
  await queue.send(
    [...orders].map((orderUuid) => ({ orderUuid, reason: 'hint', delayInSeconds: settings.gatherInSeconds })),
  );
  await Promise.all(changes.flatMap((change) => watchToStart(change) ?? []).map(watches.start));
};

/** A look is asked for by a new hint, and by a repeated delivery that made its hint due again. */
const orderToRefresh = ({ before, after }: ChangedRecord): string | undefined => {
  if (!after?.['due'] || !(after.sk.startsWith(RECORD.webhook) || after.sk.startsWith(RECORD.track))) {
    return undefined;
  }
  return before?.['requestedAt'] === after['requestedAt'] ? undefined : orderUuidOf(after);
};

const watchToStart = ({ before, after }: ChangedRecord): WatchInput | undefined => {
  if (!after?.sk.startsWith(RECORD.item)) return undefined;
  if (before?.['round'] === after['round'] && before?.['attempt'] === after['attempt']) return undefined;
  return watchInput(orderUuidOf(after), toItem(after));
};
