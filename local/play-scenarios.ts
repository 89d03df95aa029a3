import { setTimeout as sleep } from 'node:timers/promises';
import { describeEvent } from './event-log.ts';
import { runSteps } from './listr.ts';
import { awaitEvents, createOrder, type Stage, takeSteps } from './scenarios/play.ts';
import type { ScenarioResult } from './scenarios/results-table.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { differences } from './scenarios/verdict.ts';

/** Long enough to receive an event that is published twice or should not be published at all. */
const QUIET_TIME_IN_SECONDS = 5;

/** Plays all scenarios at the same time, shows every event as it arrives, and returns what differs from the expected. */
export const playScenarios = async (
  scenarios: readonly Scenario[],
  stage: Stage,
): Promise<readonly ScenarioResult[]> => {
  const orderUuids = new Map<Scenario, string>();

  const playOne = async (scenario: Scenario, say: (line: string) => void): Promise<void> => {
    const order = await createOrder(scenario, stage);
    orderUuids.set(scenario, order.uuid);
    const unlisten = stage.log.listen(({ event }) => {
      if (event.data.orderUuid === order.uuid) say(describeEvent(event));
    });
    try {
      await takeSteps(scenario, order, stage);
      await awaitEvents(scenario, order.uuid, stage);
    } finally {
      unlisten();
    }
    const result = await judge(scenario, order.uuid, stage);
    if (result.differences.length > 0) throw new Error(result.differences.join('; '));
  };

  await runSteps([
    {
      title: 'Play the scenarios',
      concurrent: true,
      // One scenario that fails does not end the others; the closing table shows its differences.
      mayFail: true,
      steps: scenarios.map((scenario) => ({
        title: scenario.title,
        run: ({ say }) => playOne(scenario, say),
      })),
    },
    {
      title: `Wait ${QUIET_TIME_IN_SECONDS} s for unexpected events`,
      run: () => sleep(QUIET_TIME_IN_SECONDS * 1000, undefined, { signal: stage.signal }),
    },
  ]);

  return Promise.all(
    scenarios.map((scenario) => {
      const orderUuid = orderUuids.get(scenario);
      return orderUuid === undefined ? notStarted(scenario) : judge(scenario, orderUuid, stage);
    }),
  );
};

const notStarted = ({ title }: Scenario): ScenarioResult => ({
  title,
  received: [],
  differences: ['the order could not be created or tracked; the list above shows the error'],
});

const judge = async (scenario: Scenario, orderUuid: string, stage: Stage): Promise<ScenarioResult> => {
  const order = await stage.simulator.order(orderUuid);
  const received = stage.log.ofOrder(orderUuid);
  const itemUuids = order.items.map(({ uuid }) => uuid);
  const events = received.map(({ event }) => event);
  return { title: scenario.title, order, received, differences: differences(scenario, itemUuids, events) };
};

/** One sentence for each event of an order that no scenario created. */
export const unexpectedEvents = (results: readonly ScenarioResult[], stage: Stage): string[] => {
  const known = new Set(results.map(({ order }) => order?.uuid));
  return stage.log.all
    .filter(({ event }) => !known.has(event.data.orderUuid))
    .map(({ event }) => `received ${event.type} with id ${event.id}, of an order that no scenario created`);
};
