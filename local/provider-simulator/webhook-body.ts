import { providerTime } from './order-view.ts';
import { currentMoment, orderVersion, type SimulatedItem, type SimulatedOrder } from './simulated-order.ts';

/** Body of a webhook. Its ten fields are strings. */
export interface WebhookBody {
  readonly order_id: string;
  readonly order_uuid: string;
  readonly order_created: string;
  readonly order_updated: string;
  readonly order_version: string;
  readonly order_item_uuid: string;
  readonly order_item_created: string;
  readonly order_item_updated: string;
  readonly order_item_version: string;
  readonly order_item_status: string;
}

/** The body of a webhook about the item's current state. */
export const webhookBody = (order: SimulatedOrder, item: SimulatedItem): WebhookBody => {
  const { at, version, status } = currentMoment(item);
  return {
    order_id: String(order.id),
    order_uuid: order.uuid,
    order_created: providerTime(order.createdAt),
    order_updated: providerTime(at),
    order_version: String(orderVersion(order)),
    order_item_uuid: item.uuid,
    order_item_created: providerTime(order.createdAt),
    order_item_updated: providerTime(at),
    order_item_version: String(version),
    order_item_status: status,
  };
};
