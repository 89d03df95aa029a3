import type { DeliveryRecord } from './records.ts';
import type { DeliveryMode, SimulatorSettings, WebhookTarget } from './script.ts';
import type { Timers } from './timers.ts';
import type { WebhookBody } from './webhook-body.ts';

/** A later answer counts as a failed attempt. The provider documents no limit. */
const MAX_ANSWER_TIME_IN_MS = 10_000;

/**
 * Webhooks that are sent at the same time; the others wait. The emulator starts a process for each request that it
 * receives at the same time: with 90 of them on two cores none answers in time, and each repetition adds another one.
 */
const MAX_WEBHOOKS_AT_ONCE = 10;

const basic = ({ username, password }: WebhookTarget): string =>
  `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;

/**
 * Delivers webhooks. Only an answer with status 200 confirms one; otherwise it is sent again. The provider documents no
 * schedule and guarantees no delivery: after the last attempt the webhook is lost.
 */
export class WebhookSender {
  readonly deliveries: DeliveryRecord[] = [];
  readonly #settings: () => SimulatorSettings;
  readonly #timers: Timers;
  readonly #now: () => number;
  /** Attempts that wait for their turn. */
  #waiting: (() => Promise<void>)[] = [];
  #running = 0;

  constructor(settings: () => SimulatorSettings, timers: Timers, now: () => number) {
    this.#settings = settings;
    this.#timers = timers;
    this.#now = now;
  }

  /** Delivers a webhook in the given mode. A delayed one keeps the body that it had when it was created. */
  send(body: WebhookBody, mode: DeliveryMode): void {
    if (mode === 'lost') this.#record(body, 'lost');
    else if (mode === 'duplicated') this.#deliver(body).#deliver(body);
    else if (mode === 'sent') this.#deliver(body);
    else this.#timers.after(mode.delayedSeconds, () => this.#deliver(body));
  }

  /** Drops what has not been sent yet. */
  close(): void {
    this.#waiting = [];
  }

  #record(body: WebhookBody, state: DeliveryRecord['state']): DeliveryRecord {
    const record: DeliveryRecord = {
      orderUuid: body.order_uuid,
      itemUuid: body.order_item_uuid,
      status: body.order_item_status,
      version: body.order_item_version,
      state,
      attempts: [],
    };
    this.deliveries.push(record);
    return record;
  }

  #deliver(body: WebhookBody): this {
    const target = this.#settings().webhook;
    const record = this.#record(body, target ? 'waiting' : 'lost');
    if (target) this.#enqueue(() => this.#attempt(body, record, target));
    return this;
  }

  #enqueue(attempt: () => Promise<void>): void {
    this.#waiting.push(attempt);
    this.#startNext();
  }

  #startNext(): void {
    if (this.#running === MAX_WEBHOOKS_AT_ONCE) return;
    const attempt = this.#waiting.shift();
    if (!attempt) return;
    this.#running += 1;
    void attempt().finally(() => {
      this.#running -= 1;
      this.#startNext();
    });
  }

  async #attempt(body: WebhookBody, record: DeliveryRecord, target: WebhookTarget): Promise<void> {
    const answer = await this.#post(body, target);
    record.attempts.push({ at: this.#now(), answer });
    if (answer === 200) {
      record.state = 'delivered';
      return;
    }
    const wait = this.#settings().resendAfterSeconds[record.attempts.length - 1];
    if (wait === undefined) record.state = 'given up';
    else {
      const again = () => this.#attempt(body, record, this.#settings().webhook ?? target);
      this.#timers.after(wait, () => this.#enqueue(again));
    }
  }

  async #post(body: WebhookBody, target: WebhookTarget): Promise<number | string> {
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: basic(target) },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(MAX_ANSWER_TIME_IN_MS),
      });
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
