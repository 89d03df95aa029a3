import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventLog } from '../../local/event-log.ts';
import { createOrder, type Stage, takeSteps } from '../../local/scenarios/play.ts';
import type { Scenario } from '../../local/scenarios/scenario.ts';
import { startReceiver, startSimulator } from './simulator-fixture.ts';

type Steps = Scenario['items'][number]['steps'];

const step = (status: string, afterSeconds = 0) => ({ afterSeconds, status });

const playing = (...steps: Steps): Scenario => ({
  title: 'Confirmed later',
  items: [{ product: {}, steps, events: [] }],
  settledEvents: 1,
});

const PENDING_THEN_OK = playing(step('PENDING'), step('OK'));

let simulator: Awaited<ReturnType<typeof startSimulator>>;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
/** The status that the stack has stored, by item. */
let stored: Map<string, string>;
let abort: AbortController;

beforeEach(async () => {
  receiver = await startReceiver();
  simulator = await startSimulator({ webhook: receiver.target });
  stored = new Map();
  abort = new AbortController();
});
afterEach(() => abort.abort());

const stage = (): Stage => ({
  simulator: simulator.client,
  orders: {
    track: vi.fn(async () => new Response('{}', { status: 202 })),
    read: async () =>
      Response.json({ items: [...stored].map(([itemUuid, status]) => ({ itemUuid, status })) }),
  },
  log: new EventLog(),
  signal: abort.signal,
});

/** Starts the scenario and returns what a test can observe of it. */
const start = async (scenario: Scenario) => {
  const order = await createOrder(scenario, stage());
  const steps = takeSteps(scenario, order, stage());
  steps.catch(() => undefined);
  const itemUuid = order.items[0]?.uuid ?? '';
  const history = async () =>
    (await simulator.client.order(order.uuid)).items[0]?.history.map(({ status }) => status);
  return { orderUuid: order.uuid, itemUuid, steps, history };
};

/** Longer than the player needs to take a step that it does not wait for. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 400));

describe('the steps of a scenario', () => {
  it('are taken after the stack has requested the order and stored the step before', async () => {
    const { orderUuid, itemUuid, steps, history } = await start(PENDING_THEN_OK);
    await pause();
    expect(await history()).toEqual(['PENDING']);
    await simulator.get(orderUuid);
    await pause();
    expect(await history()).toEqual(['PENDING']);
    stored.set(itemUuid, 'PENDING');
    await steps;
    expect(await history()).toEqual(['PENDING', 'OK']);
  });

  it('are not taken while a webhook of the order is being delivered', async () => {
    await simulator.client.configure({ webhook: { ...receiver.target, url: 'http://127.0.0.1:9' } });
    const { orderUuid, itemUuid, steps, history } = await start(PENDING_THEN_OK);
    await simulator.get(orderUuid);
    stored.set(itemUuid, 'PENDING');
    await pause();
    expect(await history()).toEqual(['PENDING']);
    await simulator.client.configure({ webhook: receiver.target });
    await steps;
    expect(await history()).toEqual(['PENDING', 'OK']);
  });

  it('start without waiting when the first one is not the status at creation', async () => {
    const { steps, history } = await start(playing(step('OK', 0.1)));
    await steps;
    expect(await history()).toEqual(['PENDING', 'OK']);
  });

  it('end when the player is stopped', async () => {
    const { steps } = await start(PENDING_THEN_OK);
    abort.abort();
    await expect(steps).rejects.toThrow(/abort/i);
  });
});

const tracked = { ...PENDING_THEN_OK, tracked: true };

it('the order of a scenario is tracked with the time of payment where the scenario says so', async () => {
  const { orders, ...others } = stage();
  const order = await createOrder(tracked, { orders, ...others });
  expect(orders.track).toHaveBeenCalledExactlyOnceWith(order.uuid, {
    paidAt: expect.stringMatching(/Z$/),
    reference: `booking-${order.identifier}`,
  });
});

it('a track request that was rejected is reported', async () => {
  const { orders, ...others } = stage();
  const track = async () => new Response('{"message":"no"}', { status: 403 });
  const rejected = createOrder(tracked, { ...others, orders: { ...orders, track } });
  await expect(rejected).rejects.toThrow('The track request was answered with 403: {"message":"no"}');
});
