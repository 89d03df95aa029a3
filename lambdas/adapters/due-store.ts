import type { Settings } from '../contracts/settings.ts';
import { type Lane, RECORD } from '../contracts/table.ts';
import { claimBackOff } from '../domain/claims.ts';
import type { DueStore, DueTask, RecordKey } from '../domain/ports.ts';
import { plusSeconds } from '../domain/time.ts';
import { toItem } from './order-store.ts';
import { toOwedEvent } from './outbox.ts';
import { orderUuidOf } from './records.ts';
import { equal, type Row, type Table } from './table.ts';

type DueSettings = Pick<Settings, 'claimBackOffInSeconds' | 'hintQuickRetriesInSeconds'>;

/** What is due, in the table and its index. */
export const dueStore = (table: Table, settings: DueSettings): DueStore => ({
  async due(partition, now, limit) {
    const records = await table.queryDue(partition, now, limit);
    return records.map(({ pk, sk, dueAt }) => ({ key: { pk, sk }, dueAt }));
  },

  async claim({ key, dueAt }, lane, now) {
    const row = await table.get(key);
    if (row?.['dueAt'] !== dueAt) return undefined;
    const claims = ((row['claims'] as number | undefined) ?? 0) + 1;
    const isWatched = isItem(key) && row['nextCheckAt'] !== undefined;
    const attempt = isWatched ? (row['attempt'] as number) : undefined;
    const claimed = await table.update({
      key,
      set: {
        claims,
        dueAt: plusSeconds(now, claimBackOff(claims, settings)),
        // The watch that did not do its work may still hold the name of its attempt.
        ...(attempt !== undefined && { attempt: attempt + 1 }),
      },
      condition: [[equal('dueAt', dueAt), ...(attempt !== undefined ? [equal('attempt', attempt)] : [])]],
    });
    return claimed && { orderUuid: orderUuidOf(key), claims, task: taskOf(key, claimed, lane, settings) };
  },
});

const isItem = ({ sk }: RecordKey): boolean => sk.startsWith(RECORD.item);

const taskOf = (key: RecordKey, row: Row, lane: Lane, settings: DueSettings): DueTask => {
  if (key.sk.startsWith(RECORD.event)) {
    return { kind: 'publish', event: toOwedEvent(row) };
  }
  if (isItem(key)) {
    const item = toItem(row);
    if (item.nextCheckAt) return { kind: 'watch', item };
    return { kind: 'refresh', reason: item.overdueAt && !item.doubt ? 'overdue' : 'rescue' };
  }
  if (key.sk === RECORD.order) return { kind: 'refresh', reason: lane === 'CARE' ? 'care' : 'rescue' };
  // The later retries of a hint are the reconciler's own; the earlier ones a message should have brought.
  const isOwn = (row['tries'] as number) >= settings.hintQuickRetriesInSeconds.length;
  return { kind: 'refresh', reason: isOwn ? 'hint' : 'rescue' };
};
