import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { dueStore } from '../../lambdas/adapters/due-store.ts';
import { orderStore } from '../../lambdas/adapters/order-store.ts';
import { orderStories } from '../../lambdas/adapters/order-story.ts';
import { outbox } from '../../lambdas/adapters/outbox.ts';
import type { Table } from '../../lambdas/adapters/table.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { checkItem } from '../../lambdas/check-item/check-item.ts';
import type { CloudEvent } from '../../lambdas/contracts/events.ts';
import { type PartialSettings, settingsSchema } from '../../lambdas/contracts/settings.ts';
import { type CheckResult, type WatchInput, watchName } from '../../lambdas/contracts/watch.ts';
import { dispatchChanges } from '../../lambdas/dispatch-changes/dispatch-changes.ts';
import type { ItemState, OrderState } from '../../lambdas/domain/model.ts';
import type {
  Clock,
  LookDependencies,
  OwedEvent,
  ProviderAnswer,
  RefreshRequest,
  Telemetry,
} from '../../lambdas/domain/ports.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { type Instant, plusSeconds, toInstant, toMilliseconds } from '../../lambdas/domain/time.ts';
import { publishNewEvents } from '../../lambdas/publish-events/publish-events.ts';
import { reconcile } from '../../lambdas/reconcile/reconcile.ts';
import { refreshOrders } from '../../lambdas/refresh-order/refresh-order.ts';
import { ITEM, ORDER, START, webhookBody } from '../domain/fixtures.ts';
import { InMemoryTable, type RowChange } from '../in-memory/in-memory-table.ts';

/** The table, but for these operations. */
export const tableWith = (table: Table, instead: Partial<Table>): Table => ({
  get: (key) => table.get(key),
  query: (pk, from, to) => table.query(pk, from, to),
  put: (put) => table.put(put),
  update: (update) => table.update(update),
  transact: (writes) => table.transact(writes),
  queryDue: (due, until, limit) => table.queryDue(due, until, limit),
  ...instead,
});

export interface TrackerOptions {
  readonly settings?: PartialSettings;
  /** Stands between the stores and the table, to let it fail. */
  readonly through?: (table: InMemoryTable) => Table;
}

/** All functions over a table in memory, with a clock that tests set. Nothing happens by itself. */
export class Tracker {
  readonly settings;
  readonly table: InMemoryTable;
  readonly store;
  readonly stories;
  readonly webhooks;
  /** Changes that the stream has not delivered yet. */
  stream: RowChange[] = [];
  /** Messages in the refresh queue, with the time from which they can be received. */
  queue: (RefreshRequest & { readonly visibleAt: Instant })[] = [];
  /** Executions by name; ended ones keep theirs, as in Step Functions. */
  readonly watches = new Map<string, { input: WatchInput; ended?: CheckResult['decision'] }>();
  readonly published: CloudEvent[] = [];
  readonly counts = new Map<string, number>();
  readonly gets: Instant[] = [];
  now: Instant = START;
  /** What the provider answers. */
  provider: (orderUuid: string) => ProviderAnswer | Promise<ProviderAnswer> = () => ({ kind: 'unknown' });
  /** Which events the topic refuses. */
  refuses: (event: OwedEvent) => boolean = () => false;
  readonly #dueStore;
  readonly #outbox;

  constructor({ settings = {}, through = (table) => table }: TrackerOptions = {}) {
    this.settings = settingsSchema.parse(settings);
    this.table = new InMemoryTable((change) => this.stream.push(change));
    const table = through(this.table);
    this.store = orderStore(table, this.settings);
    this.stories = orderStories(table, this.settings);
    this.webhooks = webhookStore(table, this.settings);
    this.#dueStore = dueStore(table, this.settings);
    this.#outbox = outbox(table);
  }

  get clock(): Clock {
    return {
      now: () => this.now,
      sleep: async (milliseconds) => {
        this.now = toInstant(toMilliseconds(this.now) + milliseconds);
        // Others go on while somebody sleeps.
        await Promise.resolve();
      },
    };
  }

  get telemetry(): Telemetry {
    const count = (metric: string, value = 1) =>
      this.counts.set(metric, (this.counts.get(metric) ?? 0) + value);
    const silent = () => {};
    return { count, measure: silent, info: silent, warn: silent, error: silent };
  }

