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

/** Records that one run takes from an index partition: 1,600 from the 16 of a lane, which takes well under a minute. */
const MAX_RECORDS_PER_PARTITION = 100;

/** Records that are claimed at the same time. */
const BATCH_SIZE = 10;

/**
 * Takes up whatever is due and was not done: rescues before follow-ups, the oldest first, a bounded number in one run.
 *
 * @throws {AggregateError} when some records failed; the others are done, and those are due again later
 */
export const reconcile = async (dependencies: ReconcileDependencies): Promise<void> => {
  const failures: unknown[] = [];
  const refreshed = new Set<string>();
  for (const lane of LANES) failures.push(...(await reconcileLane(lane, refreshed, dependencies)));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} due records failed.`);
};

/**
 * @param refreshed the orders for which this run has asked for a refresh: one serves all records of an order
 * @returns what failed
 */
const reconcileLane = async (
  lane: Lane,
  refreshed: Set<string>,
  dependencies: ReconcileDependencies,
): Promise<unknown[]> => {
  const { store, clock, telemetry } = dependencies;
  const failures: unknown[] = [];
  const now = clock.now();
  const found = await Promise.all(
    lanePartitions(lane).map((partition) => store.due(partition, now, MAX_RECORDS_PER_PARTITION)),
  );
  const due = found.flat().sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
  const [oldest] = due;
  if (lane === 'RESCUE') {
    telemetry.measure(METRIC.oldestRescue, oldest ? secondsBetween(oldest.dueAt, now) : 0);
  }
  // A topic that refuses events takes seconds for each batch: publishing goes on beside the other work.
  let publishing: Promise<unknown> = Promise.resolve();
  // Each batch is claimed and done before the next is claimed, so that a run that dies half-way has done the half.
  for (let start = 0; start < due.length; start += BATCH_SIZE) {
    const claimed = await claimAll(due.slice(start, start + BATCH_SIZE), failures, dependencies);
    report(lane, claimed, telemetry);
    const events = claimed.flatMap(({ task }) => (task.kind === 'publish' ? [task.event] : []));
    publishing = publishing
      .then(() => publishEvents(events, dependencies))
      .catch((error: unknown) => failures.push(error));
    try {
      await requestRefreshes(claimed, refreshed, dependencies);
    } catch (error) {
      failures.push(error);
    }
  }
  await publishing;
  return failures;
};

const claimAll = async (
  records: readonly DueRecord[],
  failures: unknown[],
  { store, clock }: ReconcileDependencies,
): Promise<readonly ClaimedRecord[]> => {
  const claims = await Promise.allSettled(records.map((record) => store.claim(record, clock.now())));
  return claims.flatMap((claim) => {
    if (claim.status === 'rejected') failures.push(claim.reason);
    return claim.status === 'fulfilled' && claim.value ? [claim.value] : [];
  });
};

const requestRefreshes = async (
  claimed: readonly ClaimedRecord[],
  refreshed: Set<string>,
  { queue }: ReconcileDependencies,
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

const report = (
  lane: Lane,
  claimed: readonly ClaimedRecord[],
  telemetry: ReconcileDependencies['telemetry'],
): void => {
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
