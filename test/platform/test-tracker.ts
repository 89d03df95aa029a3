import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { TrackerEvent } from '../../events/index.ts';
import { toItem, toOrder } from '../../lambdas/adapters/records.ts';
import type { Row, Table } from '../../lambdas/adapters/table.ts';
import type { Telemetry, TrackRequest, UnpublishedEvent } from '../../lambdas/application/ports.ts';
import type { PartialSettings, Settings } from '../../lambdas/contracts/settings.ts';
import { PARTITION, RECORD } from '../../lambdas/contracts/table.ts';
import type { WatchState } from '../../lambdas/contracts/watch.ts';
import type { ItemState, OrderState } from '../../lambdas/domain/model.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  toInstant,
  toMilliseconds,
} from '../../lambdas/domain/time.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { Agenda, type Appointment } from './agenda.ts';
import { ChangeStream } from './change-stream.ts';
import type { PlatformContext, PlatformFault } from './context.ts';
import { type Deployment, type FunctionName, readDeployment } from './deployment.ts';
import { Environment } from './environment.ts';
import {
  type Functions,
  functionsOf,
  getOrderEvent,
  listOrdersEvent,
  trackEvent,
  untrackEvent,
  webhookEvent,
} from './functions.ts';
import { Lambda } from './lambda.ts';
import { MessageQueue } from './message-queue.ts';
import { inTopicBatches, RecordingTopic } from './recording-topic.ts';
import { ITEM, ORDER, START, webhookBody } from './sample-order.ts';
import { type Execution, WorkflowEngine } from './workflow-engine.ts';

export { tableWith } from './table-with.ts';

const DEPLOYMENT = await readDeployment();

/** Parts of the platform that a test can switch off and on. */
export type Part = 'dispatch' | 'publish' | 'queue' | 'watches';

export interface TestTrackerOptions {
  readonly settings?: PartialSettings;
  /** Stands between the functions and the table, so that a test can let it fail. */
  readonly through?: (table: InMemoryTable) => Table;
  readonly observer?: InvocationObserver;
}

/** Receives logs and metrics of the functions instead of the tracker's lists, and is called at the end of each invocation. */
export interface InvocationObserver {
  /** Telemetry of a function. Functions that a test calls directly share that of `orders-api`. */
  telemetry(name: FunctionName): Telemetry;
  ended(name: FunctionName): void;
}

/** A line that a function logged. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

/**
 * The whole product over fakes of the platform, in virtual time and without faults: the real functions, filters, batches
 * and state machine. Nothing takes any time but what waits on purpose, so that tests know every time to the second.
 */
export class TestTracker {
  readonly settings: Settings;
  readonly table: InMemoryTable;
  readonly dispatchStream: ChangeStream;
  readonly publishStream: ChangeStream;
  readonly queue: MessageQueue;
  readonly workflows: WorkflowEngine;
  /** For direct calls of a function, with an event as AWS sends it: an error reaches the caller. */
  readonly functions: Functions;
  /** When the provider was asked. */
  readonly gets: Instant[] = [];
  /** Sum of each metric that counts. */
  readonly counts = new Map<string, number>();
  /** Each value of each metric that measures. */
  readonly measured = new Map<string, number[]>();
  readonly logs: LogLine[] = [];
  /** What the provider answers. It may take its time with {@link sleep}. */
  provider: (orderUuid: string) => ProviderAnswer | Promise<ProviderAnswer> = () => ({ kind: 'unknown' });
  /** Which events the topic rejects. */
  topicRejects: (event: UnpublishedEvent) => boolean = () => false;
  /** Whether Step Functions throttles the start of an execution. */
  throttlesStart: () => boolean = () => false;
  /** What goes wrong in the platform. */
  strikes: (fault: PlatformFault) => boolean = () => false;
  /** By how many seconds the clock of a function's host is ahead. Set it before the function runs. */
  readonly skewInSeconds: Partial<Record<FunctionName, number>> = {};
  readonly #agenda = new Agenda(toMilliseconds(START));
  readonly #off = new Set<Part>();
  readonly #topic: RecordingTopic;
  readonly #lambda: Lambda<Environment>;
  readonly #table: Table;
  readonly #observer: InvocationObserver | undefined;

