import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { RefreshMessage } from '../../lambdas/contracts/refresh.ts';
import type { PlatformContext } from './context.ts';
import type { QueueConfig } from './deployment.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  /** Before this time it cannot be received, and none behind it either. */
  visibleAt: number;
  receives: number;
}

/** The messages of one order, in the order in which they were sent. */
interface Group {
  readonly orderUuid: string;
  readonly messages: Message[];
  /** Whether some of them have been received: until they are done, no other message of the group can be. */
  inFlight: boolean;
}

/** Works on a batch of messages. @returns ids of those that failed, or `undefined` when the whole batch did */
export type WorkOnMessages = (event: SQSEvent) => Promise<readonly string[] | undefined>;

/**
 * An SQS FIFO queue with the event source mapping behind it. The order is the message group: its messages keep their
 * order, one batch of a group is in flight at a time, and messages behind a failed one wait with it.
 */
export class MessageQueue {
  sent = 0;
  deadLetters = 0;
  readonly #config: QueueConfig;
  readonly #context: PlatformContext;
  readonly #work: WorkOnMessages;
  readonly #groups = new Map<string, Group>();
  /** Groups that may have messages to be received now. */
  readonly #ready = new Set<Group>();
  #batches = 0;
  #count = 0;
  #pauses = 0;

  constructor(config: QueueConfig, work: WorkOnMessages, context: PlatformContext) {
    this.#config = config;
    this.#work = work;
    this.#context = context;
  }

  /** Number of messages that wait or are in flight. */
  get length(): number {
    return [...this.#groups.values()].reduce((sum, { messages }) => sum + messages.length, 0);
  }

  send(message: RefreshMessage): void {
    const { agenda, faults, log } = this.#context;
    const { orderUuid } = message;
    this.sent++;
    log(orderUuid, () => `queue: message${message.plannedAt ? ` planned for ${message.plannedAt}` : ''}`);
    if (faults.strikes('message lost')) {
      this.deadLetters++;
      log(orderUuid, () => 'queue: the message is lost');
      return;
    }
    const late = faults.strikes('message late') ? faults.milliseconds('message late', 1000, 30 * 60_000) : 0;
    const visibleAt = agenda.now + this.#config.delayInSeconds * 1000 + late;
    let group = this.#groups.get(orderUuid);
    if (!group) {
      group = { orderUuid, messages: [], inFlight: false };
      this.#groups.set(orderUuid, group);
    }
    group.messages.push({ id: `${this.#count++}`, body: JSON.stringify(message), visibleAt, receives: 0 });
    if (group.messages.length === 1) this.#waitForFirst(group);
  }

  /** Switches the event source mapping off: messages wait. */
  pause(): void {
    this.#pauses++;
  }

  /** Undoes one {@link pause}. */
  resume(): void {
    this.#pauses--;
    this.#poll();
  }

  /** Receives messages of a group when its first one is visible. */
  #waitForFirst(group: Group): void {
    const [first] = group.messages;
    if (!first) return;
    this.#context.agenda.at(first.visibleAt, () => {
      this.#ready.add(group);
      this.#poll();
    });
  }

  #poll(): void {
    while (this.#pauses === 0 && this.#batches < this.#config.maxConcurrency) {
      const batch = this.#receive();
      if (batch.size === 0) return;
      void this.#deliver(batch);
    }
  }

  /** Takes the first messages of as many groups as fit into a batch. */
  #receive(): ReadonlyMap<Group, readonly Message[]> {
    const { now } = this.#context.agenda;
    const batch = new Map<Group, readonly Message[]>();
    let room = this.#config.batchSize;
    for (const group of this.#ready) {
      if (room === 0) break;
      this.#ready.delete(group);
      if (group.inFlight) continue;
      const invisible = group.messages.findIndex(({ visibleAt }) => visibleAt > now);
      const messages = group.messages.slice(0, invisible < 0 ? room : Math.min(invisible, room));
      if (messages.length === 0) continue;
      for (const message of messages) message.receives++;
      room -= messages.length;
      group.inFlight = true;
      batch.set(group, messages);
    }
    return batch;
  }

  async #deliver(batch: ReadonlyMap<Group, readonly Message[]>): Promise<void> {
    const { agenda, faults } = this.#context;
    this.#batches++;
    const receivedAt = agenda.now;
    const failed = await this.#work({ Records: [...batch.values()].flat().map(toRecord) });
    this.#batches--;
    const visibleAgainAt = receivedAt + this.#config.visibilityTimeoutInSeconds * 1000;
    for (const [group, messages] of batch) {
      group.inFlight = false;
      const isDone = ({ id }: Message): boolean =>
        failed !== undefined && !failed.includes(id) && !faults.strikes('message received twice');
      const remaining = messages.filter((message) => !isDone(message) && !this.#isDead(group, message));
      for (const message of remaining) message.visibleAt = visibleAgainAt;
      group.messages.splice(0, messages.length, ...remaining);
      if (group.messages.length === 0) this.#groups.delete(group.orderUuid);
      else this.#waitForFirst(group);
    }
    this.#poll();
  }

  /** Moves a message that was received too often to the dead-letter queue. */
  #isDead({ orderUuid }: Group, { receives }: Message): boolean {
    if (receives < this.#config.maxReceiveCount) return false;
    this.deadLetters++;
    this.#context.log(orderUuid, () => 'queue: a message goes to the dead-letter queue');
    return true;
  }
}

const toRecord = ({ id, body }: Message): SQSRecord => ({ messageId: id, body }) as SQSRecord;
