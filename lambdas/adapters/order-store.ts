import type { ItemReader, OrderStore } from '../application/ports.ts';
import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import { commitChange } from './order-commit.ts';
import {
  checkKey,
  envelope,
  HINT_RANGE,
  HISTORY_IN_SECONDS,
  ITEM_RANGE,
  orderKey,
  STATE_RANGE,
  toHint,
  toItem,
  toOrder,
} from './records.ts';
import type { Table } from './table.ts';

/** The orders of {@link OrderStore} in the table. */
export const orderStore = (table: Table, settings: Settings): OrderStore & ItemReader => ({
  async read(orderUuid) {
    const { pk } = orderKey(orderUuid);
    // Hints are read first. One that is stored after this read is not part of this check and stays fresh.
    const hints = await table.query(pk, HINT_RANGE.from, HINT_RANGE.to);
    const states = await table.query(pk, STATE_RANGE.from, STATE_RANGE.to);
    return {
      order: toOrder(
        orderUuid,
        states.find(({ sk }) => sk === RECORD.order),
      ),
      items: states.filter(({ sk }) => sk !== RECORD.order).map(toItem),
      hints: hints.map(toHint),
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
