import type { ItemReader, OrderStore } from '../application/ports.ts';
import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import { commitChange } from './order-commit.ts';
import {
  checkKey,
  envelope,
  HISTORY_IN_SECONDS,
  ITEM_RANGE,
  isHint,
  ORDER_AND_HINTS_RANGE,
  orderKey,
  toHint,
  toItem,
  toOrder,
} from './records.ts';
import type { Table } from './table.ts';

/** The orders of {@link OrderStore} in the table. */
export const orderStore = (table: Table, settings: Settings): OrderStore & ItemReader => ({
  async read(orderUuid) {
    const { pk } = orderKey(orderUuid);
    // The order is read first, because it has `rev`. A later commit raises `rev`, so that nothing is committed that was
    // decided from outdated items or hints. A hint that is stored meanwhile is either read or stays fresh.
    const found = await table.query(pk, ORDER_AND_HINTS_RANGE.from, ORDER_AND_HINTS_RANGE.to);
    const items = await table.query(pk, ITEM_RANGE.from, ITEM_RANGE.to);
    return {
      order: toOrder(
        orderUuid,
        found.find(({ sk }) => sk === RECORD.order),
      ),
      items: items.map(toItem),
      hints: found.filter(isHint).map(toHint),
    };
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
