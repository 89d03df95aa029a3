import { setTimeout as sleep } from 'node:timers/promises';
import type { OrdersClient } from '../../clients/orders-client.ts';
import type { EventLog } from '../event-log.ts';
import type { OrderRecord } from '../provider-simulator/records.ts';
import type { SimulatorClient } from '../provider-simulator/simulator-client.ts';
import type { Scenario } from './scenario.ts';
import { isComplete } from './verdict.ts';

/** How long after the provider's last step the last event may come. */
const PATIENCE_IN_SECONDS = 30;

const LOOK_EVERY_IN_MS = 100;

/** A deployed stack, as a scenario needs it. */
export interface Stage {
  readonly simulator: SimulatorClient;
  readonly orders: OrdersClient;
  readonly log: EventLog;
  readonly signal: AbortSignal;
}

/** Lets the provider begin the order and, where the scenario says so, has it tracked. */
export const beginScenario = async (scenario: Scenario, stage: Stage): Promise<OrderRecord> => {
  const order = await stage.simulator.createOrder(scenario.order);
  if (scenario.tracked) {
    const answer = await stage.orders.track(order.uuid, {
      paidAt: new Date().toISOString(),
      reference: `booking-${order.identifier}`,
    });
    if (answer.status !== 202) {
      throw new Error(`Tracking the order was answered with ${answer.status}: ${await answer.text()}`);
    }
  }
  return order;
};

/** Waits until as many events have come as the scenario expects, or none can be hoped for any more. */
export const awaitEvents = async (scenario: Scenario, orderUuid: string, stage: Stage): Promise<void> => {
  const steps = scenario.order.items.flatMap(({ timeline }) => timeline);
  const lastStepInSeconds = Math.max(...steps.map(({ afterSeconds }) => afterSeconds));
  const deadline = Date.now() + (lastStepInSeconds + PATIENCE_IN_SECONDS) * 1000;
  const received = () => stage.log.ofOrder(orderUuid).map(({ event }) => event);
  while (!isComplete(scenario, received()) && Date.now() < deadline) {
    await sleep(LOOK_EVERY_IN_MS, undefined, { signal: stage.signal });
  }
};
