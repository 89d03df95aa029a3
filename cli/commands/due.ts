import { orderUuidOf, readRescueCount } from '../../lambdas/adapters/records.ts';
import { equal, type Row } from '../../lambdas/adapters/table.ts';
import { LANES, type Lane, RECORD, TABLE } from '../../lambdas/contracts/table.ts';
import { lanePartitions } from '../../lambdas/domain/due.ts';
import { omit } from '../../lambdas/domain/omit.ts';
import { MAX_RESCUES_BEFORE_PARKING } from '../../lambdas/domain/rescue.ts';
import { DAY_IN_SECONDS, plusSeconds, toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { EXIT, type Outcome } from '../outcome.ts';
import { columns, counted, parseUuid, relative } from '../text.ts';

/** Records that are read from each of the 32 partitions of the index. */
const MAX_RECORDS_PER_PARTITION = 200;

/** A parked record is claimed once a day; the hour is a margin. */
const HORIZON_IN_SECONDS = DAY_IN_SECONDS + 3600;

/**
 * State of a due record: `due` waits for the reconciler's next run, `retrying` was claimed without success and waits to be
 * claimed again, `parked` was claimed 20 times without success, and is claimed only once a day.
 */
type State = 'due' | 'retrying' | 'parked';

interface DueRecord {
  readonly state: State;
  readonly lane: Lane;
  /** Kind of the record, and what distinguishes it from the others of its order. */
  readonly record: string;
  readonly orderUuid: string;
  readonly dueAt: string;
  readonly rescueCount: number;
  readonly key: { readonly pk: string; readonly sk: string };
}

/** Lists the records that are due, being retried or parked. With `retry` the reconciler claims them in its next run. */
export const due = async (
  deployment: Deployment,
  orders: readonly string[],
  { retry }: { readonly retry?: boolean },
): Promise<Outcome> => {
  const wanted = new Set(orders.map((order) => parseUuid(order, 'an order')));
  const now = toInstant(Date.now());
  const lanes = await Promise.all(LANES.map((lane) => findDue(deployment, lane, now)));
  const isTruncated = lanes.some((lane) => lane.isTruncated);
  const found = lanes
    .flatMap(({ records }) => records)
    .filter(({ orderUuid }) => wanted.size === 0 || wanted.has(orderUuid))
    .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
  const retried = retry ? await retryAll(deployment, found, now) : 0;
  return {
    data: { due: found.map((record) => omit(record, 'key')), isTruncated, ...(retry && { retried }) },
    lines: [
      ...(found.length === 0 ? ['No record is due, being retried or parked.'] : dueTable(found)),
      ...(isTruncated
        ? ['', 'There may be more records, due later. Repeat this command when these are done.']
        : []),
      ...(retry && found.length > 0
        ? [
            '',
            `Made ${retried} of ${counted(found.length, 'record')} due now; the reconciler claims them in its next run.`,
          ]
        : []),
    ],
    exitCode: found.length > 0 && !retry ? EXIT.attention : EXIT.success,
  };
};

const dueTable = (records: readonly DueRecord[]): string[] =>
  columns(
    ['STATE', 'RECORD', 'ORDER', 'DUE', 'RESCUES'],
    records.map(({ state, record, orderUuid, dueAt, rescueCount }) => [
      state,
      record,
      orderUuid,
      relative(dueAt, Date.now()),
      rescueCount > 0 ? `${rescueCount}` : undefined,
    ]),
  );

/** The records of a lane that are due, or that the reconciler has claimed before. Other records wait for their time. */
const findDue = async (
  { table }: Deployment,
  lane: Lane,
  now: string,
): Promise<{ readonly records: readonly DueRecord[]; readonly isTruncated: boolean }> => {
  const until = plusSeconds(now, HORIZON_IN_SECONDS);
  const partitions = await Promise.all(
    lanePartitions(lane).map((partition) => table.queryDue(partition, until, MAX_RECORDS_PER_PARTITION)),
  );
  const rows = await Promise.all(partitions.flat().map((key) => table.get(key)));
  return {
    records: rows.flatMap((row) => (row ? toDueRecord(row, lane, now) : [])),
    isTruncated: partitions.some((keys) => keys.length >= MAX_RECORDS_PER_PARTITION),
  };
};

const toDueRecord = (row: Row, lane: Lane, now: string): DueRecord[] => {
  const { pk, sk, [TABLE.dueAt]: dueAt } = row;
  const rescueCount = readRescueCount(row);
  // A record that was done after the index had been read has no due time any more.
  if (typeof dueAt !== 'string' || (rescueCount === 0 && dueAt > now)) return [];
  const key = { pk, sk };
  const state = stateOf(dueAt, rescueCount, now);
  return [{ state, lane, record: describeKey(sk), orderUuid: orderUuidOf(key), dueAt, rescueCount, key }];
};

const stateOf = (dueAt: string, rescueCount: number, now: string): State => {
  if (rescueCount >= MAX_RESCUES_BEFORE_PARKING) return 'parked';
  return dueAt <= now ? 'due' : 'retrying';
};

const describeKey = (sk: string): string => {
  if (sk === RECORD.order) return 'order';
  const [kind = '', ...rest] = sk.split('#');
  return `${kind.toLowerCase()} ${rest.join(' ')}`;
};

/** Makes records due now and resets their rescue count. @returns how many were still due at the time that was read */
const retryAll = async ({ table }: Deployment, found: readonly DueRecord[], now: string): Promise<number> => {
  const updated = await Promise.all(
    found.map(({ key, dueAt }) =>
      table.update({ key, set: { dueAt: now }, remove: ['rescueCount'], condition: equal('dueAt', dueAt) }),
    ),
  );
  return updated.filter((row) => row !== undefined).length;
};
