import type { Row } from '../../../lambdas/adapters/table.ts';
import { PARTITION, RECORD } from '../../../lambdas/contracts/table.ts';
import type { ProviderFailure } from '../../../lambdas/domain/model.ts';
import { omit } from '../../../lambdas/domain/omit.ts';
import type { RowChange } from '../../in-memory/in-memory-table.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../model/order-script.ts';
import { overlap } from '../model/outages.ts';
import type { World } from '../world.ts';
import { owedBy } from './owed.ts';
import { isFinal, isHint, isTemporary, messageOf } from './values.ts';

const EVERY = 11 * HOUR;

/** The reconciler runs every five minutes. What it claims may be lost a few times in a row, and a run may die. */
const MAX_DELAY_OF_CLAIM = HOUR;

/** Several claims in a row may be lost, and their waits double up to four hours. */
const MAX_DELAY_OF_CHECK = DAY;

/** An item that answers lack, and one that is unconfirmed, may be checked daily; a few answers in a row may lack it. */
const MAX_DELAY_OF_VERDICT = 3 * DAY;

/** After 180 days without an answer, and after as long past its deadline, an order is not checked any more. */
const MAX_CHECKED = 182 * DAY;

/** An order without open items is checked for a week at least. */
const MIN_FOLLOW_UPS = 7 * DAY - HOUR;

/** An overdue item is checked weekly at least; the last follow-up may be weeks after the one before. */
const MAX_WAIT = { RESCUE: 8 * DAY, FOLLOW_UP: 60 * DAY } as const;

/** Checks now and then that whatever is not done is due, at a time that is not long past. */
export class DueAudit {
  readonly #world: World;
  /**
   * The records of each order that can owe something, now or later, by sort key. Most never can any more, and to read
   * all of them would take as long as everything else in a world.
   */
  readonly #open = new Map<string, Map<string, Row>>();

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    const { agenda } = this.#world;
    const tick = (): void => {
      this.check();
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

  check(): void {
    for (const { orderUuid } of this.#world.orders) {
      const rows = [...(this.#open.get(`${PARTITION.order}${orderUuid}`)?.values() ?? [])];
      for (const row of rows) this.#record(orderUuid, row);
      const order = rows.find(({ sk }) => sk === RECORD.order);
      if (order) this.#order(orderUuid, order, rows);
    }
  }

  #violate(rule: string, orderUuid: string, row: Row, why = ''): void {
    const shown = omit(row, 'data', 'webhook', 'product');
    this.#world.violations.add(rule, orderUuid, `${why}${JSON.stringify(shown)}`);
  }

  /** A record that is due, or must be. */
  #record(orderUuid: string, row: Row): void {
    const { agenda, reconcilerOff, reconciler } = this.#world;
    const { dueAt } = row;
    if (typeof dueAt === 'string') {
      const at = Date.parse(dueAt);
      if (agenda.now - at <= MAX_DELAY_OF_CLAIM) return;
      const off = overlap([...reconcilerOff, ...reconciler.cutShort], at, agenda.now);
      if (agenda.now - at > MAX_DELAY_OF_CLAIM + off) {
        this.#violate('the reconciler claims what is due', orderUuid, row);
      }
    } else if (row.sk.startsWith(RECORD.event) && row['publishedAt'] === undefined) {
      if (!isTemporary(messageOf(row).type)) this.#violate('an event is due until published', orderUuid, row);
    } else if (isHint(row.sk) && row['outcome'] === undefined && this.#isOrderMissing(row)) {
      this.#violate('a hint is due until a check has read it', orderUuid, row);
    }
  }

  #isOrderMissing({ pk }: Row): boolean {
    return this.#world.table.peek({ pk, sk: RECORD.order }) === undefined;
  }

