import type { Provider, ProviderAnswer } from '../../../lambdas/domain/ports.ts';
import { parseSnapshot, type Snapshot } from '../../../lambdas/domain/snapshot.ts';
import type { Agenda } from '../engine/agenda.ts';
import type { Environment } from '../engine/environment.ts';
import type { Fault, Faults } from '../engine/faults.ts';
import type { History } from '../engine/history.ts';
import type { Random } from '../engine/random.ts';
import { Episodes } from './episodes.ts';
import { type ItemScript, type OrderScript, type Step, stepAt } from './order-script.ts';
import type { Outage } from './outages.ts';

/** One GET, as only the provider knows it. */
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

/** How an item was shown last; it is shown as the same object until something about it changes. */
interface ShownItem {
  readonly step: Step;
  readonly edition: ItemScript['vouchers'][number] | undefined;
  readonly body: unknown;
}

/** A replica that lags behind shows what was true up to so long ago; the design relies on less than a minute. */
const LONGEST_LAG_IN_MILLISECONDS = 55_000;

/** The provider: it shows each order as its script has it, unless something goes wrong. */
export class ProviderModel {
  readonly gets: Get[] = [];
  readonly episodes: Episodes;
  readonly #orders: ReadonlyMap<string, OrderScript>;
  readonly #outages: readonly Outage[];
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #history: History;
  readonly #random: Random;
  readonly #timeoutInSeconds: number;
  readonly #lastRead = new Map<
    string,
    { readonly body: OrderBody; readonly snapshot: Snapshot | undefined }
  >();
  readonly #lastShown = new Map<ItemScript, ShownItem>();

  constructor(
    orders: readonly OrderScript[],
    outages: readonly Outage[],
    agenda: Agenda,
    faults: Faults,
    history: History,
    random: Random,
    timeoutInSeconds: number,
  ) {
    this.#orders = new Map(orders.map((order) => [order.orderUuid, order]));
    this.#outages = outages;
    this.#agenda = agenda;
    this.#faults = faults;
    this.#history = history;
    this.episodes = new Episodes(faults, () => agenda.now);
    this.#random = random;
    this.#timeoutInSeconds = timeoutInSeconds;
  }

  /** The provider as one execution environment has it; `onGet` hears of every request that was sent. */
  portOf(environment: Environment, onGet: (get: Get) => void): Provider {
    return {
      getOrder: async (orderUuid) => {
        const get: Get = {
          orderUuid,
          sentAt: this.#agenda.now,
          answeredAt: Number.POSITIVE_INFINITY,
          answer: 'trouble',
          showed: new Map(),
        };
        this.gets.push(get);
        onGet(get);
        const slow = this.#faults.strikes('provider slow');
        const latency = slow
          ? this.#random.integer(500, 2 * this.#timeoutInSeconds * 1000)
          : this.#random.integer(30, 300);
        await environment.read(() => undefined);
        await this.#agenda.after(latency / 2);
        const answer = this.#answer(orderUuid, get);
        const late = answer.kind === 'trouble' && answer.cause === 'timeout';
        await environment.call(() => undefined, late ? this.#timeoutInSeconds * 1000 : latency / 2);
        get.answeredAt = this.#agenda.now;
        get.answer = answer.kind;
        this.#history.add(orderUuid, () => `provider: answers ${describe(answer, get)}`);
        return answer;
      },
    };
  }

  #answer(orderUuid: string, get: Get): ProviderAnswer {
    const trouble = this.#trouble();
    if (trouble) return trouble;
    const stale = this.#faults.strikes('provider stale')
      ? this.#faults.random('provider stale').integer(1, LONGEST_LAG_IN_MILLISECONDS)
      : 0;
    const order = this.#orders.get(orderUuid);
    const time = this.#agenda.now - stale;
    if (!order || order.createdAt > time || this.episodes.strikes('provider 404', orderUuid))
      return { kind: 'unknown' };
    const snapshot = this.#read(this.#body(order, time));
    if (!snapshot) return { kind: 'trouble', cause: 'unreadable' };
    for (const { itemUuid, status } of snapshot.items) get.showed.set(itemUuid, status);
    return { kind: 'order', snapshot };
  }

  #trouble(): ProviderAnswer | undefined {
    const { now } = this.#agenda;
    if (this.#outages.some(({ from, until }) => from <= now && now < until)) {
      this.#faults.count('provider outage');
      return { kind: 'trouble', cause: 'http_503' };
    }
    const kinds = [
      ['provider 401', 'http_401'],
      ['provider 5xx', 'http_502'],
      ['provider timeout', 'timeout'],
      ['provider garbage', 'unreadable'],
    ] as const satisfies readonly (readonly [Fault, string])[];
    for (const [fault, cause] of kinds) if (this.#faults.strikes(fault)) return { kind: 'trouble', cause };
    if (!this.#faults.strikes('provider 429')) return undefined;
    const random = this.#faults.random('provider 429');
    return {
      kind: 'trouble',
      cause: 'http_429',
      ...(random.chance(0.7) && { retryAfterInSeconds: random.pick([1, 30, 120, 900, 3600]) }),
    };
  }

  /** Reads a body, unless the order's last one was the same: most are. */
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
    const items = order.items.flatMap((item) => this.#item(order, item, time) ?? []);
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
      const random = this.#faults.random('provider item garbled');
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

const dateOf = ({ createdAt }: OrderScript): string =>
  new Date(createdAt).toISOString().replace(/\.\d+Z$/, '+0000');

const describe = (answer: ProviderAnswer, { showed }: Get): string => {
  if (answer.kind === 'trouble') return answer.cause;
  if (answer.kind === 'unknown') return '404';
  return (
    [...showed].map(([itemUuid, status]) => `${itemUuid.slice(0, 4)} ${status}`).join(', ') || 'no items'
  );
};
