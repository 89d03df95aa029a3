import type { TrackerEvent } from '../events/index.ts';
import type { ReceivedEvent } from './event-queue.ts';

type Listener = (received: ReceivedEvent) => void;

/** Every event received so far. */
export class EventLog {
  readonly all: ReceivedEvent[] = [];
  readonly #listeners = new Set<Listener>();

  add(received: ReceivedEvent): void {
    this.all.push(received);
    for (const listener of this.#listeners) listener(received);
  }

  /** Calls the listener for each new event until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ofOrder(orderUuid: string): ReceivedEvent[] {
    return this.all.filter(({ event }) => event.data.orderUuid === orderUuid);
  }
}

/** One line of text about an event. Voucher URLs are bearer links, so only their number is shown. */
export const describeEvent = ({ type, data }: TrackerEvent): string => {
  if (!('itemUuid' in data)) {
    const items = data.items.map(({ status }) => status).join(', ');
    return `${type}  order ${data.orderIdentifier ?? data.orderUuid} is ${data.status}  (items: ${items})`;
  }
  const details = [
    `found by ${data.foundBy}`,
    data.vouchers.length > 0 ? `vouchers: ${data.vouchers.length}` : '',
    data.cancellationReason ?? '',
  ];
  const item = data.product.title ?? data.itemUuid;
  return `${type}  ${item}  (${details.filter((detail) => detail !== '').join('; ')})`;
};
