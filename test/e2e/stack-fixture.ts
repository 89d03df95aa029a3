import { afterAll, beforeAll, expect, inject, vi } from 'vitest';
import { EMULATOR_CREDENTIALS } from '../../clients/local-stack.ts';
import { OrdersClient } from '../../clients/orders-client.ts';
import { EventQueue, type ReceivedEvent } from '../../local/event-queue.ts';
import { SimulatorClient } from '../../local/provider-simulator/simulator-client.ts';

/** The deployed stack as a partner sees it, with a subscriber that remembers every event it receives. */
export interface StackFixture {
  readonly simulator: SimulatorClient;
  readonly orders: OrdersClient;
  /** The events of an order so far, in the order in which they arrived. */
  eventsOf(orderUuid: string): readonly ReceivedEvent[];
  /** The types of an item's events so far; without an item, of all events of the order. */
  typesOf(orderUuid: string, itemUuid?: string): readonly string[];
}

/** On an idle machine almost every condition holds within a second or two. */
const PATIENCE = { timeout: 45_000, interval: 100 };

/** Waits until an assertion holds. */
export const eventually = <Result>(
  assertion: () => Result | Promise<Result>,
  timeout = PATIENCE.timeout,
): Promise<Result> => vi.waitFor(assertion, { ...PATIENCE, timeout });

/** Subscribes a queue to the topic for the tests of a file. */
export const useStack = (): StackFixture => {
  const { endpoint, region, outputs, simulatorControlUrl } = inject('localStack');
  const received: ReceivedEvent[] = [];
  const abort = new AbortController();
  let queue: EventQueue;
  let receiving: Promise<void>;

  beforeAll(async () => {
    queue = await EventQueue.subscribe(endpoint, outputs.TopicArn);
    receiving = (async () => {
      for await (const event of queue.receive(abort.signal)) received.push(event);
    })();
  });

  afterAll(async () => {
    abort.abort();
    await receiving;
    await queue.unsubscribe();
    await queue.remove();
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

/** Asserts that messages with the same id are equal, so that a subscriber can skip all but the first. */
export const expectConsistent = (events: readonly ReceivedEvent[]): void => {
  const bodies = new Map<string, string>();
  for (const { event } of events) {
    const body = JSON.stringify(event);
    expect(bodies.get(event.id) ?? body).toBe(body);
    bodies.set(event.id, body);
  }
};
