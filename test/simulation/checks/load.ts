import { PARTITION } from '../../../lambdas/contracts/table.ts';
import { DAY, HOUR } from '../model/order-script.ts';
import type { World } from '../world.ts';
import { hintsOf } from './values.ts';

/** Step Functions ends an execution at 25,000; an execution of a month stays far below. */
const MAX_HISTORY_EVENTS = 2000;

/** 24 are planned. Unanswered checks and a grace for payment add a few. */
const MAX_CHECKS_OF_DEADLINE = 24 + 3;

/** Requests about one order in any hour, hints aside: early checks of open items, of vouchers, and after failures. */
const MAX_GETS_AN_HOUR = 40;
/**
 * Hints of one order share their checks only in part, if they do not come at the same time. A webhook that comes again
 * begins its list of checks again.
 */
const MAX_GETS_OF_DELIVERY = 2;

/**
 * During an outage an order is asked for after 0.5, 1, 2, 4, 8 and then every 15 minutes, hourly after two hours and
 * daily after a week, however many items it has. Jitter makes the gaps of hours and days a fifth shorter. Processes that
 * die before they write their failure ask a few times more.
 */
const outageBound = (hours: number): number => {
  const [short, hourly, daily] = [2, 7 * 24, Number.POSITIVE_INFINITY];
  const between = (from: number, until: number): number => Math.max(Math.min(hours, until) - from, 0);
  return 12 + 4 * between(0, short) + 1.25 * between(short, hourly) + (1.25 / 24) * between(hourly, daily);
};

/** Nobody is asked more than was promised. */
export const checkLoad = (world: World): void => {
  const { workflows, provider, violations } = world;
  for (const { name, input, historyEvents } of workflows.executions.values()) {
    if (historyEvents > MAX_HISTORY_EVENTS) {
      violations.add('no execution grows long', input.orderUuid, `${name}: ${historyEvents} events`);
    }
  }
  checkSchedule(world);
  const gets = Map.groupBy(provider.gets, ({ orderUuid }) => orderUuid);
  for (const [orderUuid, list] of gets) {
    checkGets(
      world,
      orderUuid,
      list.map(({ sentAt }) => sentAt),
    );
  }
};

/** Items share the checks of their order, so that an order has no more than its items would have alone. */
const checkSchedule = ({ writes, violations }: World): void => {
  for (const [orderUuid, checks] of writes.scheduledChecks) {
    const deadlines = writes.deadlines.get(orderUuid) ?? 0;
    if (checks > MAX_CHECKS_OF_DEADLINE * deadlines) {
      violations.add(
        'at most 24 scheduled checks of an item and deadline',
        orderUuid,
        `${checks} checks, ${deadlines} deadlines`,
      );
    }
  }
};

const checkGets = (
  { table, providerOutages, violations }: World,
  orderUuid: string,
  times: readonly number[],
): void => {
  const hints = hintsOf(table, `${PARTITION.order}${orderUuid}`);
  const busiest = Math.max(...times.map((time, index) => countUntil(times, index, time + HOUR)));
  const deliveries = hints.reduce((sum, hint) => sum + ((hint['deliveries'] as number | undefined) ?? 1), 0);
  if (busiest > MAX_GETS_AN_HOUR + MAX_GETS_OF_DELIVERY * deliveries) {
    violations.add('the provider is not overloaded', orderUuid, `${busiest} GETs in an hour`);
  }
  for (const { from, until } of providerOutages) {
    const count = times.filter((time) => time >= from && time < until).length;
    // News is asked about although the provider fails, once each.
    const news = hints.filter(({ requestedAt }) => {
      const at = Date.parse(requestedAt as string);
      return at >= from - DAY && at < until;
    }).length;
    const bound = outageBound((until - from) / HOUR) + news;
    if (count > bound) {
      violations.add(
        'an outage does not multiply requests',
        orderUuid,
        `${count} GETs, at most ${Math.round(bound)}`,
      );
    }
  }
};

const countUntil = (times: readonly number[], start: number, end: number): number => {
  let index = start;
  while (index < times.length && (times[index] as number) < end) index++;
  return index - start;
};
