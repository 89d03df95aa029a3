import * as z from 'zod/mini';

/**
 * Version of {@link WatchState}. A running execution keeps its state and its definition for weeks, while the code behind
 * them changes with every deployment. A new shape gets a new version, and check-order goes on reading the old ones.
 */
const WATCH_STATE_VERSION = 1;

/** An open item, as it is shown in the Step Functions console. */
const openItemSchema = z.object({
  itemUuid: z.string(),
  status: z.string(),
  /** The item's deadline: ISO 8601 in UTC. */
  confirmBy: z.string(),
  /** When the item is checked next: ISO 8601 in UTC. */
  nextCheckAt: z.optional(z.string()),
});

/** The state of an execution of watch-order: its input, and what each turn passes to the next. */
export const watchStateSchema = z.object({
  version: z.literal(WATCH_STATE_VERSION),
  orderUuid: z.string(),
  /** Fencing token: a watch ends as superseded when the order has another generation. */
  generation: z.number(),
  /** When to check next: ISO 8601 in UTC, in whole seconds, because Step Functions cuts milliseconds off. */
  nextCheckAt: z.iso.datetime(),
  /** When the execution was started: ISO 8601 in UTC. */
  startedAt: z.iso.datetime(),
  /** How many checks the execution has made. */
  checks: z.number(),
  /** The open items that are still tracked, at most {@link MAX_LISTED_ITEMS}. For people only: no code reads it. */
  openItems: z.array(openItemSchema),
});

/** The state of an execution of watch-order. */
export type WatchState = z.infer<typeof watchStateSchema>;

/** One of the open items of a {@link WatchState}. */
export type OpenItem = z.infer<typeof openItemSchema>;

/** Keeps the state far below the 256 KiB that Step Functions allows. */
export const MAX_LISTED_ITEMS = 100;

/** What check-order decides at the end of a turn. */
export const WATCH_DECISION = {
  /** Wait until `nextCheckAt`, then check again. */
  wait: 'wait',
  /** Nothing is left to wait for, or the reconciler is the order's clock from now on. */
  done: 'done',
  /** A newer watch follows the order. */
  superseded: 'superseded',
} as const;

/** One of {@link WATCH_DECISION}. */
export type WatchDecision = (typeof WATCH_DECISION)[keyof typeof WATCH_DECISION];

/** What check-order answers: the state of the next turn, and the decision. */
export interface WatchResult extends WatchState {
  readonly decision: WatchDecision;
}

/** The state with which the watch of an order is started. */
export const initialWatchState = (state: Omit<WatchState, 'version' | 'checks'>): WatchState => ({
  version: WATCH_STATE_VERSION,
  checks: 0,
  ...state,
});

/**
 * Name of the execution of one order and generation. It is deterministic, so that a stream record that is delivered
 * twice starts one execution.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export const watchName = ({ orderUuid, generation }: Pick<WatchState, 'orderUuid' | 'generation'>): string =>
  `watch-${orderUuid}-${generation}`;
