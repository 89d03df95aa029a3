import { RECORD } from '../../../lambdas/contracts/table.ts';
import type { World } from '../world.ts';
import { checkFindings } from './findings.ts';
import { checkLoad, isHint } from './load.ts';
import { checkPublications } from './publications.ts';

/** What must hold when everything had time to come right. */
export const checkAtTheEnd = (world: World): void => {
  checkPublications(world);
  checkFindings(world);
  checkLoad(world);
  checkHints(world);
};

/** A webhook of a final status gives way only to a newer one that was true. Versions are numbers. */
const checkHints = (world: World): void => {
  const { table, writes, violations } = world;
  for (const row of table.rows()) {
    if (
      isHint(row.sk) &&
      row['outcome'] === undefined &&
      world.orders.some(({ orderUuid }) => row.pk === `ORDER#${orderUuid}`)
    ) {
      violations.add('every hint ends', row.pk.slice(6), row.sk);
    }
    if (row['outcome'] !== 'superseded' || !/^(OK|KO|REFUNDED)$/.test(`${row['status']}`)) continue;
    const version = versionOf(row.sk);
    const newer = table
      .partition(row.pk)
      .some(
        ({ pk, sk }) =>
          sk.startsWith(`${RECORD.webhook}${row['itemUuid']}#`) &&
          versionOf(sk) > version &&
          writes.satisfied.has(`${pk} ${sk}`),
      );
    if (!newer)
      violations.add('a final webhook gives way only to a newer one that was true', row.pk.slice(6), row.sk);
  }
};

const versionOf = (sk: string): bigint => BigInt(sk.split('#')[2] ?? '0');
