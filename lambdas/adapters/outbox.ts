import type { Outbox } from '../domain/ports.ts';
import { present, type Table } from './table.ts';

/** The outbox in the table. */
export const outbox = (table: Table): Outbox => ({
  async markPublished(key, at) {
    await table.update({
      key,
      set: { publishedAt: at },
      remove: ['due', 'dueAt', 'claims'],
      condition: [[present('pk')]],
    });
  },
});
