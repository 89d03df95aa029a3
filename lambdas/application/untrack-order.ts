import type { Settings } from '../contracts/settings.ts';
import { decideUntrack } from '../domain/end-of-tracking.ts';
import type { Clock, OrderStore, Telemetry } from './ports.ts';

/** How often the commit is tried if other writes come first. */
const MAX_ATTEMPTS = 8;

export interface UntrackDependencies {
  readonly store: Pick<OrderStore, 'read' | 'commit'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'info'>;
  readonly settings: Settings;
  /** CloudEvents `source`. */
  readonly eventSource: string;
}

/**
 * Stops tracking an order. Repeated, it changes nothing and publishes nothing.
 *
 * @param requestedBy ARN of the caller
 * @returns whether anything is stored about the order
 * @throws {Error} when other writes came first again and again; the caller tries again
 */
export const untrackOrder = async (
  orderUuid: string,
  requestedBy: string | undefined,
  { store, clock, telemetry, settings, eventSource }: UntrackDependencies,
): Promise<boolean> => {
  let revWithoutChange: number | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await store.read(orderUuid);
    const request = { requestedBy, sentAt: clock.now(), source: eventSource, settings };
    const change = decideUntrack(stored, request);
    if (!change) {
      // Without a commit that could fail, only a second read shows whether a check was committed during the first one.
      if (revWithoutChange === stored.order.rev) return stored.order.rev > 0;
      revWithoutChange = stored.order.rev;
      continue;
    }
    if (await store.commit(stored, change)) {
      const ended = change.items.flatMap(({ after, events }) => (events.length > 0 ? [after.itemUuid] : []));
      telemetry.info('Tracking stopped on request', { orderUuid, requestedBy, items: ended });
      return true;
    }
  }
  throw new Error(`Other writes to the order came first ${MAX_ATTEMPTS} times; the caller tries again.`);
};
