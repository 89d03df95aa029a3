import { randomInt, randomUUID } from 'node:crypto';
import type { Moment } from './records.ts';
import type { ItemOverride, ItemScript, OrderOverride, OrderScript, ProductScript, Step } from './script.ts';

/** One item of an order with its history. */
export interface SimulatedItem {
  readonly uuid: string;
  readonly product: Required<ProductScript>;
  readonly quantity: number;
  /** Never empty, oldest first. */
  readonly history: Moment[];
  override: ItemOverride;
}

export interface SimulatedOrder {
  readonly uuid: string;
  /** The number that webhooks carry as `order_id`. */
  readonly id: number;
  readonly identifier: string;
  readonly createdAt: number;
  readonly readableAt: number;
  readonly items: readonly SimulatedItem[];
  override: OrderOverride;
}

const DEFAULT_PRODUCT: Required<ProductScript> = {
  type: 'musement',
  title: 'Skip-the-line tickets to the Vatican Museums',
  date: '2027-05-20 10:30',
  max_confirmation_time: 'P0D',
};

/** URL of an item's voucher. */
const voucherUrl = (itemUuid: string): string =>
  `https://vouchers.example.com/${itemUuid}/1.pdf?signature=${itemUuid.slice(-12)}`;

const newItem = (script: ItemScript, now: number): SimulatedItem => ({
  uuid: script.uuid ?? randomUUID(),
  product: { ...DEFAULT_PRODUCT, ...script.product },
  quantity: script.quantity ?? 2,
  history: [{ at: now, status: 'PENDING', version: 1, vouchers: [], cancellationReason: null }],
  override: script.override ?? {},
});

export const newOrder = (script: OrderScript, now: number): SimulatedOrder => {
  const id = randomInt(10_000_000, 99_999_999);
  return {
    uuid: script.uuid ?? randomUUID(),
    id,
    identifier: script.identifier ?? `MUS${id}`,
    createdAt: now - (script.createdSecondsAgo ?? 0) * 1000,
    readableAt: now + (script.readableAfterSeconds ?? 0) * 1000,
    items: script.items.map((item) => newItem(item, now)),
    override: {},
  };
};

/** The item as it was at a time, or its first state for an earlier time. */
export const momentAt = (item: SimulatedItem, time: number): Moment => {
  const moment = item.history.findLast(({ at }) => at <= time) ?? item.history[0];
  if (!moment) throw new Error(`The simulated item ${item.uuid} has no history.`);
  return moment;
};

export const currentMoment = (item: SimulatedItem): Moment => momentAt(item, Number.POSITIVE_INFINITY);

/** The order's version: the number of updates of all its items. */
export const orderVersion = (order: SimulatedOrder): number =>
  order.items.reduce((sum, item) => sum + currentMoment(item).version, 0);

/** Applies a step to an item. Returns whether the status has changed. */
export const takeStep = (item: SimulatedItem, step: Step, now: number): boolean => {
  const before = currentMoment(item);
  const becomesOk = step.status === 'OK' && before.vouchers.length === 0;
  item.history.push({
    at: now,
    status: step.status,
    version: before.version + 1,
    vouchers: step.vouchers ?? (becomesOk ? [voucherUrl(item.uuid)] : before.vouchers),
    cancellationReason: step.cancellationReason ?? null,
  });
  return step.status !== before.status;
};

/**
 * The status of an order follows from its items. The documentation defines OK ("all items confirmed") and REFUNDED
 * ("partially or fully refunded"), and no other combination of final statuses.
 */
export const orderStatus = (statuses: readonly string[]): string => {
  const includes = (status: string) => statuses.includes(status);
  if (statuses.every((status) => status === 'OK')) return 'OK';
  if (includes('REFUND_STARTED')) return 'REFUND_STARTED';
  if (statuses.every((status) => ['OK', 'KO', 'REFUNDED'].includes(status))) {
    return includes('REFUNDED') ? 'REFUNDED' : 'KO';
  }
  return 'PENDING';
};
