import { dueStore } from '../../lambdas/adapters/due-store.ts';
import { orderStore } from '../../lambdas/adapters/order-store.ts';
import { orderKey } from '../../lambdas/adapters/records.ts';
import type { Put, Row, Update } from '../../lambdas/adapters/table.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import type { ClaimedRecord } from '../../lambdas/application/ports.ts';
import { type PartialSettings, settingsSchema } from '../../lambdas/contracts/settings.ts';
import { LANES } from '../../lambdas/contracts/table.ts';
import { lanePartition } from '../../lambdas/domain/due.ts';
import type { StoredOrder } from '../../lambdas/domain/model.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import type { Instant } from '../../lambdas/domain/time.ts';
import { at, decide, ORDER, webhookBody } from '../domain/fixtures.ts';
import { InMemoryTable, type RowChange } from '../in-memory/in-memory-table.ts';

/** A table in memory that remembers the transactions it was sent, and rejects those that DynamoDB would reject. */
class RecordingTable extends InMemoryTable {
  readonly transactions: (readonly (Put | Update)[])[] = [];
  /** Called before each transaction, with how many came before. */
  onTransaction: (index: number) => void = () => {};

  override async transact(writes: readonly (Put | Update)[]): Promise<boolean> {
    this.onTransaction(this.transactions.length);
    this.transactions.push(writes);
    const records = writes.map((write) => ('put' in write ? write.put : write.key));
    const keys = records.map(({ pk, sk }) => `${pk} ${sk}`);
    if (new Set(keys).size < keys.length) throw new Error('A transaction changes a record once at most.');
    return this.transactNow(writes);
  }
}

/** The stores over one table, and the checks of one order. */
export class OrderTable {
  readonly settings;
  readonly changes: RowChange[] = [];
  readonly table = new RecordingTable((change) => this.changes.push(change));
  readonly store;
  readonly webhooks;
  readonly due;

  constructor(settings: PartialSettings = {}) {
    this.settings = settingsSchema.parse(settings);
    this.store = orderStore(this.table, this.settings);
    this.webhooks = webhookStore(this.table, this.settings);
    this.due = dueStore(this.table, this.settings);
  }

  async read(): Promise<StoredOrder> {
    return await this.store.read(ORDER);
  }

  /** Commits what an answer to a GET, sent a number of seconds after the start of the tests, means for what was read. */
  async commit(stored: StoredOrder, seconds: number, answer: ProviderAnswer): Promise<boolean> {
    const change = decide(stored, seconds, answer, { tookInMilliseconds: 1000, settings: this.settings });
    const isCommitted = await this.store.commit(stored, change);
    if (isCommitted) await this.store.putCheck(change);
    return isCommitted;
  }

  /** A check that no other write disturbs. */
  async check(seconds: number, answer: ProviderAnswer): Promise<void> {
    const isCommitted = await this.commit(await this.read(), seconds, answer);
    if (!isCommitted) throw new Error('The check was not committed.');
  }

  /** Stores a webhook for {@link ITEM}. */
  async webhook(status: string, version: string, seconds: number): Promise<void> {
    await this.webhooks.store(webhookBody(status, version), at(seconds));
  }

  /** Claims everything that is due, as the reconciler does. */
  async claimDue(now: Instant): Promise<readonly ClaimedRecord[]> {
    const due = await Promise.all(LANES.map((lane) => this.due.due(lanePartition(lane, ORDER), now, 100)));
    const claims = await Promise.all(due.flat().map((record) => this.due.claim(record, now)));
    return claims.flatMap((claim) => claim ?? []);
  }

  /** The order's record. */
  get order(): Row {
    const row = this.table.peek(orderKey(ORDER));
    if (!row) throw new Error('The order has no record.');
    return row;
  }

  /** The records whose sort keys begin so, in the order of their keys. */
  records(prefix: string): readonly Row[] {
    return this.table.between(orderKey(ORDER).pk, prefix, `${prefix}\uffff`);
  }
}
