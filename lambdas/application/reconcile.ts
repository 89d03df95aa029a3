import { METRIC } from '../contracts/metrics.ts';
import type { RefreshMessage } from '../contracts/refresh.ts';
import { LANES, type Lane } from '../contracts/table.ts';
import { lanePartitions } from '../domain/due.ts';
import { MAX_RESCUES_BEFORE_PARKING } from '../domain/rescue.ts';
import { secondsBetween } from '../domain/time.ts';
import type { ClaimedRecord, DueRecord, DueStore, RefreshQueue } from './ports.ts';
import { type PublishingDependencies, publishEvents } from './publish-events.ts';

export interface ReconcileDependencies extends PublishingDependencies {
  readonly store: DueStore;
  readonly queue: RefreshQueue;
}

/** One run of the reconciler. */
interface Run extends ReconcileDependencies {
  /** What failed so far. */
  readonly failures: unknown[];
  /** The orders that this run has requested a refresh for. One refresh serves all records of an order. */
  readonly refreshed: Set<string>;
}

/** Records that one run takes from an index partition: 1,600 from the 16 of a lane, which takes well under a minute. */
const MAX_RECORDS_PER_PARTITION = 100;

/** Records that are claimed at the same time. */
const BATCH_SIZE = 10;

/**
 * Does whatever is due and was not done: rescues before follow-ups, the oldest first, a bounded number in one run.
 *
 * @throws {AggregateError} when some records failed; the others are done, and those are due again later
 */
export const reconcile = async (dependencies: ReconcileDependencies): Promise<void> => {
  const run: Run = { ...dependencies, failures: [], refreshed: new Set() };
  for (const lane of LANES) await reconcileLane(lane, run);
  const { failures } = run;
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} due records failed.`);
};

const reconcileLane = async (lane: Lane, run: Run): Promise<void> => {
  const { store, clock, telemetry, failures } = run;
  const fail = (error: unknown) => void failures.push(error);
  const now = clock.now();
  const found = await succeeded(
    lanePartitions(lane).map((partition) => store.due(partition, now, MAX_RECORDS_PER_PARTITION)),
    run,
  );
  const due = found.flat().sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
  if (lane === 'RESCUE') {
    telemetry.measure(METRIC.oldestRescue, due[0] ? secondsBetween(due[0].dueAt, now) : 0);
  }
  // A topic that rejects events takes seconds for each batch, so events are published in parallel to the other work.
  let publishing: Promise<unknown> = Promise.resolve();
  // One batch after the other: a run that is stopped leaves at most one batch claimed and not done.
  for (let start = 0; start < due.length; start += BATCH_SIZE) {
    const claimed = await claimAll(due.slice(start, start + BATCH_SIZE), run);
    report(lane, claimed, run);
    const events = claimed.flatMap(({ task }) => (task.kind === 'publish' ? [task.event] : []));
    publishing = publishing.then(() => publishEvents(events, run)).catch(fail);
    await requestRefreshes(claimed, run).catch(fail);
  }
  await publishing;
};

const claimAll = async (records: readonly DueRecord[], run: Run): Promise<readonly ClaimedRecord[]> => {
  const claims = records.map((record) => run.store.claim(record, run.clock.now()));
  return (await succeeded(claims, run)).flatMap((claimed) => claimed ?? []);
};

/** Returns the results that succeed. Each failure is added to the failures of the run, and does not stop the others. */
const succeeded = async <Result>(
  promises: readonly Promise<Result>[],
  { failures }: Run,
): Promise<readonly Result[]> => {
  const results = await Promise.allSettled(promises);
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value];
    failures.push(result.reason);
    return [];
  });
};

const requestRefreshes = async (
  claimed: readonly ClaimedRecord[],
  { queue, refreshed }: Run,
): Promise<void> => {
  const messages = new Map<string, RefreshMessage>();
  for (const { orderUuid, task } of claimed) {
    if (task.kind !== 'refresh' || refreshed.has(orderUuid) || messages.has(orderUuid)) continue;
    messages.set(orderUuid, task.message);
  }
  if (messages.size === 0) return;
  await queue.send([...messages.values()]);
  for (const orderUuid of messages.keys()) refreshed.add(orderUuid);
};

const report = (lane: Lane, claimed: readonly ClaimedRecord[], { telemetry }: Run): void => {
  if (claimed.length === 0) return;
  const parked = claimed.filter(({ rescueCount }) => rescueCount >= MAX_RESCUES_BEFORE_PARKING);
  if (parked.length > 0) telemetry.count(METRIC.recordParked, parked.length);
  telemetry.info('Claimed due records', {
    lane,
    records: claimed.length,
    orders: orderUuidsOf(claimed),
    parked: orderUuidsOf(parked),
  });
};

const orderUuidsOf = (records: readonly ClaimedRecord[]): string[] => [
  ...new Set(records.map(({ orderUuid }) => orderUuid)),
];
