import type { Telemetry } from '../../lambdas/domain/ports.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { checkAtTheEnd } from './checks/at-the-end.ts';
import { DueAudit } from './checks/due-audit.ts';
import { type Violation, Violations } from './checks/violations.ts';
import { WriteWatch } from './checks/write-watch.ts';
import { Agenda } from './engine/agenda.ts';
import { Environment } from './engine/environment.ts';
import { type Fault, Faults } from './engine/faults.ts';
import { History, type HistoryLine } from './engine/history.ts';
import { Random } from './engine/random.ts';
import { ChangeStream } from './model/change-stream.ts';
import type { Deployment } from './model/deployment.ts';
import { FaultyTable } from './model/faulty-table.ts';
import { type Functions, functionsOf, WEBHOOK_CREDENTIALS } from './model/functions.ts';
import { LaggingIndex } from './model/lagging-index.ts';
import { streamRecord } from './model/marshall.ts';
import { MessageQueue } from './model/message-queue.ts';
import { DAY, HOUR, MINUTE, type OrderScript, writeOrder } from './model/order-script.ts';
import { type Outage, outages } from './model/outages.ts';
import { Platform } from './model/platform.ts';
import { type Get, ProviderModel } from './model/provider-model.ts';
import { ReconcilerSchedule } from './model/reconciler.ts';
import { RecordingTopic } from './model/recording-topic.ts';
import { scheduleWebhooks } from './model/webhook-sender.ts';
import { WorkflowEngine } from './model/workflow-engine.ts';

export interface WorldOptions {
  readonly seed: string;
  /** How many orders there are. */
  readonly orders: number;
  /** Leaves out all orders but these, by number; the stories of the others do not change by it. */
  readonly only?: readonly number[] | undefined;
  /** Kinds of faults that are left out. */
  readonly without?: readonly Fault[] | undefined;
  /** Kinds of faults that take part whatever the seed says, as often as they may. */
  readonly always?: readonly Fault[] | undefined;
  /** So many items in every order, which all go the same way. */
  readonly items?: number | undefined;
  /** Orders by hand instead of random ones. */
  readonly scripts?: readonly OrderScript[] | undefined;
  readonly history?: boolean | undefined;
  /** Promises that may be broken here. */
  readonly ignoring?: readonly string[] | undefined;
  /** Goes on after a broken promise; otherwise the run ends with the first. */
  readonly toTheEnd?: boolean | undefined;
}

/** What came of a world. */
export interface WorldResult {
  readonly seed: string;
  readonly orders: number;
  readonly items: number;
  readonly gets: number;
  readonly checks: number;
  readonly events: number;
  readonly executions: number;
  readonly transitions: number;
  readonly mostHistoryEvents: number;
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  readonly kinds: readonly Fault[];
  readonly violations: readonly Violation[];
  readonly history: readonly HistoryLine[];
  readonly virtualDays: number;
}

export const START = Date.parse('2026-03-20T08:00:00.000Z');
/** Orders are created in this span. */
const ARRIVALS = 12 * HOUR;
/** Nothing changes any more so long after the order was created. */
const LONGEST_STORY = 21 * DAY;
/** Without faults everything comes right in this time: the longest wait of a record is a day. */
const CALM = 9 * DAY;

/** Runs one world from its first order to its end. */
export const runWorld = async (deployment: Deployment, options: WorldOptions): Promise<WorldResult> => {
  const world = new World(deployment, options);
  return await world.run();
};

/** Everything that a check can look at. */
export class World {
  readonly deployment: Deployment;
  readonly options: WorldOptions;
  readonly random: Random;
  readonly agenda = new Agenda(START);
  readonly faults: Faults;
  readonly history: History;
  readonly violations: Violations;
  readonly orders: readonly OrderScript[];
  readonly table: InMemoryTable;
  readonly index: LaggingIndex;
  readonly topic: RecordingTopic;
  readonly queue: MessageQueue;
  readonly provider: ProviderModel;
  readonly workflows: WorkflowEngine;
  readonly platform: Platform;
  readonly writes: WriteWatch;
  readonly audit: DueAudit;
  readonly reconciler: ReconcilerSchedule;
  readonly end: number;
  readonly providerOutages: readonly Outage[];
  readonly consumersOff: { readonly dispatch: readonly Outage[]; readonly publish: readonly Outage[] };
  readonly reconcilerOff: readonly Outage[];
  /** When each order was told of for the first time: a webhook answered with 200, a track request with 202. */
  readonly toldAt = new Map<string, number>();
  checks = 0;
  #environments = 0;

