import type { Settings } from '../contracts/settings.ts';
import type { Webhook } from '../contracts/webhook.ts';
import { dueLane } from '../domain/due.ts';
import { type Instant, plusSeconds } from '../domain/time.ts';
import { expiry, HISTORY_IN_SECONDS, padVersion, RECORD_VERSION, webhookKey } from './records.ts';
import { absent, below, type Table } from './table.ts';

/** A repeated delivery asks for another look only when the last one was asked for so long ago. */
const REPEAT_AFTER_IN_SECONDS = 60;

export interface WebhookStore {
  /** @returns whether this webhook was new */
  store(webhook: Webhook, now: Instant): Promise<boolean>;
}

/** The webhooks in the table: one record for each item, version and status. */
export const webhookStore = (
  table: Table,
  settings: Pick<Settings, 'rescueMarginInSeconds'>,
): WebhookStore => ({
  async store(webhook, now) {
    const identity = {
      orderUuid: webhook.order_uuid.toLowerCase(),
      itemUuid: webhook.order_item_uuid.toLowerCase(),
      version: webhook.order_item_version,
      status: webhook.order_item_status,
    };
    const key = webhookKey(identity);
    const asked = {
      requestedAt: now,
      nextTryAt: now,
      tries: 0,
      troubles: 0,
      due: dueLane('RESCUE', identity.orderUuid),
      dueAt: plusSeconds(now, settings.rescueMarginInSeconds),
      expiresAt: expiry(now, HISTORY_IN_SECONDS),
    };
    const isNew = await table.put({
      put: {
        ...key,
        v: RECORD_VERSION,
        itemUuid: identity.itemUuid,
        status: identity.status,
        version: padVersion(identity.version),
        webhook,
        receivedAt: now,
        deliveries: 1,
        ...asked,
      },
      condition: [[absent('pk')]],
    });
    if (isNew) return true;
    const askedAgain = await table.update({
      key,
      set: asked,
      remove: ['outcome', 'outcomeAt', 'firstUnknownAt', 'claims'],
      add: { deliveries: 1 },
      condition: [[below('requestedAt', plusSeconds(now, -REPEAT_AFTER_IN_SECONDS))]],
    });
    if (!askedAgain) await table.update({ key, add: { deliveries: 1 } });
    return false;
  },
});
