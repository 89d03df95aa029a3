import type { StoredOrder } from '../domain/model.ts';
import { type CheckChange, decideOrderChange } from '../domain/order-change.ts';
import { freshHintsWaitUntil } from '../domain/provider-failure.ts';
import { type Instant, latest, toMilliseconds } from '../domain/time.ts';
import { measureCheck } from './measure-check.ts';
import type { RefreshDependencies } from './ports.ts';

/** How often a check is attempted if other writes come first. */
const MAX_ATTEMPTS = 8;

/** A request for a check. */
export interface RefreshRequest {
  readonly orderUuid: string;
  /** The time the check was planned for. It has come, even if our own clock says otherwise. */
  readonly plannedAt?: Instant | undefined;
  /** The watch that asks. If the order has another generation by now, no check is made. */
  readonly watch?: { readonly generation: number; readonly mustHandOver: boolean } | undefined;
}

/** An order as it is stored after a refresh. */
export type RefreshedOrder = Pick<StoredOrder, 'order' | 'items'>;

/**
 * Checks an order if anything of it is due: reads what is stored, asks the provider, and writes everything that follows
 * in one transaction.
 *
 * @throws {Error} when other writes came first again and again; the platform tries again
 */
export const refreshOrder = async (
  request: RefreshRequest,
  dependencies: RefreshDependencies,
): Promise<RefreshedOrder> => {
  const { store, clock, settings, eventSource } = dependencies;
  const { orderUuid, plannedAt, watch } = request;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await store.read(orderUuid);
    const now = clock.now();
    const sentAt = latest(now, plannedAt ?? now);
    const isSuperseded = watch && watch.generation !== stored.order.generation;
    if (isSuperseded || !isDue(stored, sentAt)) return stored;
    const answer = await dependencies.provider.getOrder(orderUuid);
    const change = decideOrderChange(stored, answer, {
      sentAt,
      tookInMilliseconds: Math.max(toMilliseconds(clock.now()) - toMilliseconds(now), 0),
      random: dependencies.random(),
      mustHandOver: watch?.mustHandOver ?? false,
      source: eventSource,
      settings,
    });
    if (await store.commit(stored, change)) {
      measureCheck(answer, change, dependencies);
      await recordCheck(change, dependencies);
      return { order: change.order, items: change.items.map(({ after }) => after) };
    }
  }
  throw new Error(`Other writes to the order came first ${MAX_ATTEMPTS} times; the check is tried again.`);
};

/**
 * Whether the provider must be asked: the next check is due, or a hint is fresh. While the provider fails, fresh hints wait
 * for the retry, or until 15 minutes after the last failure: then the reconciler's next message makes the check.
 */
const isDue = ({ order, hints }: StoredOrder, now: Instant): boolean => {
  const { nextCheckAt, failure } = order;
  if (nextCheckAt !== undefined && nextCheckAt <= now) return true;
  return hints.some(({ isFresh }) => isFresh) && (!failure || freshHintsWaitUntil(failure) <= now);
};

/** The record is only shown to people. It is not part of the transaction, where it would cost twice as much. */
const recordCheck = async (change: CheckChange, { store, telemetry }: RefreshDependencies): Promise<void> => {
  try {
    await store.putCheck(change);
  } catch (error) {
    telemetry.error('Could not store the check record; the timeline will miss one entry', error, {
      orderUuid: change.order.orderUuid,
    });
  }
};
