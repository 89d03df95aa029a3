import type { Row } from '../../../lambdas/adapters/table.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import type { RowChange } from '../../in-memory/in-memory-table.ts';
import { DAY, HOUR, type ItemScript, MINUTE, SECOND } from '../model/order-script.ts';
import type { Get } from '../model/provider-model.ts';
import type { World } from '../world.ts';
import { checkDeadline } from './deadlines.ts';
import { checkNewEvent } from './new-event.ts';

/** Longest lag of a replica, and a moment for the answer. */
const LONGEST_LAG = 60 * SECOND;

/** From the first try of a hint until all of its back-off is used up. */
const ALL_TRIES = 5 * HOUR;

const FINAL: ReadonlySet<unknown> = new Set(['OK', 'KO', 'REFUNDED']);

/** One status of an item as it was stored. */
export interface StoredStatus {
  readonly at: number;
  readonly status: string;
  /** Which step of the item's script it can only have come from, if none came twice. */
  readonly step: number;
}

/** Sees every write of a world, at the moment that it is made, and holds it against the promises. */
export class WriteWatch {
  /** Snapshots that were applied. */
  commits = 0;
  /** The statuses that each item had in the table, by its UUID. */
  readonly statuses = new Map<string, StoredStatus[]>();
  /** When an item was found overdue, by its UUID. */
  readonly overdue = new Map<string, number[]>();
  /** Webhooks that were answered with 200. */
  readonly confirmed: { readonly itemUuid: string; readonly status: string; readonly at: number }[] = [];
  /** Sort keys of hints that were satisfied once, with their partition. */
  readonly satisfied = new Set<string>();
  /** Scheduled checks that were answered, by item and round. */
  readonly scheduledChecks = new Map<string, number>();
  readonly #world: World;
  readonly #items: ReadonlyMap<string, ItemScript>;
  readonly #applied = new Map<string, { readonly get: Get; readonly at: number }>();
  #gets: ReadonlyMap<string, Get> = new Map();

