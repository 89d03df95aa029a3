import { PARTITION, RECORD } from '../../../lambdas/contracts/table.ts';
import type { World } from '../world.ts';
import { checkFindings } from './findings.ts';
import { checkLoad } from './load.ts';
import { checkPublications } from './publications.ts';
import { isFinalStatus, isHint } from './values.ts';

/** What must hold when everything had time to recover. */
export const checkAtTheEnd = (world: World): void => {
  checkPublications(world);
  checkFindings(world);
  checkLoad(world);
  checkHints(world);
};

/** Every hint has an outcome. A webhook of a final status is superseded only by a newer one that was true. */
const checkHints = ({ table, orders, writes, violations }: World): void => {
  const known = new Set(orders.map(({ orderUuid }) => `${PARTITION.order}${orderUuid}`));
  for (const row of table.rows()) {
    if (!isHint(row.sk)) continue;
    const orderUuid = row.pk.slice(PARTITION.order.length);
    if (row['outcome'] === undefined && known.has(row.pk)) {
      violations.add('every hint has an outcome', orderUuid, row.sk);
    }
    if (row['outcome'] !== 'superseded' || !isFinalStatus(row['status'])) continue;
    const version = versionOf(row.sk);
    const isNewerTrue = table
      .partition(row.pk)
      .some(
        ({ pk, sk }) =>
          sk.startsWith(`${RECORD.webhook}${row['itemUuid']}#`) &&
          versionOf(sk) > version &&
          writes.satisfied.has(`${pk} ${sk}`),
      );
    if (!isNewerTrue) {
      violations.add('a webhook is superseded only by a newer one that was true', orderUuid, row.sk);
    }
  }
};

/** Versions are numbers. */
const versionOf = (sk: string): bigint => BigInt(sk.split('#')[2] ?? '0');
