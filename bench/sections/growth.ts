import { DAY_IN_SECONDS, plusSeconds } from '../../lambdas/domain/time.ts';
import { meteredTracker } from '../../test/platform/metered-tracker.ts';
import { ORDER, START } from '../../test/platform/sample-order.ts';
import { number, table } from '../markdown.ts';
import type { Section } from '../section.ts';
import { median } from '../statistics.ts';

const ITEMS = 50;
const WEBHOOKS = 500;

/** An order of 50 items, one of which is open, after a number of webhooks that are resolved. */
const orderWith = async (webhooks: number) => {
  const items = Array.from({ length: ITEMS }, (_, index) => ({
    maxConfirmationTime: 30 * DAY_IN_SECONDS,
    confirmedAfter: index === 0 ? Number.POSITIVE_INFINITY : 10,
  }));
  const metered = meteredTracker(items, { settings: { followUps: false } });
  const { tracker, uuids, runUntil } = metered;
  await tracker.track({ paidAt: START });
  await runUntil(20);
  for (let index = 0; index < webhooks; index++) {
    const item = index % ITEMS;
    await tracker.webhook(item === 0 ? 'PENDING' : 'OK', `${Math.floor(index / ITEMS) + 1}`, uuids[item]);
  }
  await runUntil(40);
  return metered;
};

/** What one check takes that finds nothing new. */
const check = async ({ tracker, used }: Awaited<ReturnType<typeof orderWith>>) => {
  const before = used();
  const nextCheckAt = tracker.order()?.nextCheckAt ?? START;
  const began = performance.now();
  tracker.queue.send({ orderUuid: ORDER, plannedAt: plusSeconds(nextCheckAt, 1) });
  await tracker.run(2);
  const after = used();
  if (after.gets !== before.gets + 1) throw new Error('The check did not ask the provider once.');
  return {
    readUnits: after.readUnits - before.readUnits,
    writeUnits: after.writeUnits - before.writeUnits,
    milliseconds: performance.now() - began,
  };
};

export const growthSection: Section = {
  name: 'growth',
  title: 'Growth with history',
  run: async ({ quick, progress }) => {
    progress(`an order with ${ITEMS} items, after ${ITEMS} and after ${WEBHOOKS} webhooks`);
    const orders = { young: await orderWith(ITEMS), old: await orderWith(WEBHOOKS) };
    const times: Record<keyof typeof orders, number[]> = { young: [], old: [] };
    const units = { young: { readUnits: 0, writeUnits: 0 }, old: { readUnits: 0, writeUnits: 0 } };
    // In turns, so that other load on the machine slows both.
    for (let round = 0; round < (quick ? 5 : 50); round++) {
      for (const age of ['young', 'old'] as const) {
        const { milliseconds, readUnits, writeUnits } = await check(orders[age]);
        times[age].push(milliseconds);
        units[age] = { readUnits, writeUnits };
      }
    }
    const { young, old } = units;
    const [youngTime, oldTime] = [median(times.young), median(times.old)];
    const met = old.readUnits <= young.readUnits && old.writeUnits <= young.writeUnits;
    return {
      rows: [
        {
          target: '14',
          measure: `One check of an order with ${ITEMS} items after ${WEBHOOKS} webhooks: read units, write units`,
          ours: `${old.readUnits}, ${old.writeUnits}`,
          comparedWith: `the same order after ${ITEMS} webhooks: ${young.readUnits}, ${young.writeUnits}`,
          ratio: `${number(old.readUnits / young.readUnits, 1)}, ${number(old.writeUnits / young.writeUnits, 1)}`,
          goal: 'no more with a longer history',
          met,
        },
      ],
      text: `An order with ${ITEMS} items, one of which is open. After a webhook for each item it is compared, in turns, with the same order after ${WEBHOOKS} webhooks. All of them are resolved.

${table(
  ['One check', `${ITEMS} webhooks`, `${WEBHOOKS} webhooks`, 'ratio'],
  [
    ['read units', young.readUnits, old.readUnits, number(old.readUnits / young.readUnits, 1)],
    ['write units', young.writeUnits, old.writeUnits, number(old.writeUnits / young.writeUnits, 1)],
    [
      'milliseconds over a table in memory, median',
      number(youngTime, 1),
      number(oldTime, 1),
      number(oldTime / youngTime, 1),
    ],
  ],
)}

A check reads the order, its items and its unresolved hints.`,
    };
  },
};
