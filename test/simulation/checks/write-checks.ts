import { isDeepStrictEqual } from 'node:util';
import { EVENT_TYPES } from '../../../events/index.ts';
import { toEvent } from '../../../lambdas/adapters/records.ts';
import type { Row } from '../../../lambdas/adapters/table.ts';
import { CLOCKS, PARTITION, RECORD } from '../../../lambdas/contracts/table.ts';
import { watchName } from '../../../lambdas/contracts/watch.ts';
import type { Webhook } from '../../../lambdas/contracts/webhook.ts';
import type { OrderState, ProviderFailure } from '../../../lambdas/domain/model.ts';
import type { RowChange } from '../../in-memory/in-memory-table.ts';
import { DAY, HOUR, type ItemScript, MINUTE, SECOND } from '../model/order-script.ts';
import type { Get } from '../model/provider-model.ts';
import type { World } from '../world.ts';
import { checkDeadline } from './deadlines.ts';
import { checkNewEvent } from './new-event.ts';
import { isConfirmationDue } from './owed.ts';
import { hintsOf, isFinal, isHint, iso, itemsOf, MAX_SKEW, messageOf } from './values.ts';

/** Longest lag of a replica, and a moment for the answer. */
const MAX_LAG = 60 * SECOND;

/** From the first answer that did not resolve a hint until the last of its listed checks. */
const ALL_HINT_CHECKS = 5.5 * HOUR;

/** Between reading an order and sending the GET, another process may serve what was due. */
const READ_TO_GET = 200;

/** Records that a claim may change, and nothing else of an order. */
const CHANGED_BY_CLAIM: ReadonlySet<string> = new Set(['rescueCount', 'dueAt']);

/** A record that the reconciler claimed this often is parked. */
const PARKED = 20;

/** One status of an item as it was stored. */
export interface StoredStatus {
  readonly at: number;
  readonly status: string;
  /** Which step of the item's script it can only have come from, if none came twice. */
  readonly step: number;
}

/** The process that makes a write. */
export interface Writer {
  /** The GETs that it has made. */
  readonly gets: ReadonlyMap<string, Get>;
  /** Whether it carries out a request of the partner. */
  readonly isPartner: boolean;
}

/** Checks every write of a world at the moment when it is made. */
export class WriteChecks {
  /** Checks of the provider that were written. */
  commits = 0;
  /** The statuses that each item had in the table, by its UUID. */
  readonly statuses = new Map<string, StoredStatus[]>();
  /** Webhooks that were answered with 200. */
  readonly confirmed: { readonly itemUuid: string; readonly status: string; readonly at: number }[] = [];
  /** Sort keys of hints that were satisfied once, with their partition. */
  readonly satisfied = new Set<string>();
  /** Answered checks of each order that only the confirmation schedule of its items called for. */
  readonly scheduledChecks = new Map<string, number>();
  /** When an item of each order that was missing was last shown again. */
  readonly backAt = new Map<string, number>();
  /** How many deadlines the items of each order have had: each starts the schedule again. */
  readonly deadlines = new Map<string, number>();
  readonly #world: World;
  readonly #items: ReadonlyMap<string, ItemScript>;
  readonly #applied = new Map<string, { readonly get: Get; readonly at: number }>();
  /** Until when something of an order was due that a check has served. */
  readonly #wasDueUntil = new Map<string, number>();
  /** When each order got its generation. */
  readonly #generationAt = new Map<string, number>();
  /** When each order was last claimed that no check has served since. */
  readonly #claimedAt = new Map<string, number>();
  /** When each fresh hint became fresh, by partition and sort key. */
  readonly #freshSince = new Map<string, number>();
  /** Orders that the write which is being made says everything of. */
  readonly #committed = new Set<string>();
  /** Orders whose check that is being written was called for by the confirmation schedule. */
  readonly #scheduled = new Set<string>();
  /** When the tracking of each order was stopped that no check has been made of since. */
  readonly #stoppedAt = new Map<string, number>();
  /** Items whose tracking the write that is being made ends. */
  readonly #ended = new Set<Row>();
  #gets: ReadonlyMap<string, Get> = new Map();
  /** Whether the write that is being made carries out a request of the partner. */
  #isPartner = false;

