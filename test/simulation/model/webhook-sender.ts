import type { Webhook } from '../../../lambdas/contracts/webhook.ts';
import type { Agenda } from '../../platform/agenda.ts';
import type { Faults } from '../engine/faults.ts';
import type { Random } from '../engine/random.ts';
import { DAY, HOUR, type ItemScript, MINUTE, type OrderScript, SECOND, type Step } from './order-script.ts';

/** Delivers one webhook. @returns the HTTP status, or `undefined` when there was no answer */
type Deliver = (body: string) => Promise<number | undefined>;

/** When a webhook that was not accepted is sent again; the provider documents no schedule. */
const REPEATS = [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR];

const WRONG_STATUSES = ['OK', 'KO', 'REFUNDED', 'PENDING', 'REFUND_STARTED', 'CANCELLATION_ERROR', 'ON_HOLD'];

export interface WebhookSenderOptions {
  readonly orders: readonly OrderScript[];
  readonly agenda: Agenda;
  readonly faults: Faults;
  readonly random: Random;
  readonly deliver: Deliver;
}

/** The provider's webhooks of one world. */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  /** The last webhook of each order. */
  readonly #last = new Map<string, string>();

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  /** Plans the webhooks of every step of every item. */
  schedule(): void {
    const { orders, agenda, faults, random } = this.#options;
    for (const order of orders) {
      for (const item of order.items.filter(({ sendsWebhooks }) => sendsWebhooks)) {
        for (const step of item.steps) {
          if (faults.strikes('webhook early')) {
            const early = faults.random('webhook early').logNormal(HOUR, 2 * DAY);
            agenda.at(step.at - early, () => void this.#send(order.orderUuid, webhook(order, item, step)));
          }
          agenda.at(step.at + random.integer(20, 5 * SECOND), () => void this.#announce(order, item, step));
        }
      }
    }
  }

  /** A check is running: perhaps the provider sends a webhook again right now. */
  duringCheck(orderUuid: string): void {
    const last = this.#last.get(orderUuid);
    if (last && this.#options.faults.strikes('webhook during a check')) void this.#options.deliver(last);
  }

  async #announce(order: OrderScript, item: ItemScript, step: Step): Promise<void> {
    const { agenda, faults, random, deliver } = this.#options;
    const body = webhook(order, item, step);
    if (faults.strikes('webhook with a wrong status')) {
      const status = faults.random('webhook with a wrong status').pick(WRONG_STATUSES);
      void deliver(webhook(order, item, { ...step, status, version: step.version + random.integer(0, 1) }));
    }
    if (faults.strikes('webhook malformed')) {
      void deliver(random.pick(['{', '[]', body.replace('"OK"', '7')]));
    }
    if (faults.strikes('webhook lost')) return;
    if (faults.strikes('webhook late')) {
      await agenda.after(faults.random('webhook late').logNormal(10 * MINUTE, DAY));
    }
    if (faults.strikes('webhook doubled')) {
      const again = faults.random('webhook doubled').logNormal(SECOND, HOUR);
      agenda.at(agenda.now + again, () => void deliver(body));
    }
    for (const pause of REPEATS) {
      if ((await this.#send(order.orderUuid, body)) === 200) return;
      await agenda.after(pause);
    }
  }

  #send(orderUuid: string, body: string): Promise<number | undefined> {
    this.#last.set(orderUuid, body);
    return this.#options.deliver(body);
  }
}

/** The body of a webhook. */
export const webhook = (order: OrderScript, item: ItemScript, step: Step): string => {
  const time = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, '+0000');
  return JSON.stringify({
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
  } satisfies Webhook);
};
