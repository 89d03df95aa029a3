import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import type {
  CheckContext,
  Hint,
  ItemState,
  OrderState,
  StoredOrder,
  TrackHint,
  WebhookHint,
} from '../../lambdas/domain/model.ts';
import { decideOrderChange, type OrderChange } from '../../lambdas/domain/order-change.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import type { SeenItem, Snapshot } from '../../lambdas/domain/snapshot.ts';
import { type Instant, plusSeconds } from '../../lambdas/domain/time.ts';

export const SETTINGS = settingsSchema.parse({});
const SOURCE = 'urn:musement-order-tracker:test';
export const ORDER = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';
export const ITEM = '11045e18-e3ca-42e1-acb4-0d5be75036fd';
export const OTHER_ITEM = '22045e18-e3ca-42e1-acb4-0d5be75036fd';
export const START: Instant = '2026-03-01T10:00:00.000Z';

/** So many seconds after the start of a test. */
export const at = (seconds: number): Instant => plusSeconds(START, seconds);

/** An order as it is before its first check. */
export const newOrder = (order: Partial<OrderState> = {}): StoredOrder => ({
  order: {
    orderUuid: ORDER,
    rev: 0,
    generation: 0,
    readable: false,
    settled: false,
    settledCount: 0,
    ...order,
  },
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

export const snapshotOf = (...items: SeenItem[]): Snapshot => ({ status: 'PENDING', items, unreadable: 0 });

/** An answer that shows these items. */
export const answer = (...items: SeenItem[]): ProviderAnswer => ({
  kind: 'order',
  snapshot: snapshotOf(...items),
});

export const FAILURE: ProviderAnswer = { kind: 'failure', cause: 'http_503' };
export const UNKNOWN: ProviderAnswer = { kind: 'unknown' };

/** An order that is checked again and again, as if each check were committed. */
export class CheckedOrder {
  stored: StoredOrder;
  readonly published: string[] = [];

  constructor(stored: StoredOrder = newOrder()) {
    this.stored = stored;
  }

  /** Checks the order so many seconds after the start of the test. */
  check(seconds: number, given: ProviderAnswer, more: Partial<CheckContext> = {}): OrderChange {
    const change = decideOrderChange(this.stored, given, {
      sentAt: at(seconds),
      tookInMilliseconds: 0,
      random: 0,
      mustHandOver: false,
      source: SOURCE,
      settings: SETTINGS,
      ...more,
    });
    this.stored = {
      order: change.order,
      items: change.items.map(({ after }) => after),
      hints: change.hints,
    };
    const events = [...change.items.flatMap((item) => item.events), change.settled];
    this.published.push(
      ...events.flatMap((event) => (event?.published ? [event.message.type as string] : [])),
    );
    return change;
  }

  get order(): OrderState {
    return this.stored.order;
  }

  item(itemUuid = ITEM): ItemState {
    const item = this.stored.items.find((candidate) => candidate.itemUuid === itemUuid);
    if (!item) throw new Error(`The order has no item ${itemUuid}.`);
    return item;
  }

  /** Adds hints that came since the last check. */
  with(...hints: Hint[]): this {
    this.stored = { ...this.stored, hints: [...this.stored.hints, ...hints] };
    return this;
  }

  /** Changes what is stored of the order itself. */
  withOrder(order: Partial<OrderState>): this {
    this.stored = { ...this.stored, order: { ...this.stored.order, ...order } };
    return this;
  }

  outcomes(): (string | undefined)[] {
    return this.stored.hints.map(({ outcome }) => outcome);
  }
}

/** A fresh webhook. */
export const webhook = (status: string, version: number, more: Partial<WebhookHint> = {}): WebhookHint => ({
  kind: 'webhook',
  sk: `WEBHOOK#${ITEM}#${`${version}`.padStart(20, '0')}#${status}`,
  itemUuid: ITEM,
  status,
  version: `${version}`.padStart(20, '0'),
  requestedAt: START,
  isFresh: true,
  ...more,
});

/** A fresh track request. */
export const track = (more: Partial<TrackHint> = {}): TrackHint => ({
  kind: 'track',
  sk: `TRACK#${START}#00000000`,
  requestedAt: START,
  isFresh: true,
  ...more,
});
