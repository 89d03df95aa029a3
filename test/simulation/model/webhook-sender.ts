import type { Webhook } from '../../../lambdas/contracts/webhook.ts';
import type { Agenda } from '../../platform/agenda.ts';
import type { Faults } from '../engine/faults.ts';
import type { Random } from '../engine/random.ts';
import { DAY, HOUR, type ItemScript, MINUTE, type OrderScript, SECOND, type Step } from './order-script.ts';

/** Delivers one webhook. @returns the HTTP status, or `undefined` when there was no answer */
export type Deliver = (body: string) => Promise<number | undefined>;

/** When a webhook that was not confirmed is sent again; the provider documents no schedule. */
const REPEATS = [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR];

const FORGED = ['OK', 'KO', 'REFUNDED', 'PENDING', 'REFUND_STARTED', 'CANCELLATION_ERROR', 'ON_HOLD'];

/** The provider's webhooks of one world. */
export const scheduleWebhooks = (
  orders: readonly OrderScript[],
  agenda: Agenda,
  faults: Faults,
  random: Random,
  deliver: Deliver,
): void => {
  for (const order of orders) {
    for (const item of order.items.filter(({ sendsWebhooks }) => sendsWebhooks)) {
      for (const step of item.steps) {
        agenda.at(step.at + random.integer(20, 5 * SECOND), () => {
          void announce(order, item, step, agenda, faults, random, deliver);
        });
      }
    }
  }
};

const announce = async (
  order: OrderScript,
  item: ItemScript,
  step: Step,
  agenda: Agenda,
  faults: Faults,
  random: Random,
  deliver: Deliver,
): Promise<void> => {
  const body = JSON.stringify(webhook(order, item, step));
  if (faults.strikes('webhook with a wrong status')) {
    const status = faults.random('webhook with a wrong status').pick(FORGED);
    const forged = { ...step, status, version: step.version + random.integer(0, 1) };
    void deliver(JSON.stringify(webhook(order, item, forged)));
  }
  if (faults.strikes('webhook malformed')) void deliver(random.pick(['{', '[]', body.replace('"OK"', '7')]));
  if (faults.strikes('webhook lost')) return;
  if (faults.strikes('webhook late')) {
    await agenda.after(faults.random('webhook late').logNormal(10 * MINUTE, DAY));
  }
  if (faults.strikes('webhook doubled')) {
    const again = faults.random('webhook doubled').logNormal(SECOND, HOUR);
    agenda.at(agenda.now + again, () => void deliver(body));
  }
  for (const pause of REPEATS) {
    if ((await deliver(body)) === 200) return;
    await agenda.after(pause);
  }
};

const webhook = (order: OrderScript, item: ItemScript, step: Step): Webhook => {
  const time = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, '+0000');
  return {
    order_id: '13459345',
    order_uuid: step.version % 2 === 0 ? order.orderUuid : order.orderUuid.toUpperCase(),
    order_created: time(order.createdAt),
    order_updated: time(step.at),
    order_version: `${step.version + 3}`,
    order_item_uuid: item.itemUuid,
    order_item_created: time(order.createdAt),
    order_item_updated: time(step.at),
    order_item_version: `${step.version}`,
    order_item_status: step.status,
  };
};
