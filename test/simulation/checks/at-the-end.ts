import { orderTimelines } from '../../../lambdas/adapters/order-timeline.ts';
import { PARTITION, RECORD } from '../../../lambdas/contracts/table.ts';
import type { World } from '../world.ts';
import { checkFindings } from './findings.ts';
import { checkLists } from './lists.ts';
import { checkLoad } from './load.ts';
import { checkPublications } from './publications.ts';
import { isFinalStatus, isHint } from './values.ts';

/** What must hold when everything had time to recover. */
export const checkAtTheEnd = async (world: World): Promise<void> => {
  checkPublications(world);
  checkFindings(world);
  checkLoad(world);
  checkHints(world);
  await checkTimelines(world);
  await checkLists(world);
};

/** The timeline of every known order can be read, in its order. */
const checkTimelines = async ({ table, deployment, followed, violations }: World): Promise<void> => {
  const timelines = orderTimelines(table, deployment.settings);
  for (const orderUuid of followed.orderUuids) {
    const { timeline = [] } = (await timelines.read(orderUuid)) ?? {};
    const isSorted = timeline.every(({ at }, index) => index === 0 || at >= (timeline[index - 1]?.at ?? ''));
    if (timeline.length === 0 || !isSorted) {
      violations.add('the timeline of an order can be read', orderUuid, `${timeline.length} entries`);
    }
  }
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