  #order(orderUuid: string, order: Row, rows: readonly Row[]): void {
    const { agenda } = this.#world;
    const items = rows.filter(({ sk }) => sk.startsWith(RECORD.item));
    for (const item of items) {
      this.#overdue(orderUuid, item);
      this.#followed(orderUuid, item);
    }
    this.#ending(orderUuid, order, items);
    const isStopped = this.#world.writes.isStopped(orderUuid);
    const owed = owedBy(order, rows, isStopped, 'must');
    const { nextCheckAt, due, rescueCount } = order;
    if (typeof nextCheckAt !== 'string') {
      if (!isStopped && this.#mayBeFollowedUp(items))
        this.#violate('a quiet order has follow-ups', orderUuid, order);
      if (owed.length > 0)
        this.#violate('an order that owes a check has a next check', orderUuid, order, owed[0]);
      return;
    }
    const lane = `${due}`.startsWith('FOLLOW_UP#') ? 'FOLLOW_UP' : 'RESCUE';
    const next = Date.parse(nextCheckAt);
    const delay = agenda.now - next;
    if (delay > MAX_DELAY_OF_CHECK && delay > MAX_DELAY_OF_CHECK + 2 * this.#timeOff(orderUuid, next)) {
      this.#violate('the next check is not long past', orderUuid, order);
    }
    if (next - agenda.now > MAX_WAIT[lane])
      this.#violate('no wait is longer than it may be', orderUuid, order);
    if (owed.length > 0 && lane === 'FOLLOW_UP') {
      this.#violate('the lane of follow-ups holds follow-ups only', orderUuid, order, owed[0]);
    }
    // An order is due at once when its commit was written in part, and due for an old webhook that came again.
    const isInBetween = rescueCount !== undefined || rows.some(({ sk }) => isHint(sk));
    const mayOwe = owedBy(order, rows, isStopped, 'may').length > 0;
    if (!mayOwe && lane === 'RESCUE' && !isInBetween) {
      this.#violate('an order that owes nothing is not due', orderUuid, order);
    }
    for (const row of [order, ...items]) {
      if ((row['expiresAt'] as number) * SECOND <= next) {
        this.#violate('no record expires before the next check', orderUuid, row);
      }
    }
  }

  /** Nothing is checked for ever. */
  #ending(orderUuid: string, order: Row, items: readonly Row[]): void {
    const isOld = (time: string | undefined): boolean =>
      time !== undefined && this.#world.agenda.now - Date.parse(time) > MAX_CHECKED;
    if (isOld((order['failure'] as ProviderFailure | undefined)?.firstAt)) {
      this.#violate('an order without an answer is given up', orderUuid, order);
    }
    for (const item of items) {
      if (isFinal(item) || item['trackingEndedAt']) continue;
      if (isOld(item['overdueAt'] as string | undefined)) {
        this.#violate('the tracking of an item that stays open ends', orderUuid, item);
      }
    }
  }

  #mayBeFollowedUp(items: readonly Row[]): boolean {
    const [newest] = items.map(({ since }) => since as string).toSorted((a, b) => (a < b ? 1 : -1));
    return (
      newest !== undefined &&
      items.every((item) => isFinal(item) && !item['unconfirmed']) &&
      this.#world.agenda.now - Date.parse(newest) < MIN_FOLLOW_UPS
    );
  }

  /** An item that stays open past its deadline is reported, once the provider answers. */
  #overdue(orderUuid: string, item: Row): void {
    if (isFinal(item) || item['overdueAt'] || item['trackingEndedAt'] || item['unconfirmed']) return;
    if (item['missingAt']) return;
    const { agenda, faults } = this.#world;
    const deadline = Date.parse(item['confirmBy'] as string);
    const from = Math.max(deadline, Date.parse(item['firstSeenAt'] as string)) + 15 * MINUTE;
    const allowance =
      faults.kinds.length === 0 ? MINUTE : MAX_DELAY_OF_VERDICT + 2 * this.#timeOff(orderUuid, from - DAY);
    if (agenda.now - from > allowance)
      this.#violate('an item past its deadline is reported', orderUuid, item);
  }

  /** An open item is tracked again when its order is asked for after the end. */
  #followed(orderUuid: string, item: Row): void {
    if (isFinal(item) || item['missingAt'] || item['trackingEndedAt'] === undefined) return;
    const { agenda, followed } = this.#world;
    const { from, until } = followed.spansOf(orderUuid).at(-1) ?? { from: agenda.now, until: 0 };
    const isAskedFor = until > agenda.now && Date.parse(item['trackingEndedAt'] as string) < from;
    const allowance = MAX_DELAY_OF_VERDICT + 2 * this.#timeOff(orderUuid, from - DAY);
    if (isAskedFor && agenda.now - from > allowance) {
      this.#violate('an order that is asked for again is tracked again', orderUuid, item);
    }
  }

  /** For how long since a moment an order could not be checked. */
  #timeOff(orderUuid: string, from: number): number {
    const { agenda, providerOutages, reconcilerOff, queueOff, provider } = this.#world;
    const episodes = provider.episodes.byOrder.get(orderUuid) ?? [];
    return overlap([...providerOutages, ...reconcilerOff, ...queueOff, ...episodes], from, agenda.now);
  }
}

/** Whether a record is due, or may owe something one day. What is done stays so: any change of it is seen. */
const canOwe = (row: Row): boolean => {
  if (row.sk.startsWith(RECORD.check)) return false;
  if (row['dueAt'] !== undefined) return true;
  if (row.sk.startsWith(RECORD.event)) {
    return row['publishedAt'] === undefined && !isTemporary(messageOf(row).type);
  }
  return row.sk === RECORD.order || row.sk.startsWith(RECORD.item) || row['outcome'] === undefined;
};
