import { DAY_IN_SECONDS, type Instant } from '../domain/time.ts';
import type { NotifyAnswer } from './musement-provider.ts';
import { askedKey, expiry, RECORD_VERSION } from './records.ts';
import type { Table } from './table.ts';

const KEPT_IN_SECONDS = 90 * DAY_IN_SECONDS;

/** A request to the provider to send an item's webhook again, and what it answered. */
interface Notification {
  readonly askedAt: Instant;
  readonly outcome: NotifyAnswer['kind'];
}

/** What was asked of the provider, remembered so that a refusal is not repeated. */
export interface Notifications {
  last(orderUuid: string, itemUuid: string): Promise<Notification | undefined>;
  remember(orderUuid: string, itemUuid: string, notification: Notification): Promise<void>;
}

/** The notifications in the table: the last one of each item. */
export const notifications = (table: Table): Notifications => ({
  async last(orderUuid, itemUuid) {
    const row = await table.get(askedKey(orderUuid, itemUuid));
    return row && (row as unknown as Notification);
  },
  async remember(orderUuid, itemUuid, notification) {
    await table.put({
      put: {
        ...askedKey(orderUuid, itemUuid),
        v: RECORD_VERSION,
        expiresAt: expiry(notification.askedAt, KEPT_IN_SECONDS),
        ...notification,
      },
    });
  },
});
