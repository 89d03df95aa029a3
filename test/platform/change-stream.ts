import type { DynamoDBRecord } from 'aws-lambda';
import type { RowChange } from '../in-memory/in-memory-table.ts';
import type { PlatformContext } from './context.ts';
import type { StreamConsumerConfig } from './deployment.ts';
import { compile, type Matches, matchesAny } from './event-filter.ts';
import { streamRecord } from './stream-record.ts';

/** Records of one partition stay in one shard, in their order. */
const SHARDS = 2;

interface Entry {
  readonly record: DynamoDBRecord;
  readonly writtenAt: number;
}

interface Shard {
  entries: Entry[];
  busy: boolean;
}

/** An invocation of a stream's consumer. @returns whether it succeeded */
export type ConsumeBatch = (records: readonly DynamoDBRecord[]) => Promise<boolean>;

/** One consumer of the table's stream, with the filter, the batches, the retries and the bisection of the stack. */
export class ChangeStream {
  /** Records that no invocation processed: their positions went to the failure queue. */
  dropped = 0;
  readonly #name: string;
  readonly #config: StreamConsumerConfig;
  readonly #context: PlatformContext;
  readonly #consume: ConsumeBatch;
  readonly #matches: Matches;
  readonly #shards: readonly Shard[] = Array.from({ length: SHARDS }, () => ({ entries: [], busy: false }));
  #pauses = 0;

  constructor(name: string, config: StreamConsumerConfig, consume: ConsumeBatch, context: PlatformContext) {
    this.#name = name;
    this.#config = config;
    this.#context = context;
    this.#consume = consume;
    this.#matches = matchesAny(config.patterns.map(compile));
  }

  /** Hears of a change of the table. */
  changed(change: RowChange): void {
    const record = streamRecord(change);
    if (!this.#matches(record)) return;
    const { pk } = change.after ?? change.before;
    const shard = this.#shards[pk.charCodeAt(pk.length - 1) % SHARDS] as Shard;
    shard.entries.push({ record, writtenAt: this.#context.agenda.now });
    this.#start(shard);
  }

  /** Switches the consumer off: records wait. */
  pause(): void {
    this.#pauses++;
  }

  /** Undoes one {@link pause}. */
  resume(): void {
    this.#pauses--;
    for (const shard of this.#shards) this.#start(shard);
  }

  /** Loses the records that wait. */
  discard(): void {
    for (const shard of this.#shards) shard.entries = [];
  }

  #start(shard: Shard): void {
    if (!shard.busy && shard.entries.length > 0 && this.#pauses === 0) void this.#work(shard);
  }

  async #work(shard: Shard): Promise<void> {
    const { agenda, faults } = this.#context;
    shard.busy = true;
    while (shard.entries.length > 0 && this.#pauses === 0) {
      const late = faults.strikes('stream late') ? faults.milliseconds('stream late', 1000, 20 * 60_000) : 0;
      await agenda.after(faults.milliseconds('stream late', 50, 500) + late);
      if (this.#pauses > 0) break;
      const batch = shard.entries.splice(0, this.#config.batchSize);
      await this.#deliver(batch, 0);
      if (faults.strikes('stream record twice')) await this.#deliver(batch, 0);
    }
    shard.busy = false;
  }

  async #deliver(batch: readonly Entry[], retries: number): Promise<void> {
    const { agenda } = this.#context;
    const oldest = agenda.now - this.#config.maxRecordAgeInSeconds * 1000;
    const young = batch.filter(({ writtenAt }) => writtenAt >= oldest);
    this.#drop(batch.length - young.length, 'too old');
    if (young.length === 0) return;
    if (await this.#consume(young.map(({ record }) => record))) return;
    await agenda.after(1000);
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
    this.#context.log(undefined, () => `stream: ${this.#name} loses ${count} records: ${why}`);
  }
}