  constructor({ settings = {}, through = (table) => table, observer }: TestTrackerOptions = {}) {
    this.#observer = observer;
    this.settings = { ...DEPLOYMENT.settings, ...settings } as Settings;
    const deployment: Deployment = {
      ...DEPLOYMENT,
      queue: { ...DEPLOYMENT.queue, delayInSeconds: this.settings.refreshDelayInSeconds },
    };
    const context: PlatformContext = {
      agenda: this.#agenda,
      faults: { strikes: (fault) => this.#strikes(fault), milliseconds: () => 0 },
      log: () => {},
    };
    this.table = new InMemoryTable((change) => {
      this.dispatchStream.changed(change);
      this.publishStream.changed(change);
    });
    this.#table = through(this.table);
    this.#topic = new RecordingTopic(context);
    this.#lambda = new Lambda(
      (name) => this.#createInstance(name),
      deployment.timeoutsInSeconds,
      context.log,
    );
    const consume = (name: FunctionName) => async (Records: readonly unknown[]) =>
      (await this.#lambda.invoke(name, { Records })).ok;
    this.dispatchStream = new ChangeStream(
      'dispatch-changes',
      deployment.dispatch,
      consume('dispatch-changes'),
      context,
    );
    this.publishStream = new ChangeStream(
      'publish-events',
      deployment.publish,
      consume('publish-events'),
      context,
    );
    const refresh = async (event: unknown) => {
      const result = await this.#lambda.invoke('refresh-order', event);
      return result.ok
        ? result.value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
        : undefined;
    };
    this.queue = new MessageQueue(deployment.queue, refresh, context);
    this.workflows = new WorkflowEngine(
      deployment.definition,
      (state) => this.#lambda.invoke('check-order', state),
      context,
    );
    this.functions = this.#createInstance().functions;
  }

  get now(): Instant {
    return toInstant(this.#agenda.now);
  }

  /** Everything that subscribers received. */
  get published(): readonly TrackerEvent[] {
    return this.#topic.published.map(({ message }) => message);
  }

  /** Types of everything that subscribers received. */
  get types(): readonly string[] {
    return this.published.map(({ type }) => type);
  }

  /** Every execution, the oldest first. */
  get executions(): readonly Execution[] {
    return [...this.workflows.executions.values()];
  }

  /** Lets the provider show these items from now on. */
  show(...items: SeenItem[]): void {
    this.provider = () => ({ kind: 'order', snapshot: { status: 'PENDING', items, unreadable: 0 } });
  }

  /** Lets the provider fail from now on. */
  fail(cause = 'http_503', retryAfterInSeconds?: number): void {
    this.provider = () => ({ kind: 'failure', cause, retryAfterInSeconds });
  }

  /** Posts a webhook. @returns what it was answered with */
  async webhook(status: string, version = '1', itemUuid = ITEM): Promise<APIGatewayProxyStructuredResultV2> {
    return await this.functions['ingest-webhook'](webhookEvent(webhookBody(status, version, itemUuid)));
  }

  /** Sends a track request. @returns what it was answered with */
  async track(
    request: Pick<TrackRequest, 'paidAt' | 'reference'> = {},
    orderUuid = ORDER,
  ): Promise<APIGatewayProxyStructuredResultV2> {
    const { paidAt, reference } = request;
    const event = trackEvent(orderUuid, { ...(paidAt && { paidAt }), ...(reference && { reference }) });
    return await this.functions['orders-api'](event);
  }

  /** Requests the order with its timeline. @returns what it was answered with */
  async get(): Promise<APIGatewayProxyStructuredResultV2> {
    return await this.functions['orders-api'](getOrderEvent(ORDER));
  }

  /** Requests that tracking stops. @returns what it was answered with */
  async untrack(orderUuid = ORDER): Promise<APIGatewayProxyStructuredResultV2> {
    return await this.functions['orders-api'](untrackEvent(orderUuid));
  }

  /** Requests a list of orders. @returns what it was answered with */
  async list(query: Readonly<Record<string, string>>): Promise<APIGatewayProxyStructuredResultV2> {
    return await this.functions['orders-api'](listOrdersEvent(query));
  }

  /** Runs the reconciler once. @throws what it throws */
  async reconcile(): Promise<void> {
    await this.functions.reconcile(undefined);
  }

  /** Runs check-order once, as an execution in this state would. */
  async checkOrder(state: WatchState) {
    return await this.functions['check-order'](state);
  }

  /** Lets virtual time pass, with everything that happens in it. */
  async run(seconds: number, { reconcileEverySeconds = 0 } = {}): Promise<void> {
    const end = this.#agenda.now + seconds * MILLISECONDS_PER_SECOND;
    let next: Appointment | undefined;
    const planNext = (): void => {
      next = this.#agenda.at(this.#agenda.now + reconcileEverySeconds * MILLISECONDS_PER_SECOND, () => {
        void this.#lambda.invoke('reconcile', undefined);
        planNext();
      });
    };
    if (reconcileEverySeconds > 0) planNext();
    await this.#agenda.runUntil(end);
    if (next) this.#agenda.cancel(next);
  }

