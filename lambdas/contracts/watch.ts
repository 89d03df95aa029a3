/**
 * The numbered contract between the watch-item state machine and check-item. Running executions keep
 * the definition they were started with for weeks, while the code behind them changes: a new shape is
 * a new number, and check-item goes on understanding the old ones.
 */
export const WATCH_CONTRACT = 1;

/** What an execution is started with, and what it hands to check-item at every wake. */
export interface WatchInput {
  readonly contract: typeof WATCH_CONTRACT;
  readonly orderUuid: string;
  readonly itemUuid: string;
  /** The watch ends as superseded once the item is in a later round … */
  readonly round: number;
  /** … or its round has a later attempt. */
  readonly attempt: number;
  /** When to wake: ISO 8601 in UTC, such as `2026-11-24T10:00:00.000Z`. */
  readonly nextCheckAt: string;
  /** How many waits in a row were caused by provider trouble. */
  readonly troubles: number;
  /** How often the execution has woken. Absent at its start. */
  readonly checks?: number;
}

/** check-item's decision: go on waiting until `nextCheckAt`, or end. */
export const CHECK_DECISION = {
  /** Wait until `nextCheckAt`, then check again. */
  wait: 'wait',
  /** Nothing is left to watch, or the reconciler has taken over. */
  done: 'done',
  /** Another watch follows this item now. */
  superseded: 'superseded',
} as const;

/** One of {@link CHECK_DECISION}. */
export type CheckDecision = (typeof CHECK_DECISION)[keyof typeof CHECK_DECISION];

/** What check-item answers: the input of the next turn, and the decision. */
export interface CheckResult extends WatchInput {
  readonly decision: CheckDecision;
}

/**
 * Name of a watch. It is deterministic, so that a redelivered stream record starts nothing twice.
 * The same item under two orders is two watches. Step Functions allows 80 characters: 53 are taken,
 * which leaves 27 digits for round and attempt.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export const watchName = (watch: Pick<WatchInput, 'orderUuid' | 'itemUuid' | 'round' | 'attempt'>): string =>
  `watch-${watch.itemUuid}-${watch.orderUuid.slice(0, 8)}-${watch.round}-${watch.attempt}`;
