import { randomUUID } from 'node:crypto';
import { AccessTokens } from './access-tokens.ts';
import { FaultPlans } from './faults.ts';
import type { OrderRecord, RequestRecord } from './records.ts';
import type { DeliveryMode, OrderScript, SimulatorSettings, Step } from './script.ts';
import { newOrder, type SimulatedItem, type SimulatedOrder, takeStep } from './simulated-order.ts';
import { Timers } from './timers.ts';
import { type WebhookBody, webhookBody } from './webhook-body.ts';
import { WebhookSender } from './webhook-sender.ts';

/** What the provider gives to a partner. */
export interface ProviderAccess {
  readonly application: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const DEFAULT_SETTINGS: SimulatorSettings = {
  webhook: null,
  resendAfterSeconds: [1, 2, 4, 8],
  tokenLifetimeInSeconds: 3600,
  clientSecret: null,
};

/** The only product type that triggers webhooks. */
const STANDARD_ACTIVITY = 'musement';

/** The state of the simulated provider: orders, faults, tokens, webhooks and the requests so far. */
export class Simulator {
  readonly access: ProviderAccess;
  readonly tokens = new AccessTokens();
  readonly faults = new FaultPlans();
  readonly requests: RequestRecord[] = [];
  readonly now: () => number;
  readonly #orders = new Map<string, SimulatedOrder>();
  readonly #timers = new Timers();
  readonly #webhooks: WebhookSender;
  #settings: SimulatorSettings;

  constructor(
    options: {
      readonly access?: Partial<ProviderAccess>;
      readonly settings?: Partial<SimulatorSettings>;
      readonly now?: () => number;
    } = {},
  ) {
    this.access = {
      application: 'local-simulator',
      clientId: 'local-partner',
      clientSecret: randomUUID(),
      ...options.access,
    };
    this.now = options.now ?? Date.now;
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.#webhooks = new WebhookSender(() => this.#settings, this.#timers, this.now);
  }

  get settings(): SimulatorSettings {
    return this.#settings;
  }

  configure(changes: Partial<SimulatorSettings>): void {
    this.#settings = { ...this.#settings, ...changes };
  }

  /** Creates an order and starts the timelines of its items. */
  createOrder(script: OrderScript): SimulatedOrder {
    const order = newOrder(script, this.now());
    this.#orders.set(order.uuid, order);
    order.items.forEach((item, index) => {
      const timeline = script.items[index]?.timeline ?? [];
      const [first, ...later] = timeline;
      if (first?.afterSeconds === 0) this.#begin(order, item, first);
      else if (first) this.#schedule(order, item, first);
      for (const step of later) this.#schedule(order, item, step);
    });
    return order;
  }

  findOrder(uuid: string): SimulatedOrder | undefined {
    return this.#orders.get(uuid.toLowerCase());
  }

  findItem(orderUuid: string, itemUuid: string): SimulatedItem | undefined {
    return this.findOrder(orderUuid)?.items.find(({ uuid }) => uuid === itemUuid.toLowerCase());
  }

  /** Adds a step to an item. */
  addStep(order: SimulatedOrder, item: SimulatedItem, step: Step): void {
    if (step.afterSeconds === 0) this.#take(order, item, step);
    else this.#schedule(order, item, step);
  }

  /** Whether the provider sends webhooks about this item. */
  hasWebhook(item: SimulatedItem): boolean {
    return this.#settings.webhook !== null && item.product.type === STANDARD_ACTIVITY;
  }

  /** Sends a webhook about the item's current state, with changed fields where a test needs them. */
  sendWebhook(
    order: SimulatedOrder,
    item: SimulatedItem,
    mode: DeliveryMode = 'sent',
    changes: Partial<WebhookBody> = {},
  ): void {
    this.#webhooks.send({ ...webhookBody(order, item), ...changes }, mode);
  }

  record(order: SimulatedOrder): OrderRecord {
    return {
      uuid: order.uuid,
      identifier: order.identifier,
      items: order.items.map(({ uuid, product, history }) => ({ uuid, title: product.title, history })),
      deliveries: this.#webhooks.deliveries.filter(({ orderUuid }) => orderUuid === order.uuid),
      gets: this.requests
        .filter(({ endpoint, orderUuid }) => endpoint === 'order' && orderUuid === order.uuid)
        .map(({ at }) => at),
    };
  }

  /** Stops all timelines and the delivery of all webhooks. */
  close(): void {
    this.#timers.clear();
    this.#webhooks.close();
  }

  /** A first step at 0 seconds is the item's state at its creation, not a change. */
  #begin(order: SimulatedOrder, item: SimulatedItem, step: Step): void {
    takeStep(item, step, this.now());
    item.history.shift();
    this.#announce(order, item, step);
  }

  #schedule(order: SimulatedOrder, item: SimulatedItem, step: Step): void {
    this.#timers.after(step.afterSeconds, () => this.#take(order, item, step));
  }

  #take(order: SimulatedOrder, item: SimulatedItem, step: Step): void {
    if (takeStep(item, step, this.now())) this.#announce(order, item, step);
  }

  #announce(order: SimulatedOrder, item: SimulatedItem, step: Step): void {
    if (item.product.type === STANDARD_ACTIVITY) this.sendWebhook(order, item, step.webhook ?? 'sent');
  }
}
