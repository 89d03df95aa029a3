import type { ExtraWebhook } from './control-routes.ts';
import type { FaultPlan } from './faults.ts';
import type { OrderRecord, RequestRecord } from './records.ts';
import type { ItemOverride, OrderOverride, OrderScript, SimulatorSettings, Step } from './script.ts';
import type { WebhookBody } from './webhook-body.ts';

/** Thrown when the simulator refuses what it is told, such as a step of an order that it does not have. */
class SimulatorRefusedError extends Error {
  override readonly name = 'SimulatorRefusedError';

  constructor(call: string, status: number, answer: string) {
    super(`The provider simulator answered ${call} with ${status}: ${answer}`);
  }
}

/** Steers a running simulator from another process. */
export class SimulatorClient {
  readonly #controlUrl: string;

  /** @param controlUrl such as `http://127.0.0.1:4711/_simulator` */
  constructor(controlUrl: string) {
    this.#controlUrl = controlUrl;
  }

  /** Brings an order into being; its timelines run from now on. */
  createOrder(script: OrderScript): Promise<OrderRecord> {
    return this.#call('POST', '/orders', script);
  }

  /** The order's items with their histories, its webhooks, and the times of the `GET`s for it. */
  order(orderUuid: string): Promise<OrderRecord> {
    return this.#call('GET', `/orders/${orderUuid}`);
  }

  /** Replaces how the order is bent; `{}` straightens it. */
  overrideOrder(orderUuid: string, override: OrderOverride): Promise<void> {
    return this.#call('PUT', `/orders/${orderUuid}/override`, override);
  }

  /** Replaces how the item is bent; `{}` straightens it. */
  overrideItem(orderUuid: string, itemUuid: string, override: ItemOverride): Promise<void> {
    return this.#call('PUT', `/orders/${orderUuid}/items/${itemUuid}/override`, override);
  }

  /** Moves an item outside of its script, at once by default. */
  addStep(
    orderUuid: string,
    itemUuid: string,
    step: Omit<Step, 'afterSeconds'> & Partial<Pick<Step, 'afterSeconds'>>,
  ): Promise<void> {
    return this.#call('POST', `/orders/${orderUuid}/items/${itemUuid}/steps`, { afterSeconds: 0, ...step });
  }

  /** The body that a webhook about the item would have now, for tests that send their own. */
  webhookBody(orderUuid: string, itemUuid: string): Promise<WebhookBody> {
    return this.#call('GET', `/orders/${orderUuid}/items/${itemUuid}/webhook-body`);
  }

  /** Sends one more webhook about the item as it stands. */
  sendWebhook(orderUuid: string, itemUuid: string, webhook: ExtraWebhook = {}): Promise<void> {
    return this.#call('POST', `/orders/${orderUuid}/items/${itemUuid}/webhooks`, webhook);
  }

  /** Spoils answers to come. Name the order where other tests run at the same time. */
  planFault(plan: FaultPlan): Promise<void> {
    return this.#call('POST', '/faults', plan);
  }

  clearFaults(): Promise<void> {
    return this.#call('DELETE', '/faults');
  }

  /** Makes every access token handed out so far useless. */
  expireTokens(): Promise<void> {
    return this.#call('DELETE', '/tokens');
  }

  settings(): Promise<SimulatorSettings> {
    return this.#call('GET', '/settings');
  }

  configure(changes: Partial<SimulatorSettings>): Promise<SimulatorSettings> {
    return this.#call('PATCH', '/settings', changes);
  }

  /** Every request to the provider's side since the start: logins, orders, notifications. */
  requests(): Promise<readonly RequestRecord[]> {
    return this.#call('GET', '/requests');
  }

  async #call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.#controlUrl}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new SimulatorRefusedError(`${method} ${path}`, response.status, text);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }
}