  constructor(world: World) {
    this.#world = world;
    this.#items = new Map(
      world.orders.flatMap(({ items }) => items.map((item) => [item.itemUuid, item] as const)),
    );
  }

  /** Makes a write of a process happen. */
  during({ gets, isPartner }: Writer, write: () => unknown): void {
    this.#gets = gets;
    this.#isPartner = isPartner;
    write();
    for (const orderUuid of this.#committed) this.#checked(orderUuid);
    this.#committed.clear();
    for (const item of this.#ended) this.#endIsTold(item);
    this.#ended.clear();
    this.#gets = new Map();
    this.#isPartner = false;
  }

  /** Whether the last check of an order, if any, was before the partner stopped its tracking. */
  isStopped(orderUuid: string): boolean {
    return this.#stoppedAt.has(orderUuid);
  }

  /** A request to stop tracking, sent at this time, was answered. What was requested since is not affected by it. */
  stopConfirmed(orderUuid: string, sentAt: number): void {
    const { table } = this.#world;
    const pk = `${PARTITION.order}${orderUuid}`;
    const hints = hintsOf(table, pk);
    if (hints.some(({ sk }) => (this.#freshSince.get(`${pk} ${sk}`) ?? 0) >= sentAt - READ_TO_GET)) return;
    const order = table.peek({ pk, sk: RECORD.order });
    const tracked = itemsOf(table, pk).filter((item) => !isFinal(item) && !item['trackingEndedAt']);
    const unresolved = hints.filter(({ outcome }) => outcome === undefined);
    const left = [...tracked, ...unresolved].map(({ sk }) => sk);
    if (order?.['nextCheckAt'] !== undefined) left.push(`next check ${order['nextCheckAt']}`);
    if (left.length > 0)
      this.#violate('an order that is stopped is not followed', orderUuid, left.join(', '));
  }

  webhookConfirmed(body: string, sentAt: number): void {
    const { agenda, table } = this.#world;
    const webhook = JSON.parse(body) as Webhook;
    const { order_item_uuid: itemUuid, order_item_status: status } = webhook;
    const orderUuid = webhook.order_uuid.toLowerCase();
    const prefix = `${RECORD.webhook}${itemUuid}#`;
    const stored = table
      .between(`${PARTITION.order}${orderUuid}`, prefix, `${prefix}\uffff`)
      .find(
        ({ sk, webhook: received }) =>
          sk.endsWith(`#${status}`) &&
          (received as Webhook).order_item_version === webhook.order_item_version,
      );
    if (!stored) this.#violate('a webhook answered with 200 is stored', orderUuid, body);
    else if (stored['due'] === undefined) {
      const sinceRequest = agenda.now - Date.parse(stored['requestedAt'] as string);
      if (sinceRequest > MINUTE + MAX_SKEW) {
        this.#violate('a webhook that comes again requests a check', orderUuid, stored.sk);
      }
    }
    this.confirmed.push({ itemUuid, status, at: agenda.now });
    this.#world.orderKnown(orderUuid, `webhook ${itemUuid.slice(0, 4)} ${status}`, sentAt);
  }

  /** A GET is being sent. */
  asked({ orderUuid, sentAt }: Get): void {
    const { table } = this.#world;
    const pk = `${PARTITION.order}${orderUuid}`;
    const isDue =
      isDueBy(table.peek({ pk, sk: RECORD.order })?.['nextCheckAt'], sentAt) ||
      hintsOf(table, pk).some(({ due }) => due !== undefined);
    const wasDue = sentAt - (this.#wasDueUntil.get(orderUuid) ?? Number.NEGATIVE_INFINITY) <= READ_TO_GET;
    if (!isDue && !wasDue) this.#violate('the provider is asked only when something is due', orderUuid, '');
  }

  /** A turn of a watch that began at this time decided to wait. */
  watchWaits(orderUuid: string, generation: number, beganAt: number): void {
    const order = this.#world.table.peek({ pk: `${PARTITION.order}${orderUuid}`, sk: RECORD.order });
    const wasSuperseded = (this.#generationAt.get(orderUuid) ?? Number.POSITIVE_INFINITY) < beganAt;
    if (order?.['generation'] !== generation && wasSuperseded) {
      this.#violate('a superseded watch ends', orderUuid, `${generation} of ${order?.['generation']}`);
    }
  }

  changed({ before, after }: RowChange): void {
    if (!after?.pk.startsWith(PARTITION.order)) return;
    const orderUuid = after.pk.slice(PARTITION.order.length);
    this.#rescue(orderUuid, before, after);
    if (after.sk === RECORD.order) this.#order(orderUuid, before, after);
    else if (after.sk.startsWith(RECORD.item)) this.#item(orderUuid, before, after);
    else if (after.sk.startsWith(RECORD.event)) this.#event(orderUuid, before, after);
    else if (isHint(after.sk)) this.#hint(orderUuid, before, after);
  }

  #violate(rule: string, orderUuid: string, detail: string): void {
    this.#world.violations.add(rule, orderUuid, detail);
  }

  #rescue(orderUuid: string, before: Row | undefined, after: Row): void {
    const count = number(after['rescueCount']);
    // A commit in parts sets the count of an order too.
    if (count <= number(before?.['rescueCount']) || after['rev'] !== before?.['rev']) return;
    const what = `${nameOf(after)}, ${count} times`;
    this.#world.history.add(orderUuid, () => `table: claim of ${what}`);
    if (count >= PARKED) this.#violate('nothing is parked', orderUuid, what);
    // The reconciler is a clock of healthy orders too.
    const isRoutine = after.sk === RECORD.order && after['clock'] === CLOCKS.reconciler;
    // While the provider fails, fresh hints wait longer than the margin.
    const isFailing = this.#world.table.peek({ pk: after.pk, sk: RECORD.order })?.['failure'] !== undefined;
    if (!isRoutine && !isFailing && this.#world.faults.kinds.length === 0) {
      this.#violate('without faults nothing is rescued', orderUuid, what);
    }
  }

  #order(orderUuid: string, before: Row | undefined, after: Row): void {
    const { now } = this.#world.agenda;
    const revs = [number(before?.['rev']), number(after['rev'])] as const;
    const generations = [number(before?.['generation']), number(after['generation'])] as const;
    const dueAt = typeof after['dueAt'] === 'string' ? after['dueAt'] : undefined;
    if (before && isDueBy(before['nextCheckAt'], now)) this.#wasDueUntil.set(orderUuid, now);
    if (generations[1] !== generations[0]) this.#generationAt.set(orderUuid, now);
    if (generations[1] < generations[0] || generations[1] > generations[0] + 1) {
      this.#violate('the generation of an order rises one by one', orderUuid, generations.join(' -> '));
    }
    if (number(after['settledCount']) < number(before?.['settledCount'])) {
      this.#violate('settledCount never falls', orderUuid, `${after['settledCount']}`);
    }
    if ((dueAt === undefined) !== (after['nextCheckAt'] === undefined)) {
      this.#violate('an order is due while it has a next check', orderUuid, `due ${dueAt}`);
    }
    if (before && revs[1] === revs[0]) {
      this.#claimedAt.set(orderUuid, now);
      this.#claim(orderUuid, before, after);
      return;
    }
    if (revs[1] !== revs[0] + 1) {
      this.#violate('rev rises by one with every write of a check', orderUuid, revs.join(' -> '));
    }
    if (isPart(after)) this.#part(orderUuid, after);
    else this.#committed.add(orderUuid);
    this.#postponed(orderUuid, before, after);
    this.#dueTime(orderUuid, after);
    this.#watch(orderUuid, before, after);
    const { table } = this.#world;
    const isScheduled = isConfirmationDue(before, itemsOf(table, after.pk), hintsOf(table, after.pk));
    if (isScheduled) this.#scheduled.add(orderUuid);
    else this.#scheduled.delete(orderUuid);
    this.#world.history.add(orderUuid, () => describeOrder(after));
    if (this.#isPartner) this.#stoppedAt.set(orderUuid, now);
    else this.#observation(orderUuid);
    this.#claimedAt.delete(orderUuid);
  }

  /** A claim changes nothing of an order but its rescue count and when it is due. */
  #claim(orderUuid: string, before: Row, after: Row): void {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (!CHANGED_BY_CLAIM.has(name) && !isDeepStrictEqual(before[name], after[name])) {
        this.#violate('only a check that raises rev changes an order', orderUuid, name);
      }
    }
  }

  #part(orderUuid: string, order: Row): void {
    if (!isDueBy(order['nextCheckAt'], this.#world.agenda.now)) {
      this.#violate('an order with a rescue count is due', orderUuid, `${order['nextCheckAt']}`);
    }
  }

  /** What was not sent is no failure. */
  #postponed(orderUuid: string, before: Row | undefined, after: Row): void {
    if (this.#gets.get(orderUuid)?.answer !== 'paused') return;
    const countOf = (row: Row | undefined) => (row?.['failure'] as ProviderFailure | undefined)?.count ?? 0;
    if (countOf(before) !== countOf(after)) {
      this.#violate('a postponed check is not counted', orderUuid, `${countOf(after)} failures`);
    }
  }

  #dueTime(orderUuid: string, order: Row): void {
    const { nextCheckAt, clock, dueAt } = order;
    if (nextCheckAt === undefined || isPart(order)) return;
    const margin =
      clock === CLOCKS.watch ? this.#world.deployment.settings.rescueMarginInSeconds * SECOND : 0;
    if (Date.parse(dueAt as string) !== Date.parse(nextCheckAt as string) + margin) {
      this.#violate('the due time follows from the next check', orderUuid, `${nextCheckAt}, due ${dueAt}`);
    }
  }

  /** A check that plans the next one for the watch leaves a watch that makes it happen. */
  #watch(orderUuid: string, before: Row | undefined, after: Row): void {
    if (after['clock'] !== CLOCKS.watch || isPart(after)) return;
    const nextCheckAt = after['nextCheckAt'] as string;
    const generation = number(after['generation']);
    if (generation > number(before?.['generation'])) return;
    const execution = this.#world.workflows.executions.get(watchName({ orderUuid, generation }));
    // A check does not see a claim that comes while it waits for its answer.
    const sentAt = this.#gets.get(orderUuid)?.sentAt ?? 0;
    if ((this.#claimedAt.get(orderUuid) ?? Number.POSITIVE_INFINITY) < sentAt - READ_TO_GET) {
      this.#violate('a rescue is followed by a new watch', orderUuid, `generation ${generation}`);
    }
    if (execution?.status === 'succeeded') {
      this.#violate('the watch of an order has not ended', orderUuid, execution.name);
    }
    if (execution?.status === 'running' && (execution.waitsUntil ?? 0) > Date.parse(nextCheckAt) + MAX_SKEW) {
      const until = iso(execution.waitsUntil as number);
      this.#violate('the watch wakes in time', orderUuid, `${until}, the next check is at ${nextCheckAt}`);
    }
  }

  #observation(orderUuid: string): void {
    const get = this.#gets.get(orderUuid);
    const last = this.#applied.get(orderUuid);
    const stoppedAt = this.#stoppedAt.get(orderUuid);
    this.#stoppedAt.delete(orderUuid);
    if (get && stoppedAt !== undefined && get.sentAt < stoppedAt) {
      this.#violate(
        'a check does not bring back an order that was stopped meanwhile',
        orderUuid,
        iso(stoppedAt),
      );
    }
    if (!get) {
      this.#violate('what is written was shown', orderUuid, 'a check without a GET');
      return;
    }
    if (last && last.get !== get && get.sentAt < last.at) {
      this.#violate(
        'an older observation never overwrites a newer one',
        orderUuid,
        `GET sent ${iso(get.sentAt)}, the one before was written ${iso(last.at)}`,
      );
    }
    if (last?.get !== get) this.commits++;
    this.#applied.set(orderUuid, { get, at: this.#world.agenda.now });
  }

  #item(orderUuid: string, before: Row | undefined, after: Row): void {
    const itemUuid = after.sk.slice(RECORD.item.length);
    this.#world.history.add(orderUuid, () => describeItem(itemUuid, after));
    for (const name of ['sequence', 'openPeriod']) {
      if (number(after[name]) < number(before?.[name])) {
        this.#violate(`${name} of an item never falls`, orderUuid, itemUuid);
      }
    }
    if (after['dueAt'] !== undefined || after['nextCheckAt'] !== undefined) {
      this.#violate('an item has no clock', orderUuid, itemUuid);
    }
    // The order is written before its items in the same transaction, in a part that is not the last too.
    const order = this.#world.table.peek({ pk: after.pk, sk: RECORD.order });
    if (!isFinal(after) && after['missingAt'] === undefined && order?.['settled']) {
      this.#violate('an order with an open item is not settled', orderUuid, itemUuid);
    }
    if (before?.['missingAt'] !== undefined && after['missingAt'] === undefined) {
      this.backAt.set(orderUuid, this.#world.agenda.now);
    }
    if (before?.['confirmBy'] !== after['confirmBy']) {
      this.deadlines.set(orderUuid, (this.deadlines.get(orderUuid) ?? 0) + 1);
    }
    if (after['trackingEndedAt'] !== undefined && after['trackingEndedAt'] !== before?.['trackingEndedAt']) {
      this.#ended.add(after);
    }
    const isNewPeriod = number(after['openPeriod']) > number(before?.['openPeriod']);
    if (isNewPeriod && before?.['overdueAt'] && after['overdueAt'] === before['overdueAt']) {
      this.#violate('a new open period begins without a verdict', orderUuid, itemUuid);
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
      this.#violate('every change of status has its own sequence number', orderUuid, itemUuid);
    }
    const known = this.statuses.get(itemUuid) ?? [];
    const last = known.at(-1)?.step ?? -1;
    const step = script.steps.findIndex(
      ({ at, status: shown }, index) =>
        index > last &&
        shown === status &&
        at <= get.answeredAt &&
        (script.steps[index + 1]?.at ?? Number.POSITIVE_INFINITY) + MAX_LAG > get.sentAt,
    );
    if (step < 0) this.#violate('no item goes back in time', orderUuid, `${itemUuid} ${status} again`);
    checkDeadline(this.#world, orderUuid, after);
    this.statuses.set(itemUuid, [...known, { at: now, status, step: Math.max(step, last) }]);
  }

  /** The event of the end is written together with it. */
  #endIsTold({ pk, sk, sequence }: Row): void {
    const orderUuid = pk.slice(PARTITION.order.length);
    const itemUuid = sk.slice(RECORD.item.length);
    const key = `${RECORD.event}${itemUuid}#${`${sequence}`.padStart(8, '0')}`;
    const event = this.#world.table.peek({ pk, sk: key });
    if (!event || messageOf(event).type !== EVENT_TYPES.trackingEnded) {
      this.#violate('the end of tracking is an event', orderUuid, itemUuid);
    }
  }

  #event(orderUuid: string, before: Row | undefined, after: Row): void {
    if (!before) checkNewEvent(this.#world, orderUuid, after, this.#gets.get(orderUuid));
    else if (toEvent(before).body !== toEvent(after).body)
      this.#violate('an event never changes', orderUuid, after.sk);
  }

  /** A check has written everything: the order, its items and its hints. */
  #checked(orderUuid: string): void {
    const { table } = this.#world;
    const order = table.peek({ pk: `${PARTITION.order}${orderUuid}`, sk: RECORD.order });
    const get = this.#gets.get(orderUuid);
    if (!order || !get) return;
    const { nextCheckAt, checkedAt, failure } = order as Partial<OrderState>;
    const sentAt = failure?.lastAt ?? checkedAt ?? '';
    if (nextCheckAt !== undefined && nextCheckAt <= sentAt) {
      this.#violate('a check plans no check before itself', orderUuid, `${sentAt} plans ${nextCheckAt}`);
    }
    if (nextCheckAt !== undefined && !nextCheckAt.endsWith('.000Z')) {
      this.#violate('a check is planned in whole seconds', orderUuid, nextCheckAt);
    }
    this.#consumption(orderUuid, order.pk, get);
    if (get.answer !== 'order') return;
    this.#settled(orderUuid, order);
    if (this.#scheduled.has(orderUuid)) {
      this.scheduledChecks.set(orderUuid, (this.scheduledChecks.get(orderUuid) ?? 0) + 1);
    }
  }

  /** An order is settled by a complete answer after which every item that is not missing is final, and none unconfirmed. */
  #settled(orderUuid: string, order: Row): void {
    const items = itemsOf(this.#world.table, order.pk).filter(({ missingAt }) => missingAt === undefined);
    const allFinal = items.length > 0 && items.every((item) => isFinal(item) && !item['unconfirmed']);
    if (allFinal && !order['incompleteSince'] && !order['settled']) {
      this.#violate('an order whose items are all final is settled', orderUuid, '');
    }
  }

  /** A check takes the freshness of every hint that it has read, whatever the answer. */
  #consumption(orderUuid: string, pk: string, { sentAt }: Get): void {
    for (const { sk, due } of hintsOf(this.#world.table, pk)) {
      const freshSince = due !== undefined ? this.#freshSince.get(`${pk} ${sk}`) : undefined;
      if (freshSince !== undefined && freshSince < sentAt - READ_TO_GET) {
        this.#violate('a check consumes the hints that it has read', orderUuid, sk);
      }
    }
  }

  #hint(orderUuid: string, before: Row | undefined, after: Row): void {
    this.#freshness(orderUuid, before, after);
    const outcome = after['outcome'];
    if (outcome === undefined || outcome === before?.['outcome']) return;
    const { now } = this.#world.agenda;
    const firstAnswerAt = Date.parse((after['firstAnswerAt'] ?? before?.['firstAnswerAt']) as string);
    // A hint that the first answer resolves has no time of its first answer.
    const waited = Number.isNaN(firstAnswerAt) ? 0 : now - firstAnswerAt + MAX_SKEW;
    const what = `${after.sk} after ${Math.round(waited / MINUTE)} min`;
    this.#world.history.add(orderUuid, () => `table: ${nameOf(after)} ${outcome}`);
    if (outcome === 'satisfied') {
      this.satisfied.add(`${after.pk} ${after.sk}`);
      if (after.sk.startsWith(RECORD.webhook) && !this.#wasStored(`${after['itemUuid']}`, after['status'])) {
        this.#violate('a satisfied hint says what is stored', orderUuid, what);
      }
    }
    if (outcome === 'contradicted' && waited < ALL_HINT_CHECKS) {
      this.#violate('a hint has all of its checks before it is contradicted', orderUuid, what);
    }
    if (outcome === 'withdrawn' && !this.#isPartner) {
      this.#violate('only the partner withdraws a hint', orderUuid, what);
    }
    if (outcome === 'given_up' && waited < 7 * DAY && !this.#isGivenUp()) {
      this.#violate('no hint is given up within a week', orderUuid, what);
    }
  }

  /** After 180 days without an answer an order is given up, and its hints with it. */
  #isGivenUp(): boolean {
    const { agenda, providerOutages } = this.#world;
    return providerOutages.some(({ from, until }) => agenda.now - from > 180 * DAY && agenda.now < until);
  }

  /** A hint stays fresh until a check has read it: one that was sent after the hint became fresh. */
  #freshness(orderUuid: string, before: Row | undefined, after: Row): void {
    const { now } = this.#world.agenda;
    const key = `${after.pk} ${after.sk}`;
    const [wasFresh, isFresh] = [before?.['due'] !== undefined, after['due'] !== undefined];
    if (!before && !isFresh) this.#violate('a stored hint is due', orderUuid, after.sk);
    if (isFresh && before?.['requestedAt'] !== after['requestedAt']) {
      this.#freshSince.set(key, now);
      this.#world.history.add(orderUuid, () => `table: ${nameOf(after)} is fresh`);
    }
    if (!wasFresh || isFresh) return;
    this.#wasDueUntil.set(orderUuid, now);
    if (this.#isPartner) return;
    const get = this.#gets.get(orderUuid);
    if (!get || get.sentAt < (this.#freshSince.get(key) ?? 0)) {
      this.#violate('a hint is fresh until a check has read it', orderUuid, after.sk);
    }
  }

  /** Whether the item has this status, or had it until a moment ago: another check may have written since. */
  #wasStored(itemUuid: string, status: unknown): boolean {
    const since = this.#world.agenda.now - 2 * MINUTE;
    const stored = this.statuses.get(itemUuid) ?? [];
    return stored.some(
      (entry, index) =>
        entry.status === status && (stored[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= since,
    );
  }
}

/** Names a record without the random part of its key: the same seed has the same history. */
const nameOf = ({ sk, itemUuid, status }: Row): string =>
  sk.startsWith(RECORD.webhook)
    ? `webhook ${`${itemUuid}`.slice(0, 4)} ${status}`
    : (sk.split('#')[0] as string);

/** Whether an order was written by a part of a commit that is not the last: only these leave a rescue count. */
const isPart = (order: Row): boolean => order['rescueCount'] !== undefined;

const isDueBy = (nextCheckAt: unknown, time: number): boolean =>
  typeof nextCheckAt === 'string' && Date.parse(nextCheckAt) <= time + MAX_SKEW;

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

const describe = (row: Row, names: readonly string[]): string =>
  names.flatMap((name) => (row[name] === undefined ? [] : [`${name} ${row[name]}`])).join(', ');

const describeOrder = (order: Row): string =>
  `table: ${describe(order, ['rev', 'generation', 'settled', 'nextCheckAt', 'clock', 'rescueCount', 'due', 'incompleteSince'])}${order['failure'] ? ', fails' : ''}`;

const describeItem = (itemUuid: string, item: Row): string => {
  const { unconfirmed } = item as { unconfirmed?: { status: string } };
  const known = describe(item, ['status', 'sequence', 'openPeriod', 'confirmBy', 'overdueAt']);
  return `table: item ${itemUuid.slice(0, 4)} ${known}${unconfirmed ? `, unconfirmed ${unconfirmed.status}` : ''}${isFinal(item) ? `, ${(item['vouchers'] as unknown[]).length} vouchers` : ''}`;
};