  get dependencies(): LookDependencies {
    return {
      store: this.store,
      provider: {
        getOrder: async (orderUuid) => {
          this.gets.push(this.now);
          return await this.provider(orderUuid);
        },
      },
      queue: { send: async (requests) => this.#enqueue(requests) },
      clock: this.clock,
      random: () => 0,
      telemetry: this.telemetry,
      settings: this.settings,
      eventSource: 'urn:musement-order-tracker:test',
    };
  }

  /** Lets the provider show these items from now on. */
  show(...items: SeenItem[]): void {
    this.provider = () => ({ kind: 'order', snapshot: { status: 'PENDING', items, unreadable: 0 } });
  }

  passSeconds(seconds: number): void {
    this.now = plusSeconds(this.now, seconds);
  }

  async webhook(status: string, version = '1', itemUuid = ITEM): Promise<boolean> {
    return await this.webhooks.store(webhookBody(status, version, itemUuid), this.now);
  }

  /** The stream brings what has changed, to both of its consumers. */
  async deliverStream(
    consumers: { readonly dispatch?: boolean; readonly publish?: boolean } = {},
  ): Promise<void> {
    const { dispatch = true, publish = true } = consumers;
    while (this.stream.length > 0) {
      const records = this.stream.splice(0).map(toStreamRecord);
      if (dispatch) await this.dispatch(records);
      if (publish) await this.publish(records);
    }
  }

  async dispatch(records: readonly DynamoDBRecord[]): Promise<void> {
    await dispatchChanges(records, {
      queue: { send: async (requests) => this.#enqueue(requests) },
      watches: this.#engine,
      settings: this.settings,
    });
  }

  async publish(records: readonly DynamoDBRecord[]): Promise<void> {
    await publishNewEvents(records, this.#publishing);
  }

  /** The queue delivers what is visible, in one batch. */
  async refresh(dependencies = this.dependencies): Promise<void> {
    const batch = this.queue.filter(({ visibleAt }) => visibleAt <= this.now);
    this.queue = this.queue.filter(({ visibleAt }) => visibleAt > this.now);
    if (batch.length === 0) return;
    const Records = batch.map(
      ({ visibleAt: _, delayInSeconds: __, ...request }, index) =>
        ({ messageId: `${index}`, body: JSON.stringify({ contract: 1, ...request }) }) as SQSRecord,
    );
    const { batchItemFailures } = await refreshOrders({ Records }, dependencies);
    if (batchItemFailures.length > 0) throw new Error('Messages failed.');
  }

  /** Executions whose time has come wake and check their items, all at once. */
  async wake(): Promise<void> {
    const due = [...this.watches.values()].filter(
      ({ input, ended }) => !ended && input.nextCheckAt <= this.now,
    );
    await Promise.all(
      due.map(async (watch) => {
        const { decision, ...input } = await checkItem(watch.input, this.dependencies);
        watch.input = input;
        if (decision !== 'wait') watch.ended = decision;
      }),
    );
  }

  async reconcile(): Promise<void> {
    await reconcile({
      ...this.#publishing,
      store: this.#dueStore,
      queue: this.dependencies.queue,
      watches: this.#engine,
    });
  }

  /** Stream, queue and executions until nothing is left to do now. */
  async settle(): Promise<void> {
    for (;;) {
      await this.deliverStream();
      const visible = this.queue.some(({ visibleAt }) => visibleAt <= this.now);
      const awake = [...this.watches.values()].some(
        ({ input, ended }) => !ended && input.nextCheckAt <= this.now,
      );
      if (!visible && !awake) return;
      await this.refresh();
      await this.wake();
    }
  }

  /** Lets time pass to where something is planned next, again and again, for so long. */
  async run(seconds: number, options: { readonly reconcileEverySeconds?: number } = {}): Promise<void> {
    const end = plusSeconds(this.now, seconds);
    const every = options.reconcileEverySeconds;
    let nextReconcile = every ? plusSeconds(this.now, every) : undefined;
    for (;;) {
      await this.settle();
      const planned = [
        ...this.queue.map(({ visibleAt }) => visibleAt),
        ...[...this.watches.values()].flatMap(({ input, ended }) => (ended ? [] : [input.nextCheckAt])),
        ...(nextReconcile ? [nextReconcile] : []),
      ].sort()[0];
      if (!planned || planned > end) break;
      if (planned > this.now) this.now = planned;
      if (every && nextReconcile && nextReconcile <= this.now) {
        nextReconcile = plusSeconds(this.now, every);
        await this.reconcile();
      }
    }
    if (this.now < end) this.now = end;
  }

  order(): OrderState | undefined {
    return this.table.peek({ pk: `ORDER#${ORDER}`, sk: 'ORDER' }) as unknown as OrderState | undefined;
  }

  item(itemUuid = ITEM): ItemState {
    const row = this.table.peek({ pk: `ORDER#${ORDER}`, sk: `ITEM#${itemUuid}` });
    if (!row) throw new Error(`The item ${itemUuid} is not stored.`);
    return row as unknown as ItemState;
  }

  /** Rows whose sort key begins with this. */
  rows(prefix: string): Record<string, unknown>[] {
    return this.table.rows().filter(({ sk }) => sk.startsWith(prefix));
  }

  types(): string[] {
    return this.published.map(({ type }) => type);
  }

  get #publishing() {
    return {
      topic: {
        publish: async (events: readonly OwedEvent[]) => {
          const accepted = events.filter((event) => !this.refuses(event));
          this.published.push(...accepted.map(({ body }) => JSON.parse(body) as CloudEvent));
          return accepted;
        },
      },
      outbox: this.#outbox,
      clock: this.clock,
      telemetry: this.telemetry,
    };
  }

  get #engine() {
    return {
      start: async (input: WatchInput) => {
        const name = watchName(input);
        if (!this.watches.has(name)) this.watches.set(name, { input });
      },
    };
  }

  #enqueue(requests: readonly RefreshRequest[]): void {
    this.queue.push(
      ...requests.map((request) => ({
        ...request,
        visibleAt: plusSeconds(this.now, request.delayInSeconds),
      })),
    );
  }
}

/** A change as the stream delivers it. */
export const toStreamRecord = ({ before, after }: RowChange): DynamoDBRecord => ({
  eventName: after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE',
  dynamodb: {
    ...(before && { OldImage: marshall(before) as NonNullable<DynamoDBRecord['dynamodb']>['OldImage'] }),
    ...(after && { NewImage: marshall(after) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] }),
  },
});
