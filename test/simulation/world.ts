import type { Telemetry } from '../../lambdas/application/ports.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { Agenda } from '../platform/agenda.ts';
import { ChangeStream } from '../platform/change-stream.ts';
import type { PlatformContext } from '../platform/context.ts';
import type { Deployment, FunctionName } from '../platform/deployment.ts';
import { functionsOf, webhookEvent } from '../platform/functions.ts';
import { type Instance, Lambda } from '../platform/lambda.ts';
import { MessageQueue } from '../platform/message-queue.ts';
import { inTopicBatches, RecordingTopic } from '../platform/recording-topic.ts';
import { WorkflowEngine } from '../platform/workflow-engine.ts';
import { checkAtTheEnd } from './checks/at-the-end.ts';
import { DueAudit } from './checks/due-audit.ts';
import { type Violation, Violations } from './checks/violations.ts';
import { WriteChecks } from './checks/write-checks.ts';
import { type Fault, Faults } from './engine/faults.ts';
import { FaultyEnvironment } from './engine/faulty-environment.ts';
import { History, type HistoryLine } from './engine/history.ts';
import { Random } from './engine/random.ts';
import { FaultyTable } from './model/faulty-table.ts';
import { FollowedOrders } from './model/followed-orders.ts';
import { LaggingIndex } from './model/lagging-index.ts';
import { DAY, HOUR, type OrderScript, START, writeOrder } from './model/order-script.ts';
import { type Outage, outages } from './model/outages.ts';
import { Partner } from './model/partner.ts';
import { type Get, ProviderModel } from './model/provider-model.ts';
import { ReconcilerSchedule } from './model/reconciler.ts';
import { WebhookSender } from './model/webhook-sender.ts';

export interface WorldOptions {
  readonly seed: string;
  /** How many orders there are. */
  readonly orders: number;
  /** Leaves out all orders but these, by number. The scripts of these do not change by it. */
  readonly only?: readonly number[] | undefined;
  /** Kinds of faults that are left out. */
  readonly without?: readonly Fault[] | undefined;
  /** Kinds of faults that take part whatever the seed says, as often as they may. */
  readonly always?: readonly Fault[] | undefined;
  /** Number of items in every order, which all have the same script. */
  readonly items?: number | undefined;
  /** Orders by hand, not random ones. */
  readonly scripts?: readonly OrderScript[] | undefined;
  /** When the provider is down, not at random. */
  readonly providerOutages?: readonly Outage[] | undefined;
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
  readonly maxHistoryEvents: number;
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  readonly kinds: readonly Fault[];
  readonly violations: readonly Violation[];
  readonly history: readonly HistoryLine[];
  readonly virtualDays: number;
}

/** Orders are created in this span. */
const ARRIVALS = 12 * HOUR;
/** Nothing changes any more so long after the order was created. */
const MAX_SCRIPT = 21 * DAY;
/** Without faults the system recovers in this time: the longest wait of a record is a day. */
const CALM = 9 * DAY;
/** The clock of Step Functions is as wrong as this at most. */
const MAX_WORKFLOW_SKEW = 1500;

/** Runs one world from its first order to its end. */
export const runWorld = async (deployment: Deployment, options: WorldOptions): Promise<WorldResult> =>
  await new World(deployment, options).run();

