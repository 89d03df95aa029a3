import type { Settings } from '../contracts/settings.ts';
import type { ExaminedItem, Findings } from './examine.ts';
import { endTracking } from './judge-item.ts';
import type { ItemState, StoredOrder } from './model.ts';
import { itemEvent } from './outbox.ts';
import { isOpen } from './status.ts';
import type { Instant } from './time.ts';
import { withoutTrouble } from './trouble.ts';

/**
 * Ends the tracking of an order about which the provider has given no answer for half a year: each open item
 * is published as `order_item.tracking_ended`, and nothing of the order is due any more. A later webhook or track
 * request begins anew.
 *
 * @param sentAt when the GET was sent that got no answer
 * @param source CloudEvents `source`
 */
export const giveUpOrder = (
  { order, items }: StoredOrder,
  sentAt: Instant,
  source: string,
  settings: Settings,
): Findings => {
  const { incompleteSince: _, ...rest } = withoutTrouble(order);
  const abandoned = withoutPlan({ ...rest, rev: order.rev + 1 });
  return {
    sentAt,
    order: abandoned,
    items: items.map((before): ExaminedItem => {
      const isFollowed = isOpen(before.status) && !before.trackingEndedAt;
      const step = isFollowed ? endTracking(before, sentAt) : undefined;
      const event = step && itemEvent(step, abandoned, 'schedule', sentAt, source, settings);
      return {
        before,
        after: withoutDoubtAndCheck(step?.item ?? before),
        plan: { kind: 'none' },
        answered: false,
        foundBy: 'schedule',
        events: event ? [event] : [],
      };
    }),
    unreadable: 0,
    unusableConfirmationTimes: [],
  };
};

const withoutPlan = <T extends Pick<ItemState, 'due' | 'dueAt' | 'claims'>>(state: T) => {
  const { due: _, dueAt: __, claims: ___, ...rest } = state;
  return rest;
};

const withoutDoubtAndCheck = (item: ItemState): ItemState => {
  const { doubt: _, nextCheckAt: __, nextCheckNominalAt: ___, ...rest } = withoutPlan(item);
  return rest;
};
