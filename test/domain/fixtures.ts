import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { isUnresolved } from '../../lambdas/domain/hints.ts';
import type {
  CheckContext,
  Hint,
  ItemState,
  StoredOrder,
  TrackHint,
  WebhookHint,
} from '../../lambdas/domain/model.ts';
import { type CheckChange, decideOrderChange } from '../../lambdas/domain/order-change.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import type { SeenItem, Snapshot } from '../../lambdas/domain/snapshot.ts';
import { at, ITEM, ORDER, START, seen } from '../platform/sample-order.ts';

export {
  at,
  ITEM,
  itemUuids,
  ORDER,
  OTHER_ITEM,
  START,
  seen,
  webhookBody,
} from '../platform/sample-order.ts';

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const SETTINGS = settingsSchema.parse({});

type OrderFields = Partial<StoredOrder['order']>;

/** An order as it is before its first check. */
const newOrder = (order: OrderFields = {}): StoredOrder => ({
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

export const snapshotOf = (...items: SeenItem[]): Snapshot => ({
  status: 'PENDING',
  identifier: 'MUS0738876',
  items,
  unreadable: 0,
});

/** An answer that shows these items. */
export const answer = (...items: SeenItem[]): ProviderAnswer => ({
  kind: 'order',
  snapshot: snapshotOf(...items),
});

export const FAILURE: ProviderAnswer = { kind: 'failure', cause: 'http_503' };
export const UNKNOWN: ProviderAnswer = { kind: 'unknown' };

/** What an answer to a GET that was sent a number of seconds after the start of the test means for an order. */
export const decide = (
  stored: StoredOrder,
  seconds: number,
  given: ProviderAnswer,
  more: Partial<CheckContext> = {},
): CheckChange =>
  decideOrderChange(stored, given, {
    sentAt: at(seconds),
    tookInMilliseconds: 0,
    random: 0,
    mustHandOver: false,
    source: 'urn:musement-order-tracker:test',
    settings: SETTINGS,
    ...more,
  });

/** An order that is checked again and again, as if each check were committed. */
export class CheckedOrder {
  /** What the next check reads. */
  stored: StoredOrder;
  readonly published: string[] = [];
  /** All hints, by their sort keys. */
  readonly #hints = new Map<string, Hint>();

  constructor(order: OrderFields = {}) {
    this.stored = newOrder(order);
  }

  /** Checks the order a number of seconds after the start of the test. */
  check(seconds: number, given: ProviderAnswer, more: Partial<CheckContext> = {}): CheckChange {
    const change = decide(this.stored, seconds, given, more);
    const { order, items, hints, settled } = change;
    for (const hint of hints) this.#hints.set(hint.sk, hint);
    this.stored = { order, items: items.map(({ after }) => after), hints: hints.filter(isUnresolved) };
    const events = [...items.flatMap((item) => item.events), ...(settled ? [settled] : [])];
    this.published.push(...events.filter(({ published }) => published).map(({ message }) => message.type));
    return change;
  }

  get order(): StoredOrder['order'] {
    return this.stored.order;
  }

  item(itemUuid = ITEM): ItemState {
    const item = this.stored.items.find((candidate) => candidate.itemUuid === itemUuid);
    if (!item) throw new Error(`The order has no item ${itemUuid}.`);
    return item;
  }

  /** Adds hints that came since the last check. */
  with(...hints: Hint[]): this {
    for (const hint of hints) this.#hints.set(hint.sk, hint);
    this.stored = { ...this.stored, hints: [...this.stored.hints, ...hints] };
    return this;
  }

  /** Changes what is stored of the order itself. */
  withOrder(order: OrderFields): this {
    this.stored = { ...this.stored, order: { ...this.stored.order, ...order } };
    return this;
  }

  /** Of all hints, in the order in which they came. */
  outcomes(): (string | undefined)[] {
    return [...this.#hints.values()].map(({ outcome }) => outcome);
  }
}

/** An order whose item has shown statuses at times in seconds, such as `0 PENDING, 100 OK`. */
export const withHistory = (history: string, order: OrderFields = {}): CheckedOrder => {
  const checked = new CheckedOrder(order);
  for (const [seconds, status = ''] of history.split(', ').map((step) => step.split(' '))) {
    checked.check(Number(seconds), answer(seen(status)));
  }
  return checked;
};

/** A fresh webhook. */
export const webhook = (status: string, version: number, more: Partial<WebhookHint> = {}): WebhookHint => ({
  kind: 'webhook',
  sk: `WEBHOOK#${ITEM}#${`${version}`.padStart(20, '0')}#${status}`,
  itemUuid: ITEM,
  status,
  version: `${version}`.padStart(20, '0'),
  receivedAt: START,
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
