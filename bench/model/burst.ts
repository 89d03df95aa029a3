import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EMULATOR_CREDENTIALS } from '../../clients/local-stack.ts';
import { OrdersClient } from '../../clients/orders-client.ts';
import { EventQueue, type ReceivedEvent } from '../../local/event-queue.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { DeliveryMode } from '../../local/provider-simulator/script.ts';
import { SimulatorClient } from '../../local/provider-simulator/simulator-client.ts';
import { Random } from '../../test/simulation/engine/random.ts';

const run = promisify(execFile);

/** Collects what a subscriber receives. */
export class Subscriber {
  readonly events: ReceivedEvent[] = [];
  readonly #queue: EventQueue;
  readonly #abort = new AbortController();
  readonly #receiving: Promise<void>;

  private constructor(queue: EventQueue) {
    this.#queue = queue;
    this.#receiving = this.#receive();
  }

  static async to({ endpoint, outputs }: LocalStack): Promise<Subscriber> {
    return new Subscriber(await EventQueue.subscribe(endpoint, outputs.TopicArn));
  }

  async #receive(): Promise<void> {
    for await (const event of this.#queue.receive(this.#abort.signal)) this.events.push(event);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#receiving;
    await this.#queue.unsubscribe();
    await this.#queue.remove();
  }

  /** Waits until this many different events have arrived. @returns whether they did within the given seconds */
  async until(
    count: number,
    isCounted: (event: ReceivedEvent) => boolean,
    seconds: number,
  ): Promise<boolean> {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      const ids = new Set(this.events.filter(isCounted).map(({ event }) => event.id));
      if (ids.size >= count) return true;
      await sleep(200);
    }
    return false;
  }
}

export interface BurstResult {
  readonly orders: number;
  readonly seconds: number;
  /** Final events by how often the same id arrived. */
  readonly finalEvents: number;
  readonly repeatedIds: number;
  readonly missing: number;
  readonly gets: number;
  /** Webhooks that were answered with something else than 200 and sent again. */
  readonly resentWebhooks: number;
  /** Webhooks that the provider gave up. */
  readonly givenUpWebhooks: number;
  readonly megabytes: number;
}

const ITEMS = 3;
const SHARE = { lost: 0.05, duplicated: 0.05 };

/** A provider that does not give up while this machine is busy: 17 minutes. */
const RESEND_AFTER_SECONDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** Orders that all become final at once, whose webhooks are lost, doubled or sent. */
export const burst = async (stack: LocalStack, orders: number): Promise<BurstResult> => {
  const simulator = new SimulatorClient(stack.simulatorControlUrl ?? '');
  const client = new OrdersClient(stack.outputs.OrdersUrl, EMULATOR_CREDENTIALS, stack.region);
  const subscriber = await Subscriber.to(stack);
  const random = new Random('burst');
  const modeOf = (): DeliveryMode => {
    const drawn = random.next();
    if (drawn < SHARE.lost) return 'lost';
    return drawn < SHARE.lost + SHARE.duplicated ? 'duplicated' : 'sent';
  };
  const scripts = Array.from({ length: orders }, () => Array.from({ length: ITEMS }, modeOf));
  try {
    await simulator.configure({ resendAfterSeconds: RESEND_AFTER_SECONDS });
    const began = Date.now();
    const uuids = new Set<string>();
    for (const modes of scripts) {
      const { uuid } = await simulator.createOrder({
        items: modes.map((webhook) => ({ timeline: [{ afterSeconds: 0, status: 'OK', webhook }] })),
      });
      uuids.add(uuid);
      // An order whose webhooks are all lost becomes known only by the partner's track request.
      if (modes.every((mode) => mode === 'lost')) await client.track(uuid, {});
    }
    const isFinal = ({ event }: ReceivedEvent): boolean =>
      event.type === 'order_item.ok' && uuids.has(event.data.orderUuid);
    await subscriber.until(orders * ITEMS, isFinal, 240 + orders);
    const seconds = (Date.now() - began) / 1000;
    const megabytes = await memoryOfProcesses();
    const ids = subscriber.events.filter(isFinal).map(({ event }) => event.id);
    const records = await Promise.all([...uuids].map(async (uuid) => await simulator.order(uuid)));
    const deliveries = records.flatMap((record) => record.deliveries);
    return {
      orders,
      seconds,
      finalEvents: new Set(ids).size,
      repeatedIds: ids.length - new Set(ids).size,
      missing: orders * ITEMS - new Set(ids).size,
      gets: records.reduce((sum, { gets }) => sum + gets.length, 0),
      resentWebhooks: deliveries.reduce((sum, { attempts }) => sum + Math.max(attempts.length - 1, 0), 0),
      givenUpWebhooks: deliveries.filter(({ state }) => state === 'given up').length,
      megabytes,
    };
  } finally {
    await subscriber.stop();
  }
};

/** Memory of this process and all of its descendants, the emulator and its functions among them. */
const memoryOfProcesses = async (): Promise<number> => {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,rss=']);
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = new Set([process.pid]);
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const [pid = 0, parent = 0] of processes) if (family.has(parent)) family.add(pid);
  }
  const kilobytes = processes.reduce((sum, [pid = 0, , rss = 0]) => sum + (family.has(pid) ? rss : 0), 0);
  return kilobytes / 1024;
};
