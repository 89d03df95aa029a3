import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { MAX_BODY_BYTES } from '../application/http.ts';
import type { QuarantineStore } from '../application/ports.ts';
import { PARTITION } from '../contracts/table.ts';
import { DAY_IN_SECONDS, type Instant, plusSeconds } from '../domain/time.ts';
import { EVERY_SORT_KEY, envelope, ofKnownVersion } from './records.ts';
import { absent, anyOf, below, present, type Row, type Table } from './table.ts';

const KEPT_IN_SECONDS = 14 * DAY_IN_SECONDS;

/** With 64 KiB each, less than a gigabyte in all, so that a caller with valid credentials cannot fill the table. */
const MAX_BODIES_PER_DAY = 1000;

const quarantinedSchema = z.object({
  /** When it came, and a UUID: the record's sort key. */
  id: z.string(),
  receivedAt: z.string(),
  /** Why it was rejected. */
  reason: z.string(),
  /**
   * The body as text, or in base64 where `encoding` says so because it is not UTF-8. Absent when it was too long to be
   * kept.
   */
  body: z.optional(z.string()),
  /** Size of a body that was not kept. */
  bodyBytes: z.optional(z.number()),
  encoding: z.optional(z.literal('base64')),
  /** When it was sent again, unchanged or corrected. */
  replayedAt: z.optional(z.string()),
  /** When somebody decided that it cannot be repaired. */
  dismissedAt: z.optional(z.string()),
});

/** A webhook that was rejected although its credentials were right. */
export type QuarantinedWebhook = Readonly<z.infer<typeof quarantinedSchema>>;

/** What operators do with webhooks in quarantine. */
export interface Quarantine {
  /** All of them, oldest first. */
  list(now: Instant): Promise<readonly QuarantinedWebhook[]>;
  /** @returns `undefined` when there is none with this id */
  read(id: string): Promise<QuarantinedWebhook | undefined>;
  markReplayed(id: string, now: Instant): Promise<void>;
  markDismissed(id: string, now: Instant): Promise<void>;
}

const partitionOf = (at: string): string => `${PARTITION.quarantine}${at.slice(0, 10)}`;

/** The quarantine of {@link Quarantine} in the table. */
export const quarantine = (table: Table): Quarantine => {
  const mark = async (id: string, set: Readonly<Record<string, Instant>>): Promise<void> => {
    await table.update({ key: { pk: partitionOf(id), sk: id }, set, condition: present('pk') });
  };
  return {
    async list(now) {
      const days = Array.from({ length: KEPT_IN_SECONDS / DAY_IN_SECONDS + 1 }, (_, day) =>
        plusSeconds(now, -day * DAY_IN_SECONDS),
      ).reverse();
      const rows = await Promise.all(
        days.map((day) => table.query(partitionOf(day), EVERY_SORT_KEY.from, EVERY_SORT_KEY.to)),
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
  quarantinedSchema.parse({ ...ofKnownVersion(row), id: row.sk });

/** The quarantine of {@link QuarantineStore} in the table: one partition for each day. */
export const quarantineStore = (table: Table): QuarantineStore => ({
  async keep(body, reason, now) {
    const marks = envelope(now, KEPT_IN_SECONDS);
    const hasRoom = await table.update({
      key: { pk: `${PARTITION.quarantineCount}${now.slice(0, 10)}`, sk: 'COUNT' },
      add: { taken: 1 },
      set: marks,
      condition: anyOf(absent('taken'), below('taken', MAX_BODIES_PER_DAY)),
    });
    if (!hasRoom) return false;
    return await table.put({
      put: {
        pk: partitionOf(now),
        sk: `${now}#${randomUUID()}`,
        ...marks,
        receivedAt: now,
        reason,
        ...contentOf(body),
      },
    });
  },
});

const contentOf = (body: Buffer): Pick<QuarantinedWebhook, 'body' | 'bodyBytes' | 'encoding'> => {
  if (body.length > MAX_BODY_BYTES) return { bodyBytes: body.length };
  return isUtf8(body)
    ? { body: body.toString('utf8') }
    : { body: body.toString('base64'), encoding: 'base64' };
};
