import { METRIC } from '../contracts/metrics.ts';
import type { Settings } from '../contracts/settings.ts';
import { CLOCKS } from '../contracts/table.ts';
import {
  initialWatchState,
  MAX_LISTED_ITEMS,
  type OpenItem,
  WATCH_DECISION,
  type WatchDecision,
  type WatchResult,
  type WatchState,
} from '../contracts/watch.ts';
import { isTracked } from '../domain/item-transitions.ts';
import type { ItemState, OrderState } from '../domain/model.ts';
import { nextItemCheck } from '../domain/next-check.ts';
import { DAY_IN_SECONDS, type Instant, secondsBetween } from '../domain/time.ts';
import type { RefreshDependencies } from './ports.ts';
import { type RefreshedOrder, refreshOrder } from './refresh-order.ts';

/**
 * An execution may have 25,000 history events. After this number of turns, most of which make a check, it hands over to a
 * new execution.
 */
const MAX_CHECKS = 500;
/** An execution may run for a year. After so long it hands over to a new one. */
const MAX_AGE_IN_SECONDS = 300 * DAY_IN_SECONDS;

/**
 * One turn of an order's watch: checks the order if it is due, and decides whether the watch goes on. The same turn may be
 * repeated by the platform: then nothing is due any more, and the answer is the same.
 */
export const checkOrder = async (
  state: WatchState,
  dependencies: RefreshDependencies,
): Promise<WatchResult> => {
  const { telemetry, settings, clock } = dependencies;
  const { orderUuid, generation, nextCheckAt: plannedAt } = state;
  const checks = state.checks + 1;
  telemetry.measure(METRIC.watchChecks, checks);
  const mustHandOver =
    checks >= MAX_CHECKS || secondsBetween(state.startedAt, clock.now()) >= MAX_AGE_IN_SECONDS;
  const refreshed = await refreshOrder(
    { orderUuid, plannedAt, watch: { generation, mustHandOver } },
    dependencies,
  );
  return {
    ...state,
    checks,
    nextCheckAt: refreshed.order.nextCheckAt ?? plannedAt,
    openItems: listOpenItems(refreshed, settings),
    decision: decide(refreshed.order, generation),
  };
};

const decide = (order: OrderState, generation: number): WatchDecision => {
  if (order.generation !== generation) return WATCH_DECISION.superseded;
  return order.nextCheckAt && order.clock === CLOCKS.watch ? WATCH_DECISION.wait : WATCH_DECISION.done;
};

/** The open items of an order, for people who look at its execution. */
const listOpenItems = ({ order, items }: RefreshedOrder, settings: Settings): OpenItem[] =>
  items
    .filter(isTracked)
    .slice(0, MAX_LISTED_ITEMS)
    .map((item) => ({
      itemUuid: item.itemUuid,
      status: item.status,
      confirmBy: item.confirmBy,
      nextCheckAt: nextItemCheck(item, order, settings),
    }));

/**
 * What the watch of an order is started with.
 *
 * @returns `undefined` when no watch is the order's clock
 */
export const watchStateOf = (
  order: OrderState,
  items: readonly ItemState[],
  startedAt: Instant,
  settings: Settings,
): WatchState | undefined => {
  const { orderUuid, generation, nextCheckAt, clock } = order;
  if (!nextCheckAt || clock !== CLOCKS.watch) return undefined;
  const openItems = listOpenItems({ order, items }, settings);
  return initialWatchState({ orderUuid, generation, nextCheckAt, startedAt, openItems });
};
