import type { Row } from '../../../lambdas/adapters/table.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import { DAY, HOUR, type ItemScript, type OrderScript } from '../model/order-script.ts';
import { overlap } from '../model/outages.ts';
import type { World } from '../world.ts';

const FINAL: ReadonlySet<string> = new Set(['OK', 'KO', 'REFUNDED']);

/**
 * How long a status must be shown to be found for certain, in which case:
 * the schedule's longest gap is 14 hours, an overdue item is looked at daily, and a claim may be lost twice;
 */
const WHILE_OPEN = 2.5 * DAY;
/** a hint is tried for five and a half hours; */
const BY_HINT = 1.5 * DAY;
/** what a look has shown is in doubt for a minute. */
const BY_LOOK = DAY;

/** Every final status that the provider showed for long enough was found, and orders settled. */
export const checkFindings = (world: World): void => {
  for (const order of world.orders) {
    const toldAt = world.toldAt.get(order.orderUuid);
    if (toldAt === undefined) continue;
    const rows = world.table.partition(`ORDER#${order.orderUuid}`);
    for (const item of order.items) {
      for (const [index, { at, status }] of item.steps.entries()) {
        if (!FINAL.has(status)) continue;
        const until = item.steps[index + 1]?.at ?? world.end;
        const reason = whyItMustBeFound(world, order, item, Math.max(at, toldAt), until, status);
        if (reason && !wasFound(world, item, index)) {
          world.violations.add(
            'every final status shown for long enough is published',
            order.orderUuid,
            `${item.itemUuid} ${status} from ${iso(at)} until ${iso(until)}: ${reason}`,
          );
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

/** A short step between two of the same status may have gone unseen: they are one to us. */
const sameRun = (steps: ItemScript['steps'], from: number, to: number): boolean =>
  from < to &&
  steps.slice(from, to).every(({ status }, offset) => offset === 0 || status !== undefined) &&
  steps[from]?.status === steps[to]?.status;

const whyItMustBeFound = (
  world: World,
  { orderUuid }: OrderScript,
  { itemUuid }: ItemScript,
  from: number,
  until: number,
  status: string,
): string | undefined => {
  const { writes, provider } = world;
  const enough = (since: number, time: number): boolean =>
    until - since >= time + 2 * trouble(world, orderUuid, since, until);
  const stored = writes.statuses.get(itemUuid)?.findLast(({ at }) => at <= from);
  if ((!stored || !FINAL.has(stored.status)) && enough(from, WHILE_OPEN)) {
    return `stored as ${stored?.status ?? 'unknown'}`;
  }
  const hint = writes.confirmed.find(
    (webhook) => webhook.itemUuid === itemUuid && webhook.status === status && webhook.at >= from,
  );
  if (hint && enough(hint.at, BY_HINT)) return `webhook confirmed ${iso(hint.at)}`;
  const get = provider.gets.find(
    (look) =>
      look.orderUuid === orderUuid &&
      look.sentAt >= from &&
      look.answeredAt < Number.POSITIVE_INFINITY &&
      look.showed.get(itemUuid) === status,
  );
  if (get && enough(get.answeredAt, BY_LOOK)) return `shown ${iso(get.answeredAt)}`;
  return undefined;
};

/** Time in which nothing could be found, or nobody looked. */
const trouble = (world: World, orderUuid: string, from: number, until: number): number => {
  const { providerOutages, reconcilerOff, consumersOff, provider } = world;
  const episodes = provider.episodes.byOrder.get(orderUuid) ?? [];
  return overlap([...providerOutages, ...reconcilerOff, ...consumersOff.dispatch, ...episodes], from, until);
};

/** A voucher that came within a day of the `OK` was found. */
const checkVoucher = (world: World, order: OrderScript, item: ItemScript, rows: readonly Row[]): void => {
  const row = rows.find(({ sk }) => sk === `${RECORD.item}${item.itemUuid}`);
  const voucher = item.vouchers[0];
  if (row?.['status'] !== 'OK' || !voucher || (row['vouchers'] as unknown[]).length > 0) return;
  const okSince = Date.parse(row['since'] as string);
  const inTime = voucher.at < okSince + 11 * HOUR;
  if (
    inTime &&
    trouble(world, order.orderUuid, okSince, okSince + DAY) === 0 &&
    world.end - voucher.at > 2 * DAY
  ) {
    world.violations.add(
      'a voucher is found',
      order.orderUuid,
      `${item.itemUuid}, there from ${iso(voucher.at)}`,
    );
  }
};

const checkSettled = ({ violations }: World, { orderUuid }: OrderScript, rows: readonly Row[]): void => {
  const order = rows.find(({ sk }) => sk === RECORD.order);
  const items = rows.filter(({ sk }) => sk.startsWith(RECORD.item));
  if (order?.['rev'] === undefined || items.length === 0) return;
  const allFinal = items.every((item) => FINAL.has(item['status'] as string) && !item['doubt']);
  if (allFinal !== (order['settled'] === true)) {
    violations.add('an order is settled when its items are', orderUuid, `settled ${order['settled']}`);
  }
  const events = rows.filter(({ sk }) => sk.startsWith(`${RECORD.event}order#`)).length;
  if (events !== (order['settledCount'] ?? 0)) {
    violations.add('each settling has its event', orderUuid, `${events} of ${order['settledCount']}`);
  }
};

const iso = (time: number): string => new Date(time).toISOString();
