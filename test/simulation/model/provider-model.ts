import type { Provider } from '../../../lambdas/application/ports.ts';
import type { ProviderAnswer } from '../../../lambdas/domain/provider-answer.ts';
import { parseSnapshot, type Snapshot } from '../../../lambdas/domain/snapshot.ts';
import type { Agenda } from '../../platform/agenda.ts';
import type { Log } from '../../platform/context.ts';
import type { Fault, Faults } from '../engine/faults.ts';
import type { FaultyEnvironment } from '../engine/faulty-environment.ts';
import type { Random } from '../engine/random.ts';
import { Episodes } from './episodes.ts';
import { type ItemScript, type OrderScript, type Step, stepAt } from './order-script.ts';
import type { Outage } from './outages.ts';

/** One GET, as only the provider knows it; one with the answer `paused` was not sent. */
export interface Get {
  readonly orderUuid: string;
  readonly sentAt: number;
  answeredAt: number;
  answer: ProviderAnswer['kind'];
  /** The status of each item in the answer. */
  readonly showed: Map<string, string>;
}

/** The body of an answer. */
interface OrderBody {
  readonly uuid: string;
  readonly identifier: string;
  readonly date: string;
  readonly status: string;
  readonly items: readonly unknown[];
}

/** How an item was shown last. It is shown as the same object until something about it changes. */
interface ShownItem {
  readonly step: Step;
  readonly edition: ItemScript['vouchers'][number] | undefined;
  readonly body: unknown;
}

/** The longest `Retry-After` that pauses an environment. */
const MAX_PAUSE_IN_SECONDS = 900;

/** A replica that lags behind shows what was true up to so long ago; the design relies on less than a minute. */
const MAX_LAG_IN_MILLISECONDS = 55_000;

/** Faults after which there is no usable answer, in the order in which they are drawn. */
const FAILURES: readonly { readonly fault: Fault; readonly cause: string }[] = [
  { fault: 'provider 401', cause: 'http_401' },
  { fault: 'provider 5xx', cause: 'http_502' },
  { fault: 'provider timeout', cause: 'timeout' },
  { fault: 'provider garbage', cause: 'unreadable' },
];

export interface ProviderModelOptions {
  readonly orders: readonly OrderScript[];
  readonly outages: readonly Outage[];
  readonly agenda: Agenda;
  readonly faults: Faults;
  readonly log: Log;
  readonly random: Random;
  readonly timeoutInSeconds: number;
}

/** The provider: it shows each order as its script says, unless something goes wrong. */
export class ProviderModel {
  readonly gets: Get[] = [];
  readonly episodes: Episodes;
  readonly #options: ProviderModelOptions;
  readonly #orders: ReadonlyMap<string, OrderScript>;
  readonly #lastRead = new Map<
    string,
    { readonly body: OrderBody; readonly snapshot: Snapshot | undefined }
  >();
  readonly #lastShown = new Map<ItemScript, ShownItem>();
  /** How often the body of an order was shown. */
  readonly #shown = new Map<string, number>();

  constructor(options: ProviderModelOptions) {
    const { orders, faults, agenda } = options;
    this.#options = options;
    this.#orders = new Map(orders.map((order) => [order.orderUuid, order]));
    this.episodes = new Episodes(faults, () => agenda.now);
  }

  /**
   * The provider as one execution environment reaches it: a 429 with `Retry-After` pauses all requests of it. `onGet` hears
   * of every request, sent or not.
   */
  portOf(environment: FaultyEnvironment, onGet: (get: Get) => void): Provider {
    const { agenda, faults, log, random, timeoutInSeconds } = this.#options;
    let pausedUntil = 0;
    return {
      getOrder: async (orderUuid) => {
        const retryAfterInSeconds = (pausedUntil - agenda.now) / 1000;
        if (retryAfterInSeconds > 0) {
          const now = agenda.now;
          onGet({ orderUuid, sentAt: now, answeredAt: now, answer: 'paused', showed: new Map() });
          log(orderUuid, () => `provider: is not asked for ${retryAfterInSeconds} s`);
          return { kind: 'paused', cause: 'retry_after', retryAfterInSeconds };
        }
        const get: Get = {
          orderUuid,
          sentAt: agenda.now,
          answeredAt: Number.POSITIVE_INFINITY,
          answer: 'failure',
          showed: new Map(),
        };
        this.gets.push(get);
        onGet(get);
        const latency = faults.strikes('provider slow')
          ? random.integer(500, 2 * timeoutInSeconds * 1000)
          : random.integer(30, 300);
        await environment.read(() => undefined);
        await agenda.after(latency / 2);
        const answer = this.#answer(orderUuid, get);
        const timedOut = answer.kind === 'failure' && answer.cause === 'timeout';
        await environment.call(() => undefined, timedOut ? timeoutInSeconds * 1000 : latency / 2);
        get.answeredAt = agenda.now;
        get.answer = answer.kind;
        if (answer.kind === 'failure' && answer.cause === 'http_429') {
          const pause = Math.min(answer.retryAfterInSeconds ?? 0, MAX_PAUSE_IN_SECONDS);
          pausedUntil = Math.max(pausedUntil, agenda.now + pause * 1000);
        }
        log(orderUuid, () => `provider: answers ${describe(answer, get)}`);
        return answer;
      },
    };
  }

