import type { DueStore, DueTask, RecordKey } from '../application/ports.ts';
import type { Settings } from '../contracts/settings.ts';
import { RECORD, TABLE } from '../contracts/table.ts';
import { rescueBackoff } from '../domain/rescue.ts';
import { earliest, type Instant, plusSeconds } from '../domain/time.ts';
import { orderUuidOf, readRescueCount, toEvent, toOrder } from './records.ts';
import { equal, type Row, type Table } from './table.ts';

/** The index of {@link DueStore} in the table. */
export const dueStore = (table: Table, settings: Settings): DueStore => ({
  async due(partition, now, limit) {
    const records = await table.queryDue(partition, now, limit);
    return records.map(({ pk, sk, dueAt }) => ({ key: { pk, sk }, dueAt }));
  },

  async claim({ key, dueAt }, now) {
    const row = await table.get(key);
    // The index lags behind the table.
    if (row?.[TABLE.dueAt] !== dueAt) return undefined;
    const rescueCount = readRescueCount(row) + 1;
    const claimed = await table.update({
      key,
      set: { rescueCount, dueAt: plusSeconds(now, rescueBackoff(rescueCount, settings)) },
      condition: equal(TABLE.dueAt, dueAt),
    });
    return claimed && { orderUuid: orderUuidOf(key), rescueCount, task: taskOf(key, claimed, now) };
  },
});

/** What to do about a claimed record. A refresh gets the planned time, so that a host with a slow clock checks at once. */
const taskOf = (key: RecordKey, row: Row, now: Instant): DueTask => {
  if (key.sk.startsWith(RECORD.event)) return { kind: 'publish', event: toEvent(row) };
  const orderUuid = orderUuidOf(key);
  const nextCheckAt = key.sk === RECORD.order ? toOrder(orderUuid, row).nextCheckAt : undefined;
  const plannedAt = nextCheckAt && earliest(nextCheckAt, now);
  return { kind: 'refresh', message: { orderUuid, plannedAt } };
};
