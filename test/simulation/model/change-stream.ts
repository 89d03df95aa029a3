import type { DynamoDBRecord } from 'aws-lambda';
import type { Agenda } from '../engine/agenda.ts';
import type { Faults } from '../engine/faults.ts';
import type { History } from '../engine/history.ts';
import type { StreamConsumerConfig } from './deployment.ts';
import { anyOf, compile, type Matches } from './event-filter.ts';
import type { Outage } from './outages.ts';

/** Records of one partition stay in one shard, in their order. */
const SHARDS = 2;

interface Entry {
  readonly record: DynamoDBRecord;
  readonly writtenAt: number;
}

/** An invocation of a stream's consumer. @returns whether it succeeded */
export type ConsumeBatch = (records: readonly DynamoDBRecord[], hurt: boolean) => Promise<boolean>;

/** One consumer of the table's stream, with filter, batches, repetition and bisection as it is deployed. */
export class ChangeStream {
  readonly #name: string;
  readonly #config: StreamConsumerConfig;
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #history: History;
  readonly #consume: ConsumeBatch;
  readonly #matches: Matches;
  readonly #off: readonly Outage[];
  readonly #shards = Array.from({ length: SHARDS }, () => ({ entries: [] as Entry[], busy: false }));
  /** Records that no invocation took: their position went to the failure queue. */
  dropped = 0;

  constructor(
    name: string,
    config: StreamConsumerConfig,
    agenda: Agenda,
    faults: Faults,
    history: History,
    off: readonly Outage[],
    consume: ConsumeBatch,
  ) {
    this.#name = name;
    this.#config = config;
    this.#agenda = agenda;
    this.#faults = faults;
    this.#history = history;
    this.#off = off;
    this.#consume = consume;
    this.#matches = anyOf(config.patterns.map(compile));
  }

  changed(pk: string, record: DynamoDBRecord): void {
    if (!this.#matches(record)) return;
    const shard = (this.#shards[pk.charCodeAt(pk.length - 1) % SHARDS] ?? this.#shards[0]) as Shard;
    shard.entries.push({ record, writtenAt: this.#agenda.now });
    if (!shard.busy) void this.#work(shard);
  }

  async #work(shard: Shard): Promise<void> {
    shard.busy = true;
    while (shard.entries.length > 0) {
      await this.#agenda.after(this.#faults.random('stream late').integer(50, 500));
      if (this.#faults.strikes('stream late')) {
        await this.#agenda.after(this.#faults.random('stream late').integer(1000, 20 * 60_000));
      }
      const { now } = this.#agenda;
      const off = this.#off.find(({ from, until }) => from <= now && now < until);
      if (off) {
        this.#faults.count('stream consumer off');
        await this.#agenda.after(off.until - now);
      }
      const batch = shard.entries.splice(0, this.#config.batchSize);
      await this.#deliver(batch, 0);
      if (this.#faults.strikes('stream record twice')) await this.#deliver(batch, 0);
    }
    shard.busy = false;
  }

  async #deliver(batch: readonly Entry[], retries: number): Promise<void> {
    const oldest = this.#agenda.now - this.#config.maxRecordAgeInSeconds * 1000;
    const young = batch.filter(({ writtenAt }) => writtenAt >= oldest);
    this.#drop(batch.length - young.length, 'too old');
    if (young.length === 0) return;
    const hurt = this.#faults.strikes('stream batch fails');
    const done = await this.#consume(
      young.map(({ record }) => record),
      hurt,
    );
    if (done) return;
    await this.#agenda.after(1000);
    if (retries >= this.#config.retryAttempts) {
      this.#drop(young.length, 'failed too often');
    } else if (this.#config.bisect && young.length > 1) {
      const middle = young.length >> 1;
      await this.#deliver(young.slice(0, middle), retries + 1);
      await this.#deliver(young.slice(middle), retries + 1);
    } else {
      await this.#deliver(young, retries + 1);
    }
  }

  #drop(count: number, why: string): void {
    if (count === 0) return;
    this.dropped += count;
    this.#history.add(undefined, () => `stream: ${this.#name} loses ${count} records: ${why}`);
  }
}

interface Shard {
  readonly entries: Entry[];
  busy: boolean;
}