  #answer(orderUuid: string, get: Get): ProviderAnswer {
    const failure = this.#failure();
    if (failure) return failure;
    const { agenda, faults } = this.#options;
    const lag = faults.strikes('provider stale')
      ? faults.random('provider stale').integer(1, MAX_LAG_IN_MILLISECONDS)
      : 0;
    const order = this.#orders.get(orderUuid);
    const time = agenda.now - lag;
    if (!order || order.createdAt > time || this.episodes.strikes('provider 404', orderUuid)) {
      return { kind: 'unknown' };
    }
    const snapshot = this.#read(this.#body(order, time));
    if (!snapshot) return { kind: 'failure', cause: 'unreadable' };
    for (const { itemUuid, status } of snapshot.items) get.showed.set(itemUuid, status);
    return { kind: 'order', snapshot };
  }

  #failure(): ProviderAnswer | undefined {
    const { agenda, faults, outages } = this.#options;
    if (outages.some(({ from, until }) => from <= agenda.now && agenda.now < until)) {
      faults.count('provider outage');
      return { kind: 'failure', cause: 'http_503' };
    }
    for (const { fault, cause } of FAILURES) if (faults.strikes(fault)) return { kind: 'failure', cause };
    if (!faults.strikes('provider 429')) return undefined;
    const random = faults.random('provider 429');
    return {
      kind: 'failure',
      cause: 'http_429',
      ...(random.chance(0.7) && { retryAfterInSeconds: random.pick([1, 30, 120, 900, 3600]) }),
    };
  }

  /** Reads a body, unless the last one of the order was the same: most are. */
  #read(body: OrderBody): Snapshot | undefined {
    const last = this.#lastRead.get(body.uuid);
    const isSame =
      last?.body.status === body.status &&
      last.body.items.length === body.items.length &&
      last.body.items.every((item, index) => item === body.items[index]);
    if (isSame) return last.snapshot;
    const snapshot = parseSnapshot(body);
    this.#lastRead.set(body.uuid, { body, snapshot });
    return snapshot;
  }

  #body(order: OrderScript, time: number): OrderBody {
    const shown = (this.#shown.get(order.orderUuid) ?? 0) + 1;
    this.#shown.set(order.orderUuid, shown);
    const items = order.items.flatMap(
      (item) => this.#item(order, item, isStuck(item, shown) ? order.createdAt : time) ?? [],
    );
    return {
      uuid: order.orderUuid,
      identifier: order.identifier,
      date: this.#lastRead.get(order.orderUuid)?.body.date ?? dateOf(order),
      status: items.every((item) => (item as { status?: string }).status === 'OK') ? 'OK' : 'PENDING',
      items: this.episodes.strikes('provider no items', order.orderUuid) ? [] : items,
    };
  }

  #item({ orderUuid }: OrderScript, item: ItemScript, time: number): unknown {
    const step = stepAt(item, time);
    if (!step || this.episodes.strikes('provider item missing', orderUuid, item.itemUuid)) return undefined;
    if (this.episodes.strikes('provider item garbled', orderUuid, item.itemUuid)) {
      const random = this.#options.faults.random('provider item garbled');
      return random.pick([null, 'text', {}, { uuid: item.itemUuid, status: null }, { status: step.status }]);
    }
    const edition = item.vouchers.findLast(({ at }) => at <= time);
    const last = this.#lastShown.get(item);
    if (last?.step === step && last.edition === edition) return last.body;
    const body = {
      uuid: item.itemUuid,
      status: step.status,
      product: item.product,
      vouchers: step.status === 'OK' ? (edition?.urls ?? []).map((url) => ({ url })) : null,
      cancellation_reason: item.cancellationReason ?? null,
    };
    this.#lastShown.set(item, { step, edition, body });
    return body;
  }
}

const isStuck = ({ isStuckOn }: ItemScript, shown: number): boolean =>
  isStuckOn !== undefined && isStuckOn === (shown % 2 === 1 ? 'odd' : 'even');

const dateOf = ({ createdAt }: OrderScript): string =>
  new Date(createdAt).toISOString().replace(/\.\d+Z$/, '+0000');

const describe = (answer: ProviderAnswer, { showed }: Get): string => {
  if (answer.kind === 'failure' || answer.kind === 'paused') return answer.cause;
  if (answer.kind === 'unknown') return '404';
  return (
    [...showed].map(([itemUuid, status]) => `${itemUuid.slice(0, 4)} ${status}`).join(', ') || 'no items'
  );
};
