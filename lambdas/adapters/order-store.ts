import type { ItemReader, OrderStore } from '../application/ports.ts';
import type { Settings } from '../contracts/settings.ts';
import { commitChange } from './order-commit.ts';
import {
  checkKey,
  envelope,
  HISTORY_IN_SECONDS,
  ITEM_RANGE,
  orderKey,
  toHint,
  toItem,
  toOrder,
} from './records.ts';
import type { Table } from './table.ts';

/** The orders of {@link OrderStore} in the table. */
export const orderStore = (table: Table, settings: Settings): OrderStore & ItemReader => ({
  async read(orderUuid) {
    const key = orderKey(orderUuid);
    // The order is read first, because it has `rev`. A later commit raises `rev`, so that nothing is committed that was
    // decided from outdated items or hints. A hint that is stored meanwhile is either read or stays fresh.
    const order = toOrder(orderUuid, await table.get(key));
    const [items, hints] = await Promise.all([
      table.query(key.pk, ITEM_RANGE.from, ITEM_RANGE.to),
      table.queryUnresolved(key.pk),
    ]);
    return { order, items: items.map(toItem), hints: hints.map(toHint) };
  },

  async readItems(orderUuid) {
    const items = await table.query(orderKey(orderUuid).pk, ITEM_RANGE.from, ITEM_RANGE.to);
    return items.map(toItem);
  },

  commit: (stored, change) => commitChange(table, { stored, change }, settings),

  async putCheck({ order: { orderUuid, rev }, sentAt, check }) {
    const key = checkKey(orderUuid, sentAt, rev);
    await table.put({ put: { ...key, ...envelope(sentAt, HISTORY_IN_SECONDS), at: sentAt, ...check } });
  },
});