  /** Waits in virtual time, for what is called while {@link run} runs. */
  async sleep(seconds: number): Promise<void> {
    await this.#agenda.after(seconds * MILLISECONDS_PER_SECOND);
  }

  /**
   * Switches a part of the platform off. Records of the streams and messages wait until it is on again; executions that
   * start, or that wake, end as failed or aborted.
   */
  switchOff(part: Part): void {
    if (this.#off.has(part)) return;
    this.#off.add(part);
    this.#switchable(part)?.pause();
  }

  switchOn(part: Part): void {
    if (!this.#off.delete(part)) return;
    this.#switchable(part)?.resume();
  }

  /** The record of the order, if there is one. */
  order(): OrderState | undefined {
    const row = this.row(RECORD.order);
    return row && toOrder(ORDER, row);
  }

  item(itemUuid = ITEM): ItemState {
    const row = this.row(`${RECORD.item}${itemUuid}`);
    if (!row) throw new Error(`The item ${itemUuid} is not stored.`);
    return toItem(row);
  }

  /** A record of the order as it is stored. */
  row(sk: string): Row | undefined {
    return this.table.peek({ pk: `${PARTITION.order}${ORDER}`, sk });
  }

  /** Stored records whose sort key begins with this. */
  rows(prefix: string): readonly Row[] {
    return this.table.rows().filter(({ sk }) => sk.startsWith(prefix));
  }

  #switchable(part: Part): ChangeStream | MessageQueue | undefined {
    switch (part) {
      case 'dispatch':
        return this.dispatchStream;
      case 'publish':
        return this.publishStream;
      case 'queue':
        return this.queue;
      case 'watches':
        return undefined;
    }
  }

  #strikes(fault: PlatformFault): boolean {
    const isWatch = fault === 'execution lost' || fault === 'execution stopped';
    return (isWatch && this.#off.has('watches')) || this.strikes(fault);
  }

  #createInstance(name?: FunctionName) {
    const environment = new Environment(this.#agenda);
    environment.skewInMilliseconds = ((name && this.skewInSeconds[name]) ?? 0) * MILLISECONDS_PER_SECOND;
    const functions = functionsOf({
      table: this.#table,
      provider: {
        getOrder: async (orderUuid) => {
          this.gets.push(this.now);
          return await this.provider(orderUuid);
        },
      },
      queue: {
        send: async (messages) => {
          for (const message of messages) this.queue.send(message);
        },
      },
      watches: {
        start: async (state) => {
          if (this.throttlesStart()) throw new Error('StartExecution is throttled.');
          this.workflows.start(state);
        },
      },
      topic: {
        publish: async (events) =>
          inTopicBatches(events.filter((event) => !this.topicRejects(event))).flatMap((batch) =>
            this.#topic.accept(batch),
          ),
      },
      clock: environment.clock,
      time: () => environment.time(),
      random: () => 0,
      telemetry: this.#observer?.telemetry(name ?? 'orders-api') ?? this.#telemetry,
      settings: this.settings,
    });
    return { environment, functions: this.#observed(functions) };
  }

  /** The functions. The observer is called at the end of each invocation. */
  #observed(functions: Functions): Functions {
    const observed =
      <Result>(name: FunctionName, run: (event: unknown) => Promise<Result>) =>
      async (event: unknown): Promise<Result> => {
        try {
          return await run(event);
        } finally {
          this.#observer?.ended(name);
        }
      };
    return {
      'ingest-webhook': observed('ingest-webhook', functions['ingest-webhook']),
      'orders-api': observed('orders-api', functions['orders-api']),
      'dispatch-changes': observed('dispatch-changes', functions['dispatch-changes']),
      'publish-events': observed('publish-events', functions['publish-events']),
      'refresh-order': observed('refresh-order', functions['refresh-order']),
      'check-order': observed('check-order', functions['check-order']),
      reconcile: observed('reconcile', functions.reconcile),
    };
  }

  readonly #telemetry: Telemetry = {
    count: (metric, value = 1) => void this.counts.set(metric, (this.counts.get(metric) ?? 0) + value),
    measure: (metric, value) => {
      const values = this.measured.get(metric);
      if (values) values.push(value);
      else this.measured.set(metric, [value]);
    },
    info: (message, fields = {}) => void this.logs.push({ level: 'info', message, fields }),
    warn: (message, fields = {}) => void this.logs.push({ level: 'warn', message, fields }),
    error: (message, error, fields = {}) => void this.logs.push({ level: 'error', message, fields, error }),
  };
}
