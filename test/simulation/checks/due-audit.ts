import type { Row } from '../../../lambdas/adapters/table.ts';
import type { CloudEvent } from '../../../lambdas/contracts/events.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import type { RowChange } from '../../in-memory/in-memory-table.ts';
import { DAY, HOUR, MINUTE } from '../model/order-script.ts';
import { overlap } from '../model/outages.ts';
import type { World } from '../world.ts';

const EVERY = 11 * HOUR;

/** The reconciler comes every five minutes; what it claims may be lost a few times in a row, and a run may die. */
const SLACK = HOUR;

const FINAL: ReadonlySet<unknown> = new Set(['OK', 'KO', 'REFUNDED']);

/** How far ahead anything may be due: an overdue item is looked at weekly. */
const LONGEST_WAIT = 8 * DAY;

/** Looks now and then whether everything that is not done is due at a time that is not long past. */
export class DueAudit {
  readonly #world: World;
  /**
   * The records of each order that can owe something, now or later, by sort key. Most never can any more, and a
   * look at all of them would take as long as everything else of a world.
   */
  readonly #open = new Map<string, Map<string, Row>>();

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    const { agenda } = this.#world;
    const tick = (): void => {
      this.look();
      agenda.at(agenda.now + EVERY, tick);
    };
    agenda.at(agenda.now + EVERY, tick);
  }

  changed({ before, after }: RowChange): void {
    const { pk, sk } = after ?? before;
    let open = this.#open.get(pk);
    if (!open) {
      open = new Map();
      this.#open.set(pk, open);
    }
    if (after && canOwe(after)) open.set(sk, after);
    else open.delete(sk);
  }

  look(): void {
    for (const { orderUuid } of this.#world.orders) {
      const rows = [...(this.#open.get(`ORDER#${orderUuid}`)?.values() ?? [])];
      for (const row of rows) this.#record(orderUuid, row);
      this.#order(orderUuid, rows);
    }
  }

  #violate(rule: string, orderUuid: string, row: Row): void {
    const { body: _, webhook: __, product: ___, ...shown } = row;
    this.#world.violations.add(rule, orderUuid, JSON.stringify(shown));
  }

  #record(orderUuid: string, row: Row): void {
    const { now } = this.#world.agenda;
    const dueAt = typeof row['dueAt'] === 'string' ? Date.parse(row['dueAt']) : undefined;
    if (dueAt === undefined) {
      const owes = this.#owes(row);
      if (owes) this.#violate(`${owes} is due`, orderUuid, row);
      return;
    }
    const missed = now - dueAt;
    const { reconcilerOff, reconciler } = this.#world;
    const off = overlap([...reconcilerOff, ...reconciler.cutShort], dueAt, now);
    if (missed > SLACK + off) this.#violate('what is due is taken up', orderUuid, row);
    const longest = row.sk === RECORD.order ? 60 * DAY : LONGEST_WAIT;
    if (-missed > longest) this.#violate('nothing waits for longer than it may', orderUuid, row);
    if (row.sk.startsWith(RECORD.item) && isDone(row, now)) {
      this.#violate('what is done is not due', orderUuid, row);
    }
    if (
      row['claims'] !== undefined &&
      row['overdueAt'] === undefined &&
      this.#world.faults.kinds.length === 0
    ) {
      if (row.sk.startsWith(RECORD.item))
        this.#violate('without faults nothing needs a rescue', orderUuid, row);
    }
    if (
      ((row['claims'] as number | undefined) ?? 0) >= 20 &&
      !this.#world.provider.episodes.byOrder.has(orderUuid) &&
      !this.#isLongInTrouble(row)
    ) {
      this.#violate('nothing healthy is parked', orderUuid, row);
    }
  }

  /** Claims whose message or process was lost count until a look succeeds; an outage of days has none that does. */
  #isLongInTrouble({ pk }: Row): boolean {
    const since = this.#world.table.peek({ pk, sk: RECORD.order })?.['troubledSince'];
    return typeof since === 'string' && this.#world.agenda.now - Date.parse(since) > 2 * DAY;
  }

  /** What a record without `dueAt` owes, if anything. */
  #owes(row: Row): string | undefined {
    if (row.sk.startsWith(RECORD.event)) {
      if (row['publishedAt'] !== undefined) return undefined;
      return isTemporary(typeOf(row)) ? undefined : 'an event that is not published';
    }
    if (row.sk.startsWith(RECORD.webhook) || row.sk.startsWith(RECORD.track)) {
      return row['outcome'] === undefined ? 'a hint that has not ended' : undefined;
    }
    if (row.sk.startsWith(RECORD.item)) {
      return isDone(row, this.#world.agenda.now) || row['trackingEndedAt']
        ? undefined
        : 'an item that is not done';
    }
    return undefined;
  }

  #order(orderUuid: string, rows: readonly Row[]): void {
    const { now } = this.#world.agenda;
    const order = rows.find(({ sk }) => sk === RECORD.order);
    const items = rows.filter(({ sk }) => sk.startsWith(RECORD.item));
    if (order?.['rev'] === undefined) return;
    for (const item of items) this.#late(orderUuid, item);
    if (order['dueAt'] !== undefined || items.some((item) => item['dueAt'] !== undefined)) return;
    const quietSince = Date.parse((order['quietSince'] as string | undefined) ?? '');
    if (!(now > quietSince + 7 * DAY))
      this.#violate('an order is due, or one of its items', orderUuid, order);
  }

  /** An item that stays open past its deadline is reported, once the provider answers. */
  #late(orderUuid: string, item: Row): void {
    if (FINAL.has(item['status']) || item['overdueAt'] || item['trackingEndedAt'] || item['doubt']) return;
    const { agenda, faults, providerOutages, reconcilerOff, provider } = this.#world;
    const deadline = Date.parse(item['confirmBy'] as string);
    const from = Math.max(deadline, Date.parse(item['firstSeenAt'] as string)) + 15 * MINUTE;
    const off = overlap(
      [...providerOutages, ...reconcilerOff, ...(provider.episodes.byOrder.get(orderUuid) ?? [])],
      from - DAY,
      agenda.now,
    );
    const allowance = (faults.kinds.length === 0 ? HOUR : DAY) + 2 * off;
    if (agenda.now - from > allowance)
      this.#violate('an item past its deadline is reported', orderUuid, item);
  }
}

/** Whether a record is due, or may owe something one day. What has ended stays so: any change of it is seen. */
const canOwe = (row: Row): boolean => {
  if (row.sk.startsWith(RECORD.check)) return false;
  if (row['dueAt'] !== undefined) return true;
  if (row.sk.startsWith(RECORD.event)) return row['publishedAt'] === undefined && !isTemporary(typeOf(row));
  return row.sk === RECORD.order || row.sk.startsWith(RECORD.item) || row['outcome'] === undefined;
};

const typeOf = (event: Row): string => (JSON.parse(event['body'] as string) as CloudEvent).type;

const isTemporary = (type: string): boolean => /\.(pending|refund_started|cancellation_error)$/.test(type);

/** Final, and for `OK` with a voucher, or `OK` for a day. */
const isDone = (item: Row, now: number): boolean => {
  if (!FINAL.has(item['status']) || item['doubt']) return false;
  if (item['status'] !== 'OK' || (item['vouchers'] as unknown[]).length > 0) return true;
  return now > Date.parse(item['since'] as string) + DAY - MINUTE && item['dueAt'] === undefined;
};
