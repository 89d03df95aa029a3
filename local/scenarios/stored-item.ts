import * as z from 'zod/mini';
import type { OrdersClient } from '../../clients/orders-client.ts';
import type { SimulatorClient } from '../provider-simulator/simulator-client.ts';

/** As much of the answer of `GET /orders/{orderUuid}` as is compared with the provider. */
const trackedOrder = z.object({
  items: z.array(z.object({ itemUuid: z.string(), status: z.string() })),
});

/** Which item of which order. */
export interface ItemIds {
  readonly orderUuid: string;
  readonly itemUuid: string;
}

/** Both sides of the comparison. */
interface Sides {
  readonly simulator: Pick<SimulatorClient, 'order'>;
  readonly orders: Pick<OrdersClient, 'read'>;
}

/**
 * Whether the stack has stored the status that an item has at the provider, and no webhook about its order is being
 * delivered. The stack then finds the provider's next step as a separate change.
 */
export const isStored = async (
  { orderUuid, itemUuid }: ItemIds,
  { simulator, orders }: Sides,
): Promise<boolean> => {
  const { items, gets, deliveries } = await simulator.order(orderUuid);
  const current = items.find(({ uuid }) => uuid === itemUuid)?.history.at(-1);
  if (!current || deliveries.some(({ state }) => state === 'waiting')) return false;
  // Reading from the stack costs a busy machine much more than asking the simulator whether the stack can know yet.
  if (!gets.some((at) => at >= current.at)) return false;
  const response = await orders.read(orderUuid);
  const stored = trackedOrder
    .safeParse(await response.json())
    .data?.items.find((item) => item.itemUuid === itemUuid);
  return stored?.status === current.status;
};
