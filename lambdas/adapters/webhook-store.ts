import type { WebhookStore } from '../application/ports.ts';
import type { Settings } from '../contracts/settings.ts';
import type { HintOutcome } from '../domain/model.ts';
import { plusSeconds } from '../domain/time.ts';
import { freshHint, padVersion, webhookKey } from './records.ts';
import { absent, anyOf, below, equal, present, type Table } from './table.ts';

/**
 * A repeated webhook requests another check only if the last request is older than this, or an untrack request has
 * withdrawn the webhook.
 */
const REPEAT_AFTER_IN_SECONDS = 60;

const WITHDRAWN: HintOutcome = 'withdrawn';

/** The webhooks in the table: one record for each item, version and status. */
export const webhookStore = (
  table: Table,
  settings: Pick<Settings, 'rescueMarginInSeconds'>,
): WebhookStore => ({
  async store(webhook, now) {
    const orderUuid = webhook.order_uuid.toLowerCase();
    const itemUuid = webhook.order_item_uuid.toLowerCase();
    const { order_item_version: version, order_item_status: status } = webhook;
    const key = webhookKey({ orderUuid, itemUuid, version, status });
    const requested = freshHint(orderUuid, now, settings);
    const isNew = await table.put({
      put: {
        ...key,
        itemUuid,
        status,
        version: padVersion(version),
        webhook,
        receivedAt: now,
        deliveries: 1,
        ...requested,
      },
      condition: absent('pk'),
    });
    if (isNew) return true;
    const requestsAgain = await table.update({
      key,
      set: requested,
      remove: ['outcome', 'outcomeAt', 'firstAnswerAt', 'rescueCount'],
      add: { deliveries: 1 },
      condition: anyOf(
        below('requestedAt', plusSeconds(now, -REPEAT_AFTER_IN_SECONDS)),
        equal('outcome', WITHDRAWN),
      ),
    });
    if (requestsAgain) return false;
    // An update of a record that has expired meanwhile would create one without the webhook.
    if (await table.update({ key, add: { deliveries: 1 }, condition: present('pk') })) return false;
    throw new Error('The record of the webhook expired while it was repeated; the sender tries again.');
  },
});
