import type { Row } from '../../../lambdas/adapters/table.ts';
import { PARTITION, RECORD } from '../../../lambdas/contracts/table.ts';
import { DAY, HOUR, type ItemScript, type OrderScript } from '../model/order-script.ts';
import { overlap } from '../model/outages.ts';
import type { World } from '../world.ts';
import { isFinal, isFinalStatus, iso } from './values.ts';

/**
 * How long a final status must be shown until it is found for certain while the item is stored as open. The longest gap
 * of the schedule is 14 hours, an overdue item is checked daily, and claims may be lost twice in a row.
 */
const WHILE_OPEN = 2.5 * DAY;
/** The same after a webhook: it is checked for five and a half hours. */
const BY_WEBHOOK = 1.5 * DAY;
/** The same after an answer that showed it: it is unconfirmed for a minute. */
const BY_ANSWER = DAY;

/** Every final status that the provider showed for long enough was found, and orders settled. */
export const checkFindings = (world: World): void => {
  for (const order of world.orders) {
    const spans = world.followed.spansOf(order.orderUuid);
    if (spans.length === 0) continue;
    const rows = world.table.partition(`${PARTITION.order}${order.orderUuid}`);
    for (const item of order.items) {
      for (const [index, { at, status }] of item.steps.entries()) {
        if (!isFinalStatus(status)) continue;
        const shownUntil = item.steps[index + 1]?.at ?? world.end;
        for (const span of spans) {
          const [from, until] = [Math.max(at, span.from), Math.min(shownUntil, span.until)];
          const reason = whyItMustBeFound(world, order, item, { from, until, status });
          if (reason && !wasFound(world, item, index)) {
            world.violations.add(
              'every final status shown for long enough is published',
              order.orderUuid,
              `${item.itemUuid} ${status} from ${iso(from)} until ${iso(until)}: ${reason}`,
            );
          }
        }
      }
      checkVoucher(world, order, item, rows);
    }
    checkSettled(world, order, rows);
  }
};

const wasFound = ({ writes }: World, { itemUuid, steps }: ItemScript, index: number): boolean =>
  writes.statuses
    .get(itemUuid)
    ?.some(
      ({ step, status }) =>
        status === steps[index]?.status && (step === index || sameRun(steps, step, index)),
    ) ?? false;

/** A short step between two of the same status may have gone unseen: to us they are one. */
const sameRun = (steps: ItemScript['steps'], from: number, to: number): boolean =>
  from < to && steps[from]?.status === steps[to]?.status;

const whyItMustBeFound = (
  world: World,
  { orderUuid }: OrderScript,
  { itemUuid }: ItemScript,
  { from, until, status }: { readonly from: number; readonly until: number; readonly status: string },
): string | undefined => {
  const { writes, provider } = world;
  const enough = (since: number, time: number): boolean =>
    until - since >= time + 2 * timeOff(world, orderUuid, since, until);
  const stored = writes.statuses.get(itemUuid)?.findLast(({ at }) => at <= from);
  if ((!stored || !isFinalStatus(stored.status)) && enough(from, WHILE_OPEN)) {
    return `stored as ${stored?.status ?? 'unknown'}`;
  }
  const hint = writes.confirmed.find(
    (webhook) => webhook.itemUuid === itemUuid && webhook.status === status && webhook.at >= from,
  );
  if (hint && enough(hint.at, BY_WEBHOOK)) return `webhook confirmed ${iso(hint.at)}`;
  const get = provider.gets.find(
    (candidate) =>
      candidate.orderUuid === orderUuid &&
      candidate.sentAt >= from &&
      candidate.answeredAt < Number.POSITIVE_INFINITY &&
      candidate.showed.get(itemUuid) === status,
  );
  if (get && enough(get.answeredAt, BY_ANSWER)) return `shown ${iso(get.answeredAt)}`;
  return undefined;
};

/** Time in which nothing could be found. */
const timeOff = (world: World, orderUuid: string, from: number, until: number): number => {
  const { providerOutages, reconcilerOff, dispatchOff, queueOff, provider } = world;
  const episodes = provider.episodes.byOrder.get(orderUuid) ?? [];
  return overlap(
    [...providerOutages, ...reconcilerOff, ...dispatchOff, ...queueOff, ...episodes],
    from,
    until,
  );
};

/** A voucher that came within a day of the `OK` was found. */
const checkVoucher = (world: World, order: OrderScript, item: ItemScript, rows: readonly Row[]): void => {
  const row = rows.find(({ sk }) => sk === `${RECORD.item}${item.itemUuid}`);
  const voucher = item.vouchers[0];
  if (row?.['status'] !== 'OK' || !voucher || (row['vouchers'] as unknown[]).length > 0) return;
  const okSince = Date.parse(row['since'] as string);
  if (order.untracks?.length) return;
  const inTime = voucher.at < okSince + 11 * HOUR;
  if (
    inTime &&
    timeOff(world, order.orderUuid, okSince, okSince + DAY) === 0 &&
    world.end - voucher.at > 2 * DAY
  ) {
    world.violations.add(
      'a voucher is found',
      order.orderUuid,
      `${item.itemUuid}, there from ${iso(voucher.at)}`,
    );
  }
};

const checkSettled = (
  { violations, writes }: World,
  { orderUuid }: OrderScript,
  rows: readonly Row[],
): void => {
  const order = rows.find(({ sk }) => sk === RECORD.order);
  const items = rows.filter(({ sk }) => sk.startsWith(RECORD.item));
  if (order?.['rev'] === undefined) return;
  const present = items.filter(({ missingAt }) => missingAt === undefined);
  if (present.length === 0) return;
  const allFinal = present.every((item) => isFinal(item) && !item['unconfirmed']);
  // Only an answer settles an order, and none is requested of one that is stopped.
  const isAsExpected = allFinal === (order['settled'] === true) || (allFinal && writes.isStopped(orderUuid));
  if (!isAsExpected) {
    violations.add('an order is settled when its items are', orderUuid, `settled ${order['settled']}`);
  }
  const events = rows.filter(({ sk }) => sk.startsWith(`${RECORD.event}order#`)).length;
  if (events !== (order['settledCount'] ?? 0)) {
    violations.add('each settling has its event', orderUuid, `${events} of ${order['settledCount']}`);
  }
};
