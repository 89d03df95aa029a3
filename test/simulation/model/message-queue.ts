import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { RefreshMessage } from '../../../lambdas/contracts/refresh.ts';
import type { RefreshQueue, RefreshRequest } from '../../../lambdas/domain/ports.ts';
import type { Agenda } from '../engine/agenda.ts';
import type { Environment } from '../engine/environment.ts';
import type { Faults } from '../engine/faults.ts';
import type { History } from '../engine/history.ts';
import type { Deployment } from './deployment.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly orderUuid: string;
  receives: number;
}

/** Works on a batch of messages. @returns ids of those that failed, or `undefined` when the whole batch did */
export type WorkOnMessages = (event: SQSEvent) => Promise<readonly string[] | undefined>;

/** SQS: at least once, with delays, visibility, bounded concurrency and a dead-letter queue. */
export class MessageQueue {
  readonly #config: Deployment['queue'];
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #history: History;
  readonly #work: WorkOnMessages;
  readonly #visible: Message[] = [];
  #working = 0;
  #count = 0;
  sent = 0;
  deadLetters = 0;

  constructor(
    config: Deployment['queue'],
    agenda: Agenda,
    faults: Faults,
    history: History,
    work: WorkOnMessages,
  ) {
    this.#config = config;
    this.#agenda = agenda;
    this.#faults = faults;
    this.#history = history;
    this.#work = work;
  }

  /** The queue as one execution environment has it. */
  portOf(environment: Environment): RefreshQueue {
    return {
      send: async (requests) => {
        if (requests.length === 0) return;
        await environment.write(() => {
          const refused = this.#faults.strikes('queue refuses');
          for (const request of refused ? requests.slice(1) : requests) this.#send(request);
          if (refused) throw new Error('The queue refused a message.');
        });
      },
    };
  }

  #send({ delayInSeconds, ...request }: RefreshRequest): void {
    const { orderUuid, reason } = request;
    if (!Number.isInteger(delayInSeconds) || delayInSeconds < 0 || delayInSeconds > 900) {
      throw new Error(`SQS refuses a delay of ${delayInSeconds} s.`);
    }
    this.sent++;
    const body = JSON.stringify({ contract: 1, ...request } satisfies RefreshMessage);
    this.#history.add(orderUuid, () => `queue: ${reason} in ${delayInSeconds} s`);
    if (this.#faults.strikes('message lost')) {
      this.deadLetters++;
      this.#history.add(orderUuid, () => `queue: ${reason} is lost to the dead-letter queue`);
      return;
    }
    this.#appear({ id: `${this.#count++}`, body, orderUuid, receives: 0 }, delayInSeconds * 1000);
    if (this.#faults.strikes('message doubled')) {
      this.#appear({ id: `${this.#count++}`, body, orderUuid, receives: 0 }, delayInSeconds * 1000);
    }
  }

  #appear(message: Message, delay: number): void {
    const late = this.#faults.strikes('message late')
      ? this.#faults.random('message late').integer(1000, 30 * 60_000)
      : 0;
    this.#agenda.at(this.#agenda.now + delay + late + 20, () => {
      this.#visible.push(message);
      this.#poll();
    });
  }

  #poll(): void {
    while (this.#visible.length > 0 && this.#working < this.#config.maxConcurrency) {
      void this.#deliver(this.#visible.splice(0, this.#config.batchSize));
    }
  }

  async #deliver(messages: readonly Message[]): Promise<void> {
    this.#working++;
    const receivedAt = this.#agenda.now;
    for (const message of messages) message.receives++;
    const failed = await this.#work({ Records: messages.map(toRecord) });
    this.#working--;
    const visibleAgain = receivedAt + this.#config.visibilityTimeoutInSeconds * 1000 - this.#agenda.now;
    for (const message of messages) {
      if (failed && !failed.includes(message.id)) continue;
      if (message.receives >= this.#config.maxReceiveCount) {
        this.deadLetters++;
        this.#history.add(message.orderUuid, () => 'queue: a message goes to the dead-letter queue');
      } else {
        this.#appear(message, Math.max(visibleAgain, 0));
      }
    }
    this.#poll();
  }
}

const toRecord = ({ id, body }: Message): SQSRecord => ({ messageId: id, body }) as SQSRecord;
