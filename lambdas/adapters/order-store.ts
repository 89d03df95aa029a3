import type { Settings } from '../contracts/settings.ts';
import { RECORD } from '../contracts/table.ts';
import { CLAIMS_UNTIL_PARKED } from '../domain/claims.ts';
import { dueLane } from '../domain/due.ts';
import type { Hint, ItemState, OrderState } from '../domain/model.ts';
import type { OrderStore } from '../domain/ports.ts';
import { commitFindings, revIs } from './order-commit.ts';
import {
  checkKey,
  contentOf,
  expiry,
  HINT_RANGE,
  HISTORY_IN_SECONDS,
  itemKey,
  marks,
  orderKey,
  orderPartition,
  RECORD_VERSION,
  STATE_RANGE,
} from './records.ts';
import { absent, below, equal, present, type Row, type Table } from './table.ts';

/** The orders of {@link OrderStore} in the table. */
export const orderStore = (table: Table, settings: Pick<Settings, 'rescueMarginInSeconds'>): OrderStore => ({
  async read(orderUuid) {
    const pk = orderPartition(orderUuid);
    // Hints first: one that comes between the two reads stays due, and is looked at for itself.
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

  async takeLease(orderUuid, now, until) {
    const row = await table.update({
      key: orderKey(orderUuid),
      set: { leaseUntil: until, ...marks(now) },
      condition: [[absent('leaseUntil')], [below('leaseUntil', now)]],
    });
    return row && revOf(row);
  },

  async releaseLease(orderUuid) {
    await table.update({
      key: orderKey(orderUuid),
      remove: ['leaseUntil'],
      condition: [[present('leaseUntil')]],
    });
  },

  commit: (stored, findings) => commitFindings(table, stored, findings, settings),

  async noteTrouble({ orderUuid, rev }, trouble) {
    const row = await table.update({
      key: orderKey(orderUuid),
      set: { ...trouble, ...marks(trouble.askAgainAt) },
      remove: ['leaseUntil'],
      condition: revIs(rev),
    });
    return row ? 'noted' : 'lost';
  },

  async endTrouble(orderUuid) {
    await table.update({
      key: orderKey(orderUuid),
      remove: ['leaseUntil', 'troubles', 'troubledSince', 'troubledAt', 'askAgainAt'],
      // What a commit has written is its own, lease and trouble included.
      condition: [[present('pk'), absent('rev')]],
    });
  },

  async putOff({ order, items }, until) {
    const { orderUuid } = order;
    const claimed = [
      { key: orderKey(orderUuid), ...order },
      ...items
        .filter((item) => !item.nextCheckAt)
        .map((item) => ({ key: itemKey(orderUuid, item.itemUuid), ...item })),
    ];
    await Promise.all(
      claimed.map(async ({ key, claims, dueAt }) => {
        // What another look has put off until then was not taken up since.
        if (!claims || dueAt === until) return;
        // What had been parked before gets one try a day, also when there is no answer.
        if (claims > CLAIMS_UNTIL_PARKED) return;
        await table.update({
          key,
          add: { claims: -1 },
          set: { dueAt: until },
          condition: [[equal('claims', claims), present('dueAt')]],
        });
      }),
    );
  },

  async concludeHint(orderUuid, verdict, at) {
    const { hint } = verdict;
    const key = { pk: orderPartition(orderUuid), sk: hint.sk };
    const asRead = [present('dueAt'), equal('requestedAt', hint.requestedAt)];
    if (verdict.ends !== undefined) {
      await table.update({
        key,
        set: { outcome: verdict.ends, outcomeAt: at },
        remove: ['due', 'dueAt', 'claims'],
        condition: [asRead],
      });
      return;
    }
    const { tries, troubles, nextTryAt, dueAt, firstUnknownAt } = verdict;
    await table.update({
      key,
      set: {
        tries,
        troubles,
        nextTryAt,
        dueAt,
        ...(firstUnknownAt && { firstUnknownAt }),
        // Trouble may last longer than a hint is kept: while it is due, it must not expire.
        expiresAt: expiry(dueAt, HISTORY_IN_SECONDS),
      },
      remove: ['claims'],
      condition: [[...asRead, equal('tries', hint.tries), equal('troubles', hint.troubles)]],
    });
  },

  async putCheck(orderUuid, { at, suffix, look, tookInMilliseconds, showed }) {
    await table.put({
      put: {
        ...checkKey(orderUuid, at, suffix),
        v: RECORD_VERSION,
        expiresAt: expiry(at, HISTORY_IN_SECONDS),
        at,
        reason: look.reason,
        ...(look.reason === 'schedule' && { itemUuid: look.itemUuid, plannedAt: look.plannedAt }),
        tookInMilliseconds,
        showed,
      },
    });
  },

  async writeWait(orderUuid, item, { nextCheckAt, nextCheckNominalAt, dueAt, claims }) {
    const row = await table.update({
      key: itemKey(orderUuid, item.itemUuid),
      set: {
        nextCheckAt,
        nextCheckNominalAt,
        due: dueLane('RESCUE', orderUuid),
        dueAt,
        ...(claims > 0 && { claims }),
        ...marks(nextCheckAt),
      },
      remove: claims > 0 ? [] : ['claims'],
      condition: [
        [
          equal('round', item.round),
          equal('attempt', item.attempt),
          equal('sequence', item.sequence),
          equal('confirmBy', item.confirmBy),
          item.doubt ? present('doubt') : absent('doubt'),
        ],
      ],
    });
    return row !== undefined;
  },
});

const revOf = (row: Row | undefined): number => (row?.['rev'] as number | undefined) ?? 0;

/** Reads an order; one without a record comes with `rev` 0. */
export const toOrder = (orderUuid: string, row: Row | undefined): OrderState => {
  const { leaseUntil: _, ...content } = row ? contentOf(row) : {};
  return { settled: false, settledCount: 0, ...content, orderUuid, rev: revOf(row) } as OrderState;
};

/** Items and hints are stored as the domain has them; their kind and UUIDs stand in the sort key too. */
export const toItem = (row: Row): ItemState =>
  ({ ...contentOf(row), expiresAt: row['expiresAt'] }) as unknown as ItemState;

const toHint = (row: Row): Hint =>
  ({
    ...contentOf(row),
    sk: row.sk,
    kind: row.sk.startsWith(RECORD.track) ? 'track' : 'webhook',
  }) as unknown as Hint;
