import type { CloudEvent } from '../lambdas/contracts/events.ts';
import type { ReceivedEvent } from './event-queue.ts';

type Listener = (received: ReceivedEvent) => void;

/** Every message received so far, for whoever waits for the events of an order. */
export class EventLog {
  readonly all: ReceivedEvent[] = [];
  readonly #listeners = new Set<Listener>();

  add(received: ReceivedEvent): void {
    this.all.push(received);
    for (const listener of this.#listeners) listener(received);
  }

  /** Calls the listener for each message from now on, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ofOrder(orderUuid: string): ReceivedEvent[] {
    return this.all.filter(({ event }) => event.data.orderUuid === orderUuid);
  }
}

/** One line about a message. Voucher URLs are bearer links: their number is all that is shown. */
export const describeEvent = ({ type, data }: CloudEvent): string => {
  if (!('itemUuid' in data)) {
    const items = data.items.map(({ status }) => status).join(', ');
    return `${type}  order ${data.orderIdentifier ?? data.orderUuid} is ${data.status}  (items: ${items})`;
  }
  const details = [
    `found by ${data.foundBy}`,
    data.vouchers.length > 0 ? `vouchers: ${data.vouchers.length}` : '',
    data.cancellationReason ?? '',
  ];
  const what = data.product.title ?? data.itemUuid;
  return `${type}  ${what}  (${details.filter((detail) => detail !== '').join('; ')})`;
};
