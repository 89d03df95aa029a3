import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { examine, type Findings } from '../../lambdas/domain/examine.ts';
import type { Hint, ItemState, Look, OrderState, StoredOrder } from '../../lambdas/domain/model.ts';
import type { SeenItem, Snapshot } from '../../lambdas/domain/snapshot.ts';
import { type Instant, plusSeconds } from '../../lambdas/domain/time.ts';

export const SETTINGS = settingsSchema.parse({});
const SOURCE = 'urn:musement-order-tracker:test';
export const ORDER = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';
export const ITEM = '11045e18-e3ca-42e1-acb4-0d5be75036fd';
export const OTHER_ITEM = '22045e18-e3ca-42e1-acb4-0d5be75036fd';
export const START: Instant = '2026-03-01T10:00:00.000Z';

/** So many seconds after the tests' beginning. */
export const at = (seconds: number): Instant => plusSeconds(START, seconds);

export const newOrder = (order: Partial<OrderState> = {}): StoredOrder => ({
  order: { orderUuid: ORDER, rev: 0, settled: false, settledCount: 0, ...order },
  items: [],
  hints: [],
});

export const seen = (status: string, more: Partial<SeenItem> = {}): SeenItem => ({
  itemUuid: ITEM,
  status,
  vouchers: status === 'OK' ? ['https://vouchers.example.com/1.pdf'] : [],
  product: { type: 'musement', title: 'Museum', maxConfirmationTime: 'P2D' },
  ...more,
});

/** A webhook as Musement posts it. */
export const webhookBody = (status: string, version: string, itemUuid = ITEM) => ({
  order_id: '1',
  order_uuid: ORDER,
  order_created: '2026-03-01T10:00:00+0000',
  order_updated: '2026-03-01T10:00:00+0000',
  order_version: '1',
  order_item_uuid: itemUuid,
  order_item_created: '2026-03-01T10:00:00+0000',
  order_item_updated: '2026-03-01T10:00:00+0000',
  order_item_version: version,
  order_item_status: status,
});

export const answer = (...items: SeenItem[]): Snapshot => ({ status: 'PENDING', items, unreadable: 0 });

export const HINT: Look = { reason: 'hint' };

/** The look of an item's own watch. */
export const scheduled = (plannedAt: Instant, itemUuid = ITEM): Look => ({
  reason: 'schedule',
  itemUuid,
  plannedAt,
  nominalAt: plannedAt,
});

/** An order that is looked at again and again, as if each look were committed. */
export class Story {
  stored: StoredOrder;
  readonly published: string[] = [];

  constructor(stored: StoredOrder = newOrder()) {
    this.stored = stored;
  }

  look(seconds: number, snapshot: Snapshot | undefined, look: Look = HINT): Findings {
    const findings = examine(this.stored, snapshot, at(seconds), look, SOURCE, SETTINGS);
    this.stored = {
      order: findings.order,
      items: findings.items.map(({ after }) => after),
      hints: this.stored.hints,
    };
    const events = [...findings.items.flatMap((item) => item.events), findings.settled];
    this.published.push(
      ...events.flatMap((event) => (event?.published ? [event.message.type as string] : [])),
    );
    return findings;
  }

  item(itemUuid = ITEM): ItemState {
    const item = this.stored.items.find((candidate) => candidate.itemUuid === itemUuid);
    if (!item) throw new Error(`The order has no item ${itemUuid}.`);
    return item;
  }

  with(...hints: Hint[]): this {
    this.stored = { ...this.stored, hints };
    return this;
  }
}

export const webhook = (
  status: string,
  version: number,
  more: Partial<Extract<Hint, { kind: 'webhook' }>> = {},
): Extract<Hint, { kind: 'webhook' }> => ({
  kind: 'webhook',
  sk: `WEBHOOK#${ITEM}#${`${version}`.padStart(20, '0')}#${status}`,
  itemUuid: ITEM,
  status,
  version: `${version}`.padStart(20, '0'),
  requestedAt: START,
  nextTryAt: START,
  tries: 0,
  troubles: 0,
  dueAt: at(60),
  ...more,
});

export const track = (
  more: Partial<Extract<Hint, { kind: 'track' }>> = {},
): Extract<Hint, { kind: 'track' }> => ({
  kind: 'track',
  sk: `TRACK#${START}`,
  requestedAt: START,
  nextTryAt: START,
  tries: 0,
  troubles: 0,
  dueAt: at(60),
  ...more,
});
