import { randomUUID } from 'node:crypto';
import { PARTITION } from '../contracts/table.ts';
import { DAY_IN_SECONDS, type Instant } from '../domain/time.ts';
import { expiry, RECORD_VERSION } from './records.ts';
import type { Table } from './table.ts';

const KEPT_IN_SECONDS = 14 * DAY_IN_SECONDS;

export interface QuarantineStore {
  /** Keeps a body as it came, and why it could not be used. */
  keep(body: string, reason: string, now: Instant): Promise<void>;
}

/** The quarantine in the table, one partition a day. */
export const quarantineStore = (table: Table): QuarantineStore => ({
  async keep(body, reason, now) {
    await table.put({
      put: {
        pk: `${PARTITION.quarantine}${now.slice(0, 10)}`,
        sk: `${now}#${randomUUID()}`,
        v: RECORD_VERSION,
        receivedAt: now,
        reason,
        body,
        expiresAt: expiry(now, KEPT_IN_SECONDS),
      },
    });
  },
});
