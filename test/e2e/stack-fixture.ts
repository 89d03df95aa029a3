import { afterAll, beforeAll, expect, inject, vi } from 'vitest';
import { EMULATOR_CREDENTIALS } from '../../clients/local-stack.ts';
import { OrdersClient } from '../../clients/orders-client.ts';
import { EventQueue, type ReceivedEvent } from '../../local/event-queue.ts';
import { SimulatorClient } from '../../local/provider-simulator/simulator-client.ts';

/** The deployed stack as a partner sees it, with a subscriber that remembers everything it got. */
export interface StackFixture {
  readonly simulator: SimulatorClient;
  readonly orders: OrdersClient;
  /** Everything published about an order so far, in the order of its arrival. */
  eventsOf(orderUuid: string): readonly ReceivedEvent[];
  /** Types of the item's events so far; without an item, of all the order's. */
  typesOf(orderUuid: string, itemUuid?: string): readonly string[];
}

/** How long something may take that takes a second or two when nothing else runs. */
const PATIENCE = { timeout: 45_000, interval: 100 };

/** Waits until an assertion holds. */
export const eventually = <Result>(assertion: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(assertion, PATIENCE);

/** Subscribes a queue to the topic for the tests of a file. */
export const useStack = (): StackFixture => {
  const { endpoint, region, outputs, simulatorControlUrl } = inject('localStack');
  const received: ReceivedEvent[] = [];
  const abort = new AbortController();
  let receiving: Promise<void> | undefined;

  beforeAll(async () => {
    const queue = await EventQueue.subscribe(endpoint, outputs.TopicArn);
    receiving = (async () => {
      for await (const event of queue.receive(abort.signal)) received.push(event);
    })();
  });

  afterAll(async () => {
    abort.abort();
    await receiving;
  });

  const eventsOf = (orderUuid: string) => received.filter(({ event }) => event.data.orderUuid === orderUuid);

  return {
    simulator: new SimulatorClient(simulatorControlUrl),
    orders: new OrdersClient(outputs.OrdersUrl, EMULATOR_CREDENTIALS, region),
    eventsOf,
    typesOf: (orderUuid, itemUuid) =>
      eventsOf(orderUuid)
        .filter(({ event }) => !itemUuid || event.subject === `${orderUuid}/${itemUuid}`)
        .map(({ event }) => event.type),
  };
};

/** What a subscriber must never see: two messages of one id that differ, or a number out of order. */
export const expectConsistent = (events: readonly ReceivedEvent[]): void => {
  const bodies = new Map<string, string>();
  for (const { event } of events) {
    const body = JSON.stringify(event);
    expect(bodies.get(event.id) ?? body).toBe(body);
    bodies.set(event.id, body);
  }
};
