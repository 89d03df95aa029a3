import { METRIC } from '../contracts/metrics.ts';
import type { Lane } from '../contracts/table.ts';
import { CLAIMS_UNTIL_PARKED } from '../domain/claims.ts';
import { LANES_BY_URGENCY, lanePartitions } from '../domain/due.ts';
import type {
  ClaimedRecord,
  DueRecord,
  DueStore,
  RefreshQueue,
  RefreshRequest,
  Watches,
} from '../domain/ports.ts';
import { type PublishingDependencies, publishEvents } from '../domain/publishing.ts';
import { earliest, type Instant, secondsBetween } from '../domain/time.ts';
import { watchInput } from '../domain/watch-input.ts';

export interface ReconcileDependencies extends PublishingDependencies {
  readonly store: DueStore;
  readonly queue: RefreshQueue;
  readonly watches: Watches;
}

/** Records that one run takes up from a partition: with 16 of them 1,600, which takes well under a minute. */
const RECORDS_PER_PARTITION = 100;

/**
 * Takes up whatever is due and was not done: rescues before care, the oldest first, a bounded number a run.
 *
 * @throws {AggregateError} when records could not be taken up; they are at the back of the queue by then, and
 * the others have been dealt with
 */
export const reconcile = async (dependencies: ReconcileDependencies): Promise<void> => {
  const { store, clock, telemetry } = dependencies;
  const failures: unknown[] = [];
  const asked = new Set<string>();
  for (const lane of LANES_BY_URGENCY) {
    const now = clock.now();
    const found = await Promise.all(
      lanePartitions(lane).map((partition) => store.due(partition, now, RECORDS_PER_PARTITION)),
    );
    const due = found.flat().sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
    if (lane === 'RESCUE') telemetry.measure(METRIC.oldestRescue, ageOfOldest(due, now));
    // What was claimed is taken up before more is: a run that dies half-way has done the half. Publishing goes on
    // beside it, because a topic that refuses events takes seconds for each batch, and must not hold back the rest.
    let publishing: Promise<unknown> = Promise.resolve();
    for (const batch of inBatches(due)) {
      const claimed: ClaimedRecord[] = [];
      const claims = await Promise.allSettled(batch.map((record) => store.claim(record, lane, clock.now())));
      for (const claim of claims) {
        if (claim.status === 'rejected') failures.push(claim.reason);
        else if (claim.value) claimed.push(claim.value);
      }
      const parked = claimed.filter(({ claims }) => claims >= CLAIMS_UNTIL_PARKED);
      if (parked.length > 0) telemetry.count(METRIC.recordParked, parked.length);
      if (claimed.length > 0) telemetry.info('Due records were taken up.', describe(lane, claimed, parked));
      const owed = claimed.flatMap(({ task }) => (task.kind === 'publish' ? [task.event] : []));
      publishing = publishing
        .then(() => publishEvents(owed, dependencies))
        .catch((error: unknown) => failures.push(error));
      failures.push(...(await takeUp(claimed, asked, dependencies)));
    }
    await publishing;
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} due records failed.`);
};

const describe = (
  lane: Lane,
  claimed: readonly ClaimedRecord[],
  parked: readonly ClaimedRecord[],
): Record<string, unknown> => ({
  lane,
  records: claimed.length,
  orders: orderUuids(claimed),
  parked: orderUuids(parked),
});

const orderUuids = (records: readonly ClaimedRecord[]): string[] => [
  ...new Set(records.map(({ orderUuid }) => orderUuid)),
];

/** Claims that are made side by side. */
const BATCH = 10;

function* inBatches(due: readonly DueRecord[]): Generator<readonly DueRecord[]> {
  for (let start = 0; start < due.length; start += BATCH) yield due.slice(start, start + BATCH);
}

const ageOfOldest = (due: readonly DueRecord[], now: Instant): number => {
  const [first, ...others] = due.map(({ dueAt }) => dueAt);
  return first ? Math.max(secondsBetween(earliest(first, ...others), now), 0) : 0;
};

/**
 * Starts watches and asks for looks.
 *
 * @param asked the looks that this run has asked for: one serves all records of an order
 * @returns what went wrong; one failure holds back nothing else
 */
const takeUp = async (
  claimed: readonly ClaimedRecord[],
  asked: Set<string>,
  dependencies: ReconcileDependencies,
): Promise<unknown[]> => {
  const { queue, watches } = dependencies;
  const requests: RefreshRequest[] = [];
  const work: Promise<void>[] = [];
  for (const { orderUuid, task } of claimed) {
    if (task.kind === 'refresh') {
      const { reason } = task;
      const look = `${orderUuid} ${reason}`;
      if (!asked.has(look)) requests.push({ orderUuid, reason, delayInSeconds: 0 });
      asked.add(look);
    } else if (task.kind === 'watch') {
      const input = watchInput(orderUuid, task.item);
      if (input) work.push(watches.start(input));
    }
  }
  const results = await Promise.allSettled([...work, queue.send(requests)]);
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
};
