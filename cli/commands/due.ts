import { orderUuidOf } from '../../lambdas/adapters/records.ts';
import { equal, type Row } from '../../lambdas/adapters/table.ts';
import { LANES, type Lane, RECORD } from '../../lambdas/contracts/table.ts';
import { CLAIMS_UNTIL_PARKED } from '../../lambdas/domain/claims.ts';
import { lanePartitions } from '../../lambdas/domain/due.ts';
import { DAY_IN_SECONDS, plusSeconds, toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { EXIT, type Outcome } from '../outcome.ts';
import { columns, parseUuid, relative, times } from '../text.ts';

/** Records that are read of each of the 32 partitions of the index. */
const MOST_OF_A_PARTITION = 200;

type State = 'late' | 'tried in vain' | 'parked';

interface DueRecord {
  readonly state: State;
  readonly lane: Lane;
  readonly what: string;
  readonly orderUuid: string;
  readonly dueAt: string;
  readonly claims: number;
  readonly key: { readonly pk: string; readonly sk: string };
}

/** Shows what should have been done by now, what was tried in vain and what is parked; lets it be tried again. */
export const due = async (
  deployment: Deployment,
  orders: readonly string[],
  { retry }: { readonly retry?: boolean },
): Promise<Outcome> => {
  const wanted = new Set(orders.map((order) => parseUuid(order, 'an order')));
  const now = toInstant(Date.now());
  const lanes = await Promise.all(LANES.map((lane) => findDue(deployment, lane, now)));
  const isCut = lanes.some((lane) => lane.isCut);
  const found = lanes
    .flatMap(({ records }) => records)
    .filter(({ orderUuid }) => wanted.size === 0 || wanted.has(orderUuid))
    .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
  const retried = retry ? await retryAll(deployment, found, now) : 0;
  return {
    data: { due: found.map(({ key: _, ...record }) => record), isCut, ...(retry && { retried }) },
    lines: [
      ...(found.length === 0
        ? ['Nothing is late, tried in vain, or parked.']
        : columns(
            ['STATE', 'WHAT', 'ORDER', 'DUE', 'TRIED'],
            found.map(({ state, what, orderUuid, dueAt, claims }) => [
              state,
              what,
              orderUuid,
              relative(dueAt, Date.now()),
              claims > 0 ? times(claims) : undefined,
            ]),
          )),
      ...(isCut ? ['', 'There may be more, due later than these: ask again when these are done.'] : []),
      ...(retry && found.length > 0
        ? ['', `${retried} of ${found.length} are due now; the reconciler takes them up with its next run.`]
        : []),
    ],
    exitCode: found.length > 0 && !retry ? EXIT.attention : EXIT.done,
  };
};

/** What is due until tomorrow, as far as it is late or was taken up before: the rest waits for its own time. */
const findDue = async (
  { table }: Deployment,
  lane: Lane,
  now: string,
): Promise<{ readonly records: readonly DueRecord[]; readonly isCut: boolean }> => {
  const tomorrow = plusSeconds(now, DAY_IN_SECONDS + 3600);
  const partitions = await Promise.all(
    lanePartitions(lane).map((partition) => table.queryDue(partition, tomorrow, MOST_OF_A_PARTITION)),
  );
  const rows = await Promise.all(partitions.flat().map((key) => table.get(key)));
  return {
    records: rows.flatMap((row) => (row ? toDueRecord(row, lane, now) : [])),
    isCut: partitions.some((keys) => keys.length >= MOST_OF_A_PARTITION),
  };
};

const toDueRecord = (row: Row, lane: Lane, now: string): DueRecord[] => {
  const { pk, sk, dueAt, claims = 0 } = row as Row & { dueAt?: string; claims?: number };
  if (!dueAt || (claims === 0 && dueAt > now)) return [];
  const state = claims >= CLAIMS_UNTIL_PARKED ? 'parked' : dueAt <= now ? 'late' : 'tried in vain';
  return [
    { state, lane, what: nameOf(sk), orderUuid: orderUuidOf({ pk, sk }), dueAt, claims, key: { pk, sk } },
  ];
};

const nameOf = (sk: string): string => {
  if (sk === RECORD.order) return 'order';
  const [kind = '', ...rest] = sk.split('#');
  return `${kind.toLowerCase()} ${rest.join(' ')}`;
};

/** Makes records due at once, and forgets in vain they were tried. */
const retryAll = async ({ table }: Deployment, found: readonly DueRecord[], now: string): Promise<number> => {
  const updated = await Promise.all(
    found.map(({ key, dueAt }) =>
      // Whatever has moved meanwhile was just taken up.
      table.update({ key, set: { dueAt: now }, remove: ['claims'], condition: [[equal('dueAt', dueAt)]] }),
    ),
  );
  return updated.filter((row) => row !== undefined).length;
};