  constructor(world: World) {
    this.#world = world;
    this.#items = new Map(
      world.orders.flatMap(({ items }) => items.map((item) => [item.itemUuid, item] as const)),
    );
  }

  /** Makes a write happen, with the GETs that its process has made. */
  during(gets: ReadonlyMap<string, Get>, write: () => unknown): void {
    this.#gets = gets;
    write();
    this.#gets = new Map();
  }

  webhookConfirmed(body: string): void {
    const { agenda, table, violations } = this.#world;
    const webhook = JSON.parse(body) as Record<string, string>;
    const orderUuid = `${webhook['order_uuid']}`.toLowerCase();
    const itemUuid = `${webhook['order_item_uuid']}`;
    const status = `${webhook['order_item_status']}`;
    const stored = table
      .partition(`ORDER#${orderUuid}`)
      .some(({ sk }) => sk.startsWith(`${RECORD.webhook}${itemUuid}#`) && sk.endsWith(`#${status}`));
    if (!stored) violations.add('a webhook answered with 200 is stored', orderUuid, body);
    this.confirmed.push({ itemUuid, status, at: agenda.now });
    this.#world.told(orderUuid, `webhook ${itemUuid.slice(0, 4)} ${status}`);
  }

  changed({ before, after }: RowChange): void {
    if (!after) return;
    const orderUuid = after.pk.slice('ORDER#'.length);
    if (after.sk === RECORD.order) this.#order(orderUuid, before, after);
    else if (after.sk.startsWith(RECORD.item)) this.#item(orderUuid, before, after);
    else if (after.sk.startsWith(RECORD.event)) this.#event(orderUuid, before, after);
    else if (after.sk.startsWith(RECORD.check)) this.#check(after);
    else this.#hint(orderUuid, before, after);
  }

  #violate(rule: string, orderUuid: string, detail: string): void {
    this.#world.violations.add(rule, orderUuid, detail);
  }

  #order(orderUuid: string, before: Row | undefined, after: Row): void {
    const [was, is] = [number(before?.['rev']), number(after['rev'])];
    const applies = is !== was || after['fetchedAt'] !== before?.['fetchedAt'];
    if (applies && is !== was + 1) this.#violate('rev counts up one by one', orderUuid, `${was} -> ${is}`);
    if (number(after['settledCount']) < number(before?.['settledCount'])) {
      this.#violate('the count of settlings never falls', orderUuid, `${after['settledCount']}`);
    }
    if (!applies) return;
    const get = this.#gets.get(orderUuid);
    const { now } = this.#world.agenda;
    const last = this.#applied.get(orderUuid);
    this.#world.history.add(
      orderUuid,
      () =>
        `table: rev ${is}${after['settled'] ? ', settled' : ''}${after['dueAt'] ? `, due ${after['dueAt']}` : ''}`,
    );
    if (!get) {
      this.#violate('what is written was shown', orderUuid, 'a snapshot without a GET');
      return;
    }
    if (last && last.get !== get && get.sentAt < last.at) {
      this.#violate(
        'an older observation never overwrites a newer one',
        orderUuid,
        `GET sent ${iso(get.sentAt)}, the one before was applied ${iso(last.at)}`,
      );
    }
    if (last?.get !== get) this.commits++;
    this.#applied.set(orderUuid, { get, at: now });
  }

  #item(orderUuid: string, before: Row | undefined, after: Row): void {
    const itemUuid = after.sk.slice(RECORD.item.length);
    this.#world.history.add(orderUuid, () => describe(itemUuid, after));
    if (before) {
      if (number(after['sequence']) < number(before['sequence'])) {
        this.#violate('the sequence of an item never falls', orderUuid, itemUuid);
      }
      const rounds = [number(before['round']), number(after['round'])] as const;
      const attempts = [number(before['attempt']), number(after['attempt'])] as const;
      if (rounds[1] < rounds[0] || (rounds[0] === rounds[1] && attempts[1] < attempts[0])) {
        this.#violate('round and attempt never fall', orderUuid, `${rounds} ${attempts}`);
      }
    }
    if (after['overdueAt'] !== undefined && after['overdueAt'] !== before?.['overdueAt']) {
      this.overdue.set(itemUuid, [...(this.overdue.get(itemUuid) ?? []), this.#world.agenda.now]);
    }
    if (before?.['status'] !== after['status']) this.#statusChanged(orderUuid, itemUuid, before, after);
  }

  #statusChanged(orderUuid: string, itemUuid: string, before: Row | undefined, after: Row): void {
    const { now } = this.#world.agenda;
    const status = after['status'] as string;
    const script = this.#items.get(itemUuid);
    const get = this.#gets.get(orderUuid);
    if (get?.showed.get(itemUuid) !== status || !script) {
      this.#violate('what is written was shown', orderUuid, `${itemUuid} ${status}`);
      return;
    }
    if (before && number(after['sequence']) <= number(before['sequence'])) {
      this.#violate('every change of status has its own sequence', orderUuid, itemUuid);
    }
    const known = this.statuses.get(itemUuid) ?? [];
    const last = known.at(-1)?.step ?? -1;
    const step = script.steps.findIndex(
      ({ at, status: shown }, index) =>
        index > last &&
        shown === status &&
        at <= get.answeredAt &&
        (script.steps[index + 1]?.at ?? Number.POSITIVE_INFINITY) + LONGEST_LAG > get.sentAt,
    );
    if (step < 0) this.#violate('no item goes back in time', orderUuid, `${itemUuid} ${status} again`);
    checkDeadline(this.#world, orderUuid, after);
    this.statuses.set(itemUuid, [...known, { at: now, status, step: Math.max(step, last) }]);
  }

  #event(orderUuid: string, before: Row | undefined, after: Row): void {
    if (!before) checkNewEvent(this.#world, orderUuid, after, this.#gets.get(orderUuid));
    else if (before['body'] !== after['body']) this.#violate('an event never changes', orderUuid, after.sk);
  }

  #check(after: Row): void {
    const showed = after['showed'];
    const itemUuid = after['itemUuid'] as string | undefined;
    if (after['reason'] !== 'schedule' || !itemUuid || typeof showed !== 'object') return;
    // An answer without the item is trouble, not a check.
    if ((showed as Record<string, unknown>)[itemUuid] === undefined) return;
    const item = this.#world.table.peek({ pk: after.pk, sk: `${RECORD.item}${itemUuid}` });
    if (!item || FINAL.has(item['status']) || item['doubt'] || item['overdueAt']) return;
    const key = `${itemUuid} ${item['round']}`;
    this.scheduledChecks.set(key, (this.scheduledChecks.get(key) ?? 0) + 1);
  }

  #hint(orderUuid: string, before: Row | undefined, after: Row): void {
    const outcome = after['outcome'];
    if (outcome === undefined || outcome === before?.['outcome']) return;
    const { now } = this.#world.agenda;
    const waited = now - Date.parse(after['requestedAt'] as string);
    const what = `${after.sk} after ${Math.round(waited / MINUTE)} min`;
    this.#world.history.add(
      orderUuid,
      () => `table: hint ${after.sk.slice(0, 12)} ${after['status'] ?? ''} ${outcome}`,
    );
    if (outcome === 'satisfied') {
      this.satisfied.add(`${after.pk} ${after.sk}`);
      if (after.sk.startsWith(RECORD.webhook) && !this.#wasStored(`${after['itemUuid']}`, after['status'])) {
        this.#violate('a satisfied hint says what is stored', orderUuid, what);
      }
    }
    if (outcome === 'contradicted' && waited < ALL_TRIES) {
      this.#violate('a hint has all of its tries', orderUuid, what);
    }
    if (outcome === 'given_up' && waited < 7 * DAY - MINUTE) {
      this.#violate('nothing unknown is given up within a week', orderUuid, what);
    }
  }

  /** Whether the item has this status, or had it until a moment ago: another look may have written since. */
  #wasStored(itemUuid: string, status: unknown): boolean {
    const since = this.#world.agenda.now - 2 * MINUTE;
    const stored = this.statuses.get(itemUuid) ?? [];
    return stored.some(
      (entry, index) =>
        entry.status === status && (stored[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= since,
    );
  }
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

const iso = (time: number): string => new Date(time).toISOString();

const describe = (itemUuid: string, item: Row): string => {
  const parts = ['status', 'sequence', 'round', 'attempt', 'nextCheckAt', 'dueAt', 'overdueAt', 'claims']
    .filter((name) => item[name] !== undefined)
    .map((name) => (name === 'status' ? item[name] : `${name} ${item[name]}`));
  const doubt = item['doubt'] ? `, doubt ${(item['doubt'] as { status: string }).status}` : '';
  return `table: item ${itemUuid.slice(0, 4)} ${parts.join(', ')}${doubt}`;
};
