import type { Outbox, OwedEvent } from '../domain/ports.ts';
import { present, type Row, type Table } from './table.ts';

/** Reads the record of an event. */
export const toOwedEvent = ({ pk, sk, body, toldAt }: Row): OwedEvent => ({
  key: { pk, sk },
  body: body as string,
  ...(toldAt !== undefined && { toldAt: toldAt as string }),
});

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
