import type { Settings } from '../contracts/settings.ts';
import type { OrderState } from '../domain/model.ts';
import type { Clock, ItemReader, RefreshQueue, Watches } from './ports.ts';
import { watchStateOf } from './watch-order.ts';

/** What a batch of the table's stream asks for. */
export interface Changes {
  /** UUIDs of the orders with fresh hints. */
  readonly hinted: readonly string[];
  /** Orders with a new generation. */
  readonly regenerated: readonly OrderState[];
}

export interface DispatchDependencies {
  readonly queue: RefreshQueue;
  readonly watches: Watches;
  readonly items: ItemReader;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: Settings;
}

/** Asks for a refresh of each order with fresh hints, and starts the watch of each new generation. */
export const dispatchChanges = async (
  { hinted, regenerated }: Changes,
  { queue, watches, items, clock, settings }: DispatchDependencies,
): Promise<void> => {
  await queue.send([...new Set(hinted)].map((orderUuid) => ({ orderUuid })));
  await Promise.all(
    regenerated.map(async (order) => {
      const known = await items.readItems(order.orderUuid);
      const state = watchStateOf(order, known, clock.now(), settings);
      if (state) await watches.start(state);
    }),
  );
};