  constructor(deployment: Deployment, options: WorldOptions) {
    this.deployment = deployment;
    this.options = options;
    this.random = new Random(options.seed);
    const now = () => this.agenda.now;
    const { without = [], always = [] } = options;
    this.faults = new Faults(options.seed, { without, always }, now);
    this.history = new History(options.history ?? false, now);
    this.violations = new Violations(now, options.ignoring ?? []);
    this.orders = options.scripts ?? this.#writeOrders();
    const lastChange = Math.max(
      ...this.orders.flatMap(({ items }) => items.map(({ steps }) => steps.at(-1)?.at ?? START)),
    );
    this.faults.calmFrom = START + this.random.integer(2, 12) * DAY;
    this.end = Math.max(this.faults.calmFrom, lastChange) + CALM;
    this.providerOutages = this.#outages('provider outage', 72);
    this.consumersOff = {
      dispatch: this.#outages('stream consumer off', 30),
      publish: this.random.chance(0.5) ? this.#outages('stream consumer off', 30) : [],
    };
    this.reconcilerOff = this.#outages('reconciler off', 12);
    const { agenda, faults, history } = this;
    this.writes = new WriteWatch(this);
    this.audit = new DueAudit(this);
    this.reconciler = new ReconcilerSchedule(this);
    this.table = new InMemoryTable((change) => {
      this.index.changed(change);
      this.writes.changed(change);
      this.audit.changed(change);
      this.reconciler.changed(change);
      const record = streamRecord(change);
      const { pk } = change.after ?? change.before;
      dispatch.changed(pk, record);
      publish.changed(pk, record);
    });
    this.index = new LaggingIndex(this.table, agenda, faults);
    this.topic = new RecordingTopic(agenda, faults, history, ({ key }) => this.table.peek(key) !== undefined);
    this.provider = new ProviderModel(
      this.orders,
      this.providerOutages,
      agenda,
      faults,
      history,
      this.random.fork('provider'),
      deployment.settings.providerTimeoutInSeconds,
    );
    this.platform = new Platform(() => this.#createEnvironment(), deployment.timeoutsInSeconds, history);
    const consume =
      (name: 'dispatch-changes' | 'publish-events') =>
      async (records: Parameters<ReturnType<Functions[typeof name]>>[0], hurt: boolean): Promise<boolean> => {
        const calls = hurt ? this.faults.random('stream batch fails').integer(0, 5) : undefined;
        return (await this.platform.invoke(name, records, calls)).ok;
      };
    const { dispatch: dispatchConfig, publish: publishConfig } = deployment;
    const { consumersOff } = this;
    const dispatch = new ChangeStream(
      'dispatch-changes',
      dispatchConfig,
      agenda,
      faults,
      history,
      consumersOff.dispatch,
      consume('dispatch-changes'),
    );
    const publish = new ChangeStream(
      'publish-events',
      publishConfig,
      agenda,
      faults,
      history,
      consumersOff.publish,
      consume('publish-events'),
    );
    this.queue = new MessageQueue(deployment.queue, agenda, faults, history, async (event) => {
      const result = await this.platform.invoke('refresh-order', event);
      return result.ok
        ? result.value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
        : undefined;
    });
    this.workflows = new WorkflowEngine(deployment.definition, agenda, faults, history, async (input) => {
      const result = await this.platform.invoke('check-item', input as never);
      return result.ok ? { ok: true, value: result.value } : { ok: false, name: result.error };
    });
  }

  async run(): Promise<WorldResult> {
    const { agenda, faults, random } = this;
    scheduleWebhooks(this.orders, agenda, faults, random.fork('webhooks'), (body) => this.#deliver(body));
    for (const order of this.orders) {
      for (const track of order.tracks) agenda.at(track.at, () => void this.#track(order, track.paidAt));
    }
    this.audit.start();
    const stopped = () => !this.options.toTheEnd && this.violations.list.length > 0;
    await agenda.runUntil(this.end, stopped);
    if (!stopped()) {
      this.audit.look();
      checkAtTheEnd(this);
    }
    return this.#result();
  }

  async #deliver(body: string): Promise<number | undefined> {
    const { username, password } = WEBHOOK_CREDENTIALS;
    const credentials = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
    const result = await this.platform.invoke('ingest-webhook', {
      requestContext: { http: { method: 'POST', sourceIp: '203.0.113.7' } },
      headers: { Authorization: `Basic ${credentials}`, 'Content-Type': 'application/json; charset=utf-8' },
      body,
      isBase64Encoded: false,
    } as never);
    const status = result.ok ? result.value.statusCode : undefined;
    if (status === 200) this.writes.webhookConfirmed(body);
    else if (this.faults.kinds.length === 0)
      this.violations.add('without faults webhooks are confirmed', '', `${status}`);
    return status;
  }

  /** The partner's checkout asks until it is answered. */
  async #track(order: OrderScript, paidAt: number | undefined): Promise<void> {
    const { orderUuid } = order;
    for (let tries = 0; tries < 50; tries++) {
      const result = await this.platform.invoke('orders-api', {
        requestContext: { http: { method: 'PUT', sourceIp: '203.0.113.8' } },
        pathParameters: { orderUuid },
        headers: {},
        body: JSON.stringify({
          reference: order.identifier,
          ...(paidAt && { paidAt: new Date(paidAt).toISOString() }),
        }),
        isBase64Encoded: false,
      } as never);
      const status = result.ok ? result.value.statusCode : undefined;
      if (status === 202) return this.told(orderUuid, 'track request');
      await this.agenda.after(MINUTE);
    }
  }

  /** An order was told of: from now on it must be followed. */
  told(orderUuid: string, by: string): void {
    this.history.add(orderUuid, () => `${by} confirmed`);
    if (!this.toldAt.has(orderUuid)) this.toldAt.set(orderUuid, this.agenda.now);
  }

  #createEnvironment(): { environment: Environment; functions: Functions } {
    const { agenda, faults, random } = this;
    const id = this.#environments++;
    const environment = new Environment(id, agenda, faults, random.fork(`environment ${id}`));
    const gets = new Map<string, Get>();
    const functions = functionsOf({
      table: new FaultyTable(this.table, this.index, environment, agenda, faults, (write) =>
        this.writes.during(gets, write),
      ),
      provider: this.provider.portOf(environment, (get) => gets.set(get.orderUuid, get)),
      queue: this.queue.portOf(environment),
      watches: { start: (input) => this.#startWatch(environment, input) },
      topic: this.topic.portOf(environment),
      clock: environment.clock,
      time: environment.time,
      random: environment.random,
      telemetry: this.#telemetry,
      settings: this.deployment.settings,
    });
    return { environment, functions };
  }

  async #startWatch(environment: Environment, input: Parameters<WorkflowEngine['start']>[0]): Promise<void> {
    await environment.write(() => {
      if (this.faults.strikes('execution start throttled')) throw new Error('StartExecution is throttled.');
      this.workflows.start(input);
      if (this.faults.strikes('execution start answer lost')) throw new Error('No answer of StartExecution.');
    });
  }

