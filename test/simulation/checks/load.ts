import { RECORD } from '../../../lambdas/contracts/table.ts';
import { HOUR } from '../model/order-script.ts';
import type { World } from '../world.ts';

/** Step Functions ends an execution at 25,000; a watch stays far from it. */
const MOST_HISTORY_EVENTS = 1000;

/** 24 are planned; the verdict over an unpaid item and a deadline that moved when it became known add a few. */
const MOST_CHECKS_A_ROUND = 24 + 6;

/** Requests about one order in any hour: seven tries of each of a few hints, doubts, early checks, trouble. */
const MOST_GETS_AN_HOUR = 100;
/** Where an order of fifty items has a hundred hints within a minute, their tries fall together only in part. */
const MOST_GETS_A_HINT = 4;

/**
 * During an outage an order is asked for after 0.5, 1, 2, 4, 8 and then every 15 minutes, however many items it
 * has; hosts whose clocks differ, and those that die before they note the trouble, ask a few times more.
 */
const outageBound = (hours: number): number => 20 + 16 * hours;

/** Nobody is asked more than was promised. */
export const checkLoad = (world: World): void => {
  const { workflows, writes, provider, providerOutages, table, violations } = world;
  for (const { name, input, historyEvents } of workflows.executions.values()) {
    if (historyEvents > MOST_HISTORY_EVENTS) {
      violations.add('no execution grows long', input.orderUuid, `${name}: ${historyEvents} events`);
    }
  }
  for (const [item, checks] of writes.scheduledChecks) {
    if (checks > MOST_CHECKS_A_ROUND)
      violations.add('at most 24 scheduled checks a round', '', `${item}: ${checks}`);
  }
  const gets = Map.groupBy(provider.gets, ({ orderUuid }) => orderUuid);
  for (const [orderUuid, list] of gets) {
    const times = list.map(({ sentAt }) => sentAt);
    const busiest = Math.max(...times.map((time, index) => countUntil(times, index, time + HOUR)));
    const hints = table.partition(`ORDER#${orderUuid}`).filter(({ sk }) => isHint(sk)).length;
    if (busiest > Math.max(MOST_GETS_AN_HOUR, MOST_GETS_A_HINT * hints)) {
      violations.add('the provider is not hammered', orderUuid, `${busiest} GETs in an hour`);
    }
    for (const { from, until } of providerOutages) {
      const count = times.filter((time) => time >= from && time < until).length;
      const bound = outageBound((until - from) / HOUR);
      if (count > bound) {
        violations.add(
          'an outage does not multiply calls',
          orderUuid,
          `${count} GETs, at most ${Math.round(bound)}`,
        );
      }
    }
  }
};

export const isHint = (sk: string): boolean => sk.startsWith(RECORD.webhook) || sk.startsWith(RECORD.track);

const countUntil = (times: readonly number[], start: number, end: number): number => {
  let index = start;
  while (index < times.length && (times[index] as number) < end) index++;
  return index - start;
};
