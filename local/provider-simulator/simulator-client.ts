import type { ExtraWebhook } from './control-routes.ts';
import type { FaultPlan } from './faults.ts';
import type { OrderRecord, RequestRecord } from './records.ts';
import type { ItemOverride, OrderOverride, OrderScript, SimulatorSettings, Step } from './script.ts';
import type { WebhookBody } from './webhook-body.ts';

/** Thrown when the simulator rejects a request, such as a step of an unknown order. */
class RequestRejectedError extends Error {
  override readonly name = 'RequestRejectedError';

  constructor(call: string, status: number, answer: string) {
    super(`The provider simulator answered ${call} with ${status}: ${answer}`);
  }
}

/** Client of a running simulator's control API. */
export class SimulatorClient {
  readonly #controlUrl: string;

  /** @param controlUrl such as `http://127.0.0.1:4711/_simulator` */
  constructor(controlUrl: string) {
    this.#controlUrl = controlUrl;
  }

  /** Creates an order and starts the timelines of its items. */
  createOrder(script: OrderScript): Promise<OrderRecord> {
    return this.#call('POST', '/orders', script);
  }

  /** Reads the order's items with their histories, its webhooks and the times of its `GET` requests. */
  order(orderUuid: string): Promise<OrderRecord> {
    return this.#call('GET', `/orders/${orderUuid}`);
  }

  /** Sets the order's override; `{}` removes it. */
  overrideOrder(orderUuid: string, override: OrderOverride): Promise<void> {
    return this.#call('PUT', `/orders/${orderUuid}/override`, override);
  }

  /** Sets the item's override; `{}` removes it. */
  overrideItem(orderUuid: string, itemUuid: string, override: ItemOverride): Promise<void> {
    return this.#call('PUT', `/orders/${orderUuid}/items/${itemUuid}/override`, override);
  }

  /** Adds a step to an item, at once by default. */
  addStep(
    orderUuid: string,
    itemUuid: string,
    step: Omit<Step, 'afterSeconds'> & Partial<Pick<Step, 'afterSeconds'>>,
  ): Promise<void> {
    return this.#call('POST', `/orders/${orderUuid}/items/${itemUuid}/steps`, { afterSeconds: 0, ...step });
  }

  /** Returns the body of a webhook about the item's current state, for tests that send it themselves. */
  webhookBody(orderUuid: string, itemUuid: string): Promise<WebhookBody> {
    return this.#call('GET', `/orders/${orderUuid}/items/${itemUuid}/webhook-body`);
  }

  /** Sends another webhook about the item's current state. */
  sendWebhook(orderUuid: string, itemUuid: string, webhook: ExtraWebhook = {}): Promise<void> {
    return this.#call('POST', `/orders/${orderUuid}/items/${itemUuid}/webhooks`, webhook);
  }

  /** Plans a fault of the next answers. Name the order where other tests run at the same time. */
  planFault(plan: FaultPlan): Promise<void> {
    return this.#call('POST', '/faults', plan);
  }

  clearFaults(): Promise<void> {
    return this.#call('DELETE', '/faults');
  }

  /** Makes every access token issued so far invalid. */
  expireTokens(): Promise<void> {
    return this.#call('DELETE', '/tokens');
  }

  settings(): Promise<SimulatorSettings> {
    return this.#call('GET', '/settings');
  }

  configure(changes: Partial<SimulatorSettings>): Promise<SimulatorSettings> {
    return this.#call('PATCH', '/settings', changes);
  }

  /** Reads every request to the provider's API since the start: logins, orders, notifications. */
  requests(): Promise<readonly RequestRecord[]> {
    return this.#call('GET', '/requests');
  }

  async #call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.#controlUrl}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new RequestRejectedError(`${method} ${path}`, response.status, text);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }
}
