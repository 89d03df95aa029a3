import { setTimeout as sleep } from 'node:timers/promises';
import { describeEvent } from './event-log.ts';
import { runSteps } from './listr.ts';
import { awaitEvents, beginScenario, type Stage } from './scenarios/play.ts';
import type { ScenarioResult } from './scenarios/results-table.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { differences } from './scenarios/verdict.ts';

/** Long enough for a second publication, or one that should not be, to show itself. */
const QUIET_IN_SECONDS = 5;

/** Plays all scenarios at once, showing each message as it arrives, and judges what came. */
export const playScenarios = async (
  scenarios: readonly Scenario[],
  stage: Stage,
): Promise<readonly ScenarioResult[]> => {
  const orderUuids = new Map<Scenario, string>();

  const playOne = async (scenario: Scenario, say: (line: string) => void): Promise<void> => {
    const { uuid } = await beginScenario(scenario, stage);
    orderUuids.set(scenario, uuid);
    const unlisten = stage.log.listen(({ event }) => {
      if (event.data.orderUuid === uuid) say(describeEvent(event));
    });
    try {
      await awaitEvents(scenario, uuid, stage);
    } finally {
      unlisten();
    }
    const { differences: found } = await judge(scenario, uuid, stage);
    if (found.length > 0) throw new Error(found.join('; '));
  };

  await runSteps([
    {
      title: 'Play the scenarios',
      concurrent: true,
      // The closing table tells what failed, and why; the other scenarios go on.
      mayFail: true,
      steps: scenarios.map((scenario) => ({
        title: scenario.title,
        run: ({ say }) => playOne(scenario, say),
      })),
    },
    {
      title: `Wait ${QUIET_IN_SECONDS} s for anything that should not come`,
      run: () => sleep(QUIET_IN_SECONDS * 1000, undefined, { signal: stage.signal }),
    },
  ]);

  return Promise.all(
    scenarios.map((scenario) => {
      const orderUuid = orderUuids.get(scenario);
      return orderUuid === undefined ? notBegun(scenario) : judge(scenario, orderUuid, stage);
    }),
  );
};

const notBegun = ({ title }: Scenario): ScenarioResult => ({
  title,
  received: [],
  differences: ['it could not begin; the list above says why'],
});

const judge = async (scenario: Scenario, orderUuid: string, stage: Stage): Promise<ScenarioResult> => {
  const order = await stage.simulator.order(orderUuid);
  const received = stage.log.ofOrder(orderUuid);
  const itemUuids = order.items.map(({ uuid }) => uuid);
  const events = received.map(({ event }) => event);
  return { title: scenario.title, order, received, differences: differences(scenario, itemUuids, events) };
};

/** Messages about orders that no scenario has. */
export const strayEvents = (results: readonly ScenarioResult[], stage: Stage): string[] => {
  const known = new Set(results.map(({ order }) => order?.uuid));
  return stage.log.all
    .filter(({ event }) => !known.has(event.data.orderUuid))
    .map(({ event }) => `received ${event.id}, ${event.type}, of an order that no scenario has`);
};
