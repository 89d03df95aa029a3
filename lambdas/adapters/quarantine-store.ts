import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { PARTITION } from '../contracts/table.ts';
import { DAY_IN_SECONDS, type Instant, plusSeconds } from '../domain/time.ts';
import { contentOf, expiry, RECORD_VERSION, STORY_RANGE } from './records.ts';
import { absent, below, present, type Row, type Table } from './table.ts';

const KEPT_IN_SECONDS = 14 * DAY_IN_SECONDS;

/** With 64 KiB each, less than a gigabyte in all: whoever has the credentials cannot fill the table. */
const MOST_A_DAY = 1000;

export interface QuarantineStore {
  /**
   * Keeps a body as it came, and why it could not be used.
   * @returns whether there was room for it
   */
  keep(body: Buffer, reason: string, now: Instant): Promise<boolean>;
}

/** A body in quarantine. */
export interface QuarantinedWebhook {
  /** When it came, and a UUID. */
  readonly id: string;
  readonly receivedAt: Instant;
  /** Why it could not be used. */
  readonly reason: string;
  /** The body as text; in base64 where `encoding` says so, because it is none (compressed, say, or in another charset). */
  readonly body: string;
  readonly encoding?: 'base64';
  /** When it was sent again, as it was or corrected. */
  readonly replayedAt?: Instant;
  /** When somebody decided that nothing can be made of it. */
  readonly dismissedAt?: Instant;
}

/** What operators do about the quarantine. */
export interface Quarantine {
  /** Everything that is kept, oldest first. */
  list(now: Instant): Promise<readonly QuarantinedWebhook[]>;
  /** @returns `undefined` when nothing of this id is kept */
  read(id: string): Promise<QuarantinedWebhook | undefined>;
  markReplayed(id: string, now: Instant): Promise<void>;
  markDismissed(id: string, now: Instant): Promise<void>;
}

const partitionOf = (at: string): string => `${PARTITION.quarantine}${at.slice(0, 10)}`;

/** Reads the quarantine in the table. */
export const quarantine = (table: Table): Quarantine => {
  const mark = async (id: string, set: Readonly<Record<string, Instant>>): Promise<void> => {
    await table.update({ key: { pk: partitionOf(id), sk: id }, set, condition: [[present('pk')]] });
  };
  return {
    async list(now) {
      const days = Array.from({ length: KEPT_IN_SECONDS / DAY_IN_SECONDS + 1 }, (_, day) =>
        plusSeconds(now, -day * DAY_IN_SECONDS),
      ).reverse();
      const rows = await Promise.all(
        days.map((day) => table.query(partitionOf(day), STORY_RANGE.from, STORY_RANGE.to)),
      );
      return rows.flat().map(toWebhook);
    },
    async read(id) {
      const row = await table.get({ pk: partitionOf(id), sk: id });
      return row && toWebhook(row);
    },
    markReplayed: (id, now) => mark(id, { replayedAt: now }),
    markDismissed: (id, now) => mark(id, { dismissedAt: now }),
  };
};

const toWebhook = (row: Row): QuarantinedWebhook =>
  ({ ...contentOf(row), id: row.sk }) as unknown as QuarantinedWebhook;

/** The quarantine in the table, one partition a day. */
export const quarantineStore = (table: Table): QuarantineStore => ({
  async keep(body, reason, now) {
    const expiresAt = expiry(now, KEPT_IN_SECONDS);
    const hasRoom = await table.update({
      key: { pk: `${PARTITION.quarantineCount}${now.slice(0, 10)}`, sk: 'COUNT' },
      add: { taken: 1 },
      set: { v: RECORD_VERSION, expiresAt },
      condition: [[absent('taken')], [below('taken', MOST_A_DAY)]],
    });
    if (!hasRoom) return false;
    return await table.put({
      put: {
        pk: partitionOf(now),
        sk: `${now}#${randomUUID()}`,
        v: RECORD_VERSION,
        receivedAt: now,
        reason,
        ...(isUtf8(body)
          ? { body: body.toString('utf8') }
          : { body: body.toString('base64'), encoding: 'base64' }),
        expiresAt,
      },
    });
  },
});