  readonly #telemetry: Telemetry = {
    count: () => {},
    measure: () => {},
    info: () => {},
    warn: () => {},
    error: (message, error) => this.history.add(undefined, () => `log: ${message} ${error}`),
  };

  #writeOrders(): OrderScript[] {
    const { only, orders, seed, items } = this.options;
    const numbers = only ?? Array.from({ length: orders }, (_, index) => index);
    return numbers.map((number) => {
      const random = new Random(`${seed}/order ${number}`);
      return writeOrder(random, START + random.integer(0, ARRIVALS), LONGEST_STORY, items);
    });
  }

  #outages(fault: Fault, longestInHours: number): Outage[] {
    if (!this.faults.has(fault)) return [];
    const found = outages(this.faults.random(fault), START, this.faults.calmFrom, longestInHours);
    for (const { from, until } of found) {
      this.agenda.at(from, () => {
        this.faults.count(fault);
        this.history.add(undefined, () => `${fault}: begins`);
      });
      this.agenda.at(until, () => this.history.add(undefined, () => `${fault}: ends`));
    }
    return found;
  }

  #result(): WorldResult {
    const executions = [...this.workflows.executions.values()];
    return {
      seed: this.options.seed,
      orders: this.orders.length,
      items: this.orders.reduce((sum, { items }) => sum + items.length, 0),
      gets: this.provider.gets.length,
      checks: this.writes.commits,
      events: this.topic.published.length,
      executions: executions.length,
      transitions: executions.reduce((sum, { transitions }) => sum + transitions, 0),
      mostHistoryEvents: Math.max(0, ...executions.map(({ historyEvents }) => historyEvents)),
      faults: this.faults.injected,
      kinds: this.faults.kinds,
      violations: this.violations.list,
      history: this.history.lines,
      virtualDays: (this.end - START) / DAY,
    };
  }
}
