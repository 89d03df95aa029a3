import type { Outbox } from '../application/ports.ts';
import { DUE_ATTRIBUTES } from './records.ts';
import { present, type Table } from './table.ts';

/** The events of {@link Outbox} in the table. */
export const outbox = (table: Table): Outbox => ({
  async markPublished(key, publishedAt) {
    await table.update({ key, set: { publishedAt }, remove: DUE_ATTRIBUTES, condition: present('pk') });
  },
});
