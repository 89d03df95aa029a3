import * as z from 'zod/mini';
import { envelope, HISTORY_IN_SECONDS, notificationKey, ofKnownVersion } from './records.ts';
import type { Table } from './table.ts';

/** A request to the provider to send an item's webhook again, and what it answered. */
const notificationSchema = z.object({
  askedAt: z.string(),
  outcome: z.enum(['accepted', 'no_webhook', 'unknown', 'failure']),
});

type SentNotification = Readonly<z.infer<typeof notificationSchema>>;

/** Remembers requests to send a webhook again, so that a rejected one is not repeated. */
export interface Notifications {
  last(orderUuid: string, itemUuid: string): Promise<SentNotification | undefined>;
  remember(orderUuid: string, itemUuid: string, notification: SentNotification): Promise<void>;
}

/** The notifications in the table: the last one of each item. */
export const notifications = (table: Table): Notifications => ({
  async last(orderUuid, itemUuid) {
    const row = await table.get(notificationKey(orderUuid, itemUuid));
    return row && notificationSchema.parse(ofKnownVersion(row));
  },
  async remember(orderUuid, itemUuid, notification) {
    await table.put({
      put: {
        ...notificationKey(orderUuid, itemUuid),
        ...envelope(notification.askedAt, HISTORY_IN_SECONDS),
        ...notification,
      },
    });
  },
});