/** Orders, the provider and the platform of one run, with everything that a check reads. */
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
  readonly lambda: Lambda<FaultyEnvironment>;
  readonly webhooks: WebhookSender;
  readonly writes: WriteChecks;
  readonly audit: DueAudit;
  readonly reconciler: ReconcilerSchedule;
  readonly end: number;
  readonly providerOutages: readonly Outage[];
  readonly dispatchOff: readonly Outage[];
  readonly queueOff: readonly Outage[];
  readonly reconcilerOff: readonly Outage[];
  readonly partner: Partner;
  readonly followed = new FollowedOrders(() => this.agenda.now);
  #environments = 0;

  constructor(deployment: Deployment, options: WorldOptions) {
    this.deployment = deployment;
    this.options = options;
    this.random = new Random(options.seed);
    const { agenda } = this;
    const now = () => agenda.now;
    const { without = [], always = [] } = options;
    this.faults = new Faults(options.seed, { without, always }, now);
    this.history = new History(options.history ?? false, now);
    this.violations = new Violations(now, options.ignoring ?? []);
    this.orders = options.scripts ?? this.#writeOrders();
    const lastChanges = [
      ...this.orders.flatMap(({ items }) => items.map(({ steps }) => steps.at(-1)?.at ?? START)),
      ...(options.providerOutages ?? []).map(({ until }) => until),
    ];
    this.faults.calmFrom = START + this.random.integer(2, 12) * DAY;
    this.end = Math.max(this.faults.calmFrom, ...lastChanges) + CALM;
    const { faults, history } = this;
    const context: PlatformContext = { agenda, faults, log: history.add };
    this.writes = new WriteChecks(this);
    this.audit = new DueAudit(this);
    this.reconciler = new ReconcilerSchedule(this);
    this.lambda = new Lambda((name) => this.#createInstance(name), deployment.timeoutsInSeconds, history.add);
    const dispatch = this.#stream('dispatch-changes', context);
    const publish = this.#stream('publish-events', context);
    this.table = new InMemoryTable((change) => {
      this.index.changed(change);
      this.writes.changed(change);
      this.audit.changed(change);
      this.reconciler.changed(change);
      dispatch.changed(change);
      publish.changed(change);
    });
    this.index = new LaggingIndex(this.table, agenda, faults);
    this.topic = new RecordingTopic(context);
    this.queue = new MessageQueue(
      deployment.queue,
      async (event) => {
        const result = await this.lambda.invoke('refresh-order', event);
        return result.ok
          ? result.value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
          : undefined;
      },
      context,
    );
    this.workflows = new WorkflowEngine(deployment.definition, (state) => this.#checkOrder(state), context);
    if (faults.has('clock skewed')) {
      const random = faults.random('clock skewed');
      this.workflows.skewInMilliseconds = random.integer(-MAX_WORKFLOW_SKEW, MAX_WORKFLOW_SKEW);
    }
    this.providerOutages = options.providerOutages ?? this.#outages('provider outage', 72);
    this.dispatchOff = this.#outages('stream consumer off', 30, dispatch);
    if (this.random.chance(0.5)) this.#outages('stream consumer off', 30, publish);
    this.queueOff = this.#outages('refresh queue off', 12, this.queue);
    this.reconcilerOff = this.#outages('reconciler off', 12);
    this.provider = new ProviderModel({
      orders: this.orders,
      outages: this.providerOutages,
      agenda,
      faults,
      log: history.add,
      random: this.random.fork('provider'),
      timeoutInSeconds: deployment.settings.providerTimeoutInSeconds,
    });
    this.partner = new Partner({
      orders: this.orders,
      agenda,
      request: async (event) => {
        const result = await this.lambda.invoke('orders-api', event);
        return result.ok ? result.value : undefined;
      },
      accepted: (orderUuid, sentAt) => this.orderKnown(orderUuid, 'track request', sentAt),
      stopping: (orderUuid) => this.followed.stopping(orderUuid),
      stopped: (orderUuid, sentAt) => {
        history.add(orderUuid, () => 'tracking stopped');
        this.followed.stopped(orderUuid);
        this.writes.stopConfirmed(orderUuid, sentAt);
      },
    });
    this.webhooks = new WebhookSender({
      orders: this.orders,
      agenda,
      faults,
      random: this.random.fork('webhooks'),
      deliver: (body) => this.deliver(body),
    });
  }

  async run(): Promise<WorldResult> {
    const { agenda } = this;
    this.webhooks.schedule();
    this.partner.schedule();
    this.audit.start();
    const stopped = () => !this.options.toTheEnd && this.violations.list.length > 0;
    await agenda.runUntil(this.end, stopped);
    if (!stopped()) {
      this.audit.check();
      await checkAtTheEnd(this);
    }
    return this.#result();
  }

  /** The tracker has accepted a request about an order, sent at this time: from now on it must follow it. */
  orderKnown(orderUuid: string, by: string, sentAt: number): void {
    this.history.add(orderUuid, () => `${by} accepted`);
    this.followed.known(orderUuid, sentAt);
  }

  /** Posts a webhook. @returns the HTTP status, or `undefined` when there was no answer */
  async deliver(body: string): Promise<number | undefined> {
    const sentAt = this.agenda.now;
    const result = await this.lambda.invoke('ingest-webhook', webhookEvent(body));
    const status = result.ok ? result.value.statusCode : undefined;
    if (status === 200) this.writes.webhookConfirmed(body, sentAt);
    else if (this.faults.kinds.length === 0) {
      this.violations.add('without faults webhooks are accepted', '', `${status}`);
    }
    return status;
  }

  #stream(name: 'dispatch-changes' | 'publish-events', context: PlatformContext): ChangeStream {
    const config = name === 'dispatch-changes' ? this.deployment.dispatch : this.deployment.publish;
    const consume = async (Records: readonly unknown[]): Promise<boolean> => {
      const dies = this.faults.strikes('stream batch fails');
      const calls = dies ? this.faults.random('stream batch fails').integer(0, 5) : undefined;
      const invocation = await this.lambda.invoke(name, { Records }, (environment) => {
        environment.callsUntilDeath = calls;
      });
      return invocation.ok;
    };
    return new ChangeStream(name, config, consume, context);
  }

  async #checkOrder(state: unknown) {
    const beganAt = this.agenda.now;
    const result = await this.lambda.invoke('check-order', state);
    if (result.ok && result.value.decision === 'wait') {
      this.writes.watchWaits(result.value.orderUuid, result.value.generation, beganAt);
    }
    return result;
  }

  #createInstance(name: FunctionName): Instance<FaultyEnvironment> {
    const { agenda, faults, index, random, table } = this;
    const environment = new FaultyEnvironment(
      agenda,
      faults,
      random.fork(`environment ${this.#environments++}`),
    );
    const gets = new Map<string, Get>();
    const functions = functionsOf({
      table: new FaultyTable({
        table,
        index,
        environment,
        agenda,
        faults,
        writing: (write) => this.writes.during({ gets, isPartner: name === 'orders-api' }, write),
      }),
      provider: this.provider.portOf(environment, (get) => {
        gets.set(get.orderUuid, get);
        this.writes.asked(get);
        this.webhooks.duringCheck(get.orderUuid);
      }),
      queue: { send: (messages) => this.#send(environment, messages) },
      watches: { start: (state) => this.#startWatch(environment, state) },
      topic: { publish: (events) => this.#publish(environment, events) },
      clock: environment.clock,
      time: () => environment.time(),
      random: environment.random,
      telemetry: this.#telemetry,
      settings: this.deployment.settings,
    });
    return { environment, functions };
  }

  async #send(
    environment: FaultyEnvironment,
    messages: readonly Parameters<MessageQueue['send']>[0][],
  ): Promise<void> {
    if (messages.length === 0) return;
    await environment.write(() => {
      const rejected = this.faults.strikes('queue rejects');
      for (const message of rejected ? messages.slice(1) : messages) this.queue.send(message);
      if (rejected) throw new Error('The queue rejected a message.');
    });
  }

  async #startWatch(
    environment: FaultyEnvironment,
    state: Parameters<WorkflowEngine['start']>[0],
  ): Promise<void> {
    await environment.write(() => {
      if (this.faults.strikes('execution start throttled')) throw new Error('StartExecution is throttled.');
      this.workflows.start(state);
      if (this.faults.strikes('execution start answer lost')) throw new Error('No answer of StartExecution.');
    });
  }

  async #publish(
    environment: FaultyEnvironment,
    events: Parameters<typeof inTopicBatches>[0],
  ): Promise<typeof events> {
    const accepted: (typeof events)[number][] = [];
    for (const batch of inTopicBatches(events)) {
      accepted.push(
        ...(await environment.write(() => {
          const taken = this.topic.accept(batch);
          for (const { key } of taken) {
            if (this.table.peek(key) === undefined) {
              this.violations.add('what is published was written before', key.pk, key.sk);
            }
          }
          return this.faults.strikes('death after the topic accepts')
            ? environment.die<typeof taken>()
            : taken;
        })),
      );
    }
    return accepted;
  }

  readonly #telemetry: Telemetry = {
    count: () => {},
    measure: (metric, value) => {
      if (!(value >= 0)) this.violations.add('no measured time is negative', '', `${metric} ${value}`);
    },
    info: () => {},
    warn: () => {},
    error: (message, error) => this.history.add(undefined, () => `log: ${message} ${error}`),
  };

  #writeOrders(): OrderScript[] {
    const { only, orders, seed, items } = this.options;
    const numbers = only ?? Array.from({ length: orders }, (_, index) => index);
    return numbers.map((number) => {
      const random = new Random(`${seed}/order ${number}`);
      return writeOrder(random, START + random.integer(0, ARRIVALS), MAX_SCRIPT, items);
    });
  }

  /** Plans when a part of the world is off. */
  #outages(fault: Fault, maxHours: number, part?: ChangeStream | MessageQueue): Outage[] {
    if (!this.faults.has(fault)) return [];
    const planned = outages(this.faults.random(fault), START, this.faults.calmFrom, maxHours);
    for (const { from, until } of planned) {
      this.agenda.at(from, () => {
        this.faults.count(fault);
        part?.pause();
        this.history.add(undefined, () => `${fault}: begins`);
      });
      this.agenda.at(until, () => {
        part?.resume();
        this.history.add(undefined, () => `${fault}: ends`);
      });
    }
    return planned;
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
      maxHistoryEvents: Math.max(0, ...executions.map(({ historyEvents }) => historyEvents)),
      faults: this.faults.injected,
      kinds: this.faults.kinds,
      violations: this.violations.list,
      history: this.history.lines,
      virtualDays: (this.end - START) / DAY,
    };
  }
}
