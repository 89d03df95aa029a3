import type { OrderRecord } from '../../local/provider-simulator/records.ts';
import type { ItemScript, Step } from '../../local/provider-simulator/script.ts';
import type { SimulatorClient } from '../../local/provider-simulator/simulator-client.ts';

/** A step whose webhook never arrives. */
export const lost = (afterSeconds: number, status: string, more: Partial<Step> = {}): Step => ({
  afterSeconds,
  status,
  webhook: 'lost',
  ...more,
});

/** A step whose webhook arrives. */
export const delivered = (afterSeconds: number, status: string, more: Partial<Step> = {}): Step => ({
  afterSeconds,
  status,
  webhook: 'sent',
  ...more,
});

/** An item that the provider promises to confirm within a number of seconds. */
export const needsConfirmation = (seconds: number, ...timeline: Step[]): ItemScript => ({
  product: { max_confirmation_time: `PT${seconds}S` },
  timeline,
});

/** Creates an order of one item at the provider. */
export const orderOf = async (
  simulator: SimulatorClient,
  item: ItemScript,
): Promise<{ readonly orderUuid: string; readonly itemUuid: string }> => {
  const order = await simulator.createOrder({ items: [item] });
  return { orderUuid: order.uuid, itemUuid: itemUuidOf(order, 0) };
};

/** UUID of the item at this position of an order. */
export const itemUuidOf = (order: OrderRecord, index: number): string => {
  const item = order.items[index];
  if (!item) throw new Error(`The order has no item ${index}.`);
  return item.uuid;
};
