import { setTimeout as sleep } from 'node:timers/promises';
import type { OrdersClient } from '../../clients/orders-client.ts';
import type { EventLog } from '../event-log.ts';
import type { OrderRecord } from '../provider-simulator/records.ts';
import type { Step } from '../provider-simulator/script.ts';
import type { SimulatorClient } from '../provider-simulator/simulator-client.ts';
import type { Scenario } from './scenario.ts';
import { type ItemIds, isStored } from './stored-item.ts';
import { isComplete } from './verdict.ts';

/**
 * Longest wait for the stack to store one step or to publish the last event. It takes a second on an idle machine, and
 * took 50 seconds on two cores that 14 other programs kept busy.
 */
const MAX_WAIT_IN_SECONDS = 120;

const POLL_INTERVAL_IN_MS = 100;

/** A deployed stack, as a scenario needs it. */
export interface Stage {
  readonly simulator: Pick<SimulatorClient, 'createOrder' | 'addStep' | 'order'>;
  readonly orders: Pick<OrdersClient, 'track' | 'read'>;
  readonly log: EventLog;
  readonly signal: AbortSignal;
}

/** Creates the scenario's order at the provider and, where the scenario says so, sends a track request for it. */
export const createOrder = async (scenario: Scenario, stage: Stage): Promise<OrderRecord> => {
  const order = await stage.simulator.createOrder({
    items: scenario.items.map(({ product, steps }) => ({ product, timeline: steps.filter(isAtCreation) })),
  });
  if (scenario.tracked) {
    const answer = await stage.orders.track(order.uuid, {
      paidAt: new Date().toISOString(),
      reference: `booking-${order.identifier}`,
    });
    if (answer.status !== 202) {
      throw new Error(`The track request was answered with ${answer.status}: ${await answer.text()}`);
    }
  }
  return order;
};

const isAtCreation = ({ afterSeconds }: Step, index: number): boolean => index === 0 && afterSeconds === 0;

/** Takes the steps that follow the creation of the order, each after the stack has stored the one before. */
export const takeSteps = async (scenario: Scenario, order: OrderRecord, stage: Stage): Promise<void> => {
  await Promise.all(
    order.items.map(({ uuid }, index) =>
      takeItemSteps(scenario.items[index]?.steps ?? [], { orderUuid: order.uuid, itemUuid: uuid }, stage),
    ),
  );
};

const takeItemSteps = async (steps: readonly Step[], ids: ItemIds, stage: Stage): Promise<void> => {
  for (const [index, step] of steps.entries()) {
    if (isAtCreation(step, index)) continue;
    const before = steps[index - 1];
    if (before && !(await waitUntil(() => isStored(ids, stage), stage.signal))) {
      throw new Error(`The stack did not store the status ${before.status} within ${MAX_WAIT_IN_SECONDS} s.`);
    }
    await sleep(step.afterSeconds * 1000, undefined, { signal: stage.signal });
    await stage.simulator.addStep(ids.orderUuid, ids.itemUuid, { ...step, afterSeconds: 0 });
  }
};

/** Waits until as many events have arrived as the scenario expects, but no longer than {@link MAX_WAIT_IN_SECONDS}. */
export const awaitEvents = async (scenario: Scenario, orderUuid: string, stage: Stage): Promise<void> => {
  const received = () => stage.log.ofOrder(orderUuid).map(({ event }) => event);
  await waitUntil(async () => isComplete(scenario, received()), stage.signal);
};

/** Waits until the condition holds. Returns false when it still does not after {@link MAX_WAIT_IN_SECONDS}. */
const waitUntil = async (condition: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> => {
  const deadline = Date.now() + MAX_WAIT_IN_SECONDS * 1000;
  while (Date.now() < deadline) {
    if (await condition()) return true;
    await sleep(POLL_INTERVAL_IN_MS, undefined, { signal });
  }
  return false;
};
