import { DAY_IN_SECONDS, HOUR_IN_SECONDS } from '../../lambdas/domain/time.ts';
import { meteredTracker, type PlannedItem } from '../../test/platform/metered-tracker.ts';
import { START } from '../../test/platform/sample-order.ts';
import { Random } from '../../test/simulation/engine/random.ts';
import { number, table } from '../markdown.ts';
import type { Section } from '../section.ts';

/** Confirmation times of the items of an order. */
const DEADLINES = [2 * HOUR_IN_SECONDS, DAY_IN_SECONDS, 2 * DAY_IN_SECONDS];

const WITHOUT_FOLLOW_UPS = { settings: { followUps: false } };

/** Items that are confirmed after three quarters of their time and more. */
const LATE: readonly PlannedItem[] = [1.5, 20, 40].map((hours, index) => ({
  maxConfirmationTime: DEADLINES[index] ?? 0,
  confirmedAfter: hours * HOUR_IN_SECONDS,
}));

/** Items that are confirmed after a log-normal share of their time: half of them in a 24th, 95 % in half of it. */
const randomItems = (random: Random): readonly PlannedItem[] =>
  DEADLINES.map((maxConfirmationTime) => ({
    maxConfirmationTime,
    confirmedAfter: Math.min(
      random.logNormal(maxConfirmationTime / 24, maxConfirmationTime / 2),
      maxConfirmationTime - 1,
    ),
  }));

/**
 * What the first edition of the product took for {@link LATE}: an execution, a schedule and a lock for each item. It was
 * measured in the same way, in November 2026.
 */
const FIRST_EDITION: Used = { transitions: 195, gets: 59.9, writeUnits: 525 };

/** Target: at most this share of what the first edition took. */
const MAX_RATIO = 0.6;

/** What following an order takes until all of its items are final, if every webhook is lost. */
const follow = async (items: readonly PlannedItem[]) => {
  const { tracker, used, runUntil } = meteredTracker(items, WITHOUT_FOLLOW_UPS);
  await tracker.track({ paidAt: START });
  await runUntil(2 * DAY_IN_SECONDS + HOUR_IN_SECONDS);
  return used();
};

/** GETs that some webhooks cause which arrive within a second, for an order that is known. */
const getsForWebhooks = async (items: number, webhooks: number): Promise<number> => {
  const { tracker, uuids, runUntil } = meteredTracker(
    Array.from({ length: items }, () => ({ maxConfirmationTime: 2 * DAY_IN_SECONDS, confirmedAfter: 100 })),
    WITHOUT_FOLLOW_UPS,
  );
  await tracker.track({ paidAt: START });
  await runUntil(100);
  const before = tracker.gets.length;
  for (let index = 0; index < webhooks; index++) {
    await tracker.webhook('OK', `${Math.floor(index / items) + 2}`, uuids[index % items]);
    await runUntil(100 + (0.9 * (index + 1)) / webhooks);
  }
  await runUntil(110);
  return tracker.gets.length - before;
};

/** GETs in the minutes around a deadline that all items of an order have. */
const getsAtDeadline = async (items: number): Promise<number> => {
  const { tracker, runUntil } = meteredTracker(
    Array.from({ length: items }, () => ({
      maxConfirmationTime: DAY_IN_SECONDS,
      confirmedAfter: Number.POSITIVE_INFINITY,
    })),
    WITHOUT_FOLLOW_UPS,
  );
  await tracker.track({ paidAt: START });
  await runUntil(DAY_IN_SECONDS - 60);
  const before = tracker.gets.length;
  await runUntil(DAY_IN_SECONDS + 600);
  return tracker.gets.length - before;
};

type Used = Record<(typeof MEASURES)[number], number>;

/** What some orders take, and what their items would take as orders of their own. */
const compare = async (
  orders: readonly (readonly PlannedItem[])[],
): Promise<Record<'together' | 'alone', Used>> => {
  const sums = { together: { ...NOTHING }, alone: { ...NOTHING } };
  const add = (sum: Used, used: Used): void => {
    for (const measure of MEASURES) sum[measure] += used[measure] / orders.length;
  };
  for (const items of orders) {
    add(sums.together, await follow(items));
    for (const item of items) add(sums.alone, await follow([item]));
  }
  return sums;
};

const NOTHING: Used = { transitions: 0, gets: 0, writeUnits: 0 };

const MEASURES = ['transitions', 'gets', 'writeUnits'] as const;
const WORDS = { transitions: 'transitions', gets: 'GETs', writeUnits: 'write units' };

export const ordersSection: Section = {
  name: 'orders',
  title: 'Orders with several items',
  run: async ({ quick, progress }) => {
    const count = quick ? 5 : 100;
    progress(`${count} orders with three items, and each item as an order of its own`);
    const random = new Random('orders');
    const { together, alone } = await compare(Array.from({ length: count }, () => randomItems(random)));
    const late = await compare([LATE]);
    progress('webhooks that arrive together');
    const gets = [
      { what: '3 items, all webhooks within a second', gets: await getsForWebhooks(3, 3) },
      { what: '50 webhooks within a second', gets: await getsForWebhooks(10, 50) },
      { what: '50 items at one deadline', gets: await getsAtDeadline(50) },
    ];
    return {
      rows: [
        ...MEASURES.map((measure) => ({
          target: '3',
          measure: `Order with three items of different deadlines: ${WORDS[measure]}`,
          ours: number(late.together[measure], 1),
          comparedWith: `first edition, an execution an item: ${number(FIRST_EDITION[measure], 1)}`,
          ratio: number(late.together[measure] / FIRST_EDITION[measure], 2),
          goal: `≤ ${MAX_RATIO}`,
          met: late.together[measure] / FIRST_EDITION[measure] <= MAX_RATIO,
        })),
        {
          target: '12',
          measure: `GETs an order: ${gets.map(({ what }) => what).join('; ')}`,
          ours: gets.map((count) => count.gets).join('; '),
          comparedWith: 'one a webhook or item: 3; 50; 50',
          goal: '1; 1; 1',
          met: gets.every((count) => count.gets === 1),
        },
      ],
      text: `An order is one execution and one GET for all of its items. Compared with the same three items as three orders, each
with an execution of its own. Confirmation times of 2 hours, 1 and 2 days, every webhook lost. Usual: ${count} orders,
each item confirmed after a log-normal share of its time (median a 24th, 95th percentile a half). Late: confirmed after
1.5, 20 and 40 hours, so that most of the checks of each item are made.

${table(
  ['', 'usual: together', 'one by one', 'ratio', 'late: together', 'one by one', 'ratio'],
  MEASURES.map((measure) => [
    WORDS[measure],
    ...[{ together, alone }, late].flatMap((both) => [
      number(both.together[measure], 1),
      number(both.alone[measure], 1),
      number(both.together[measure] / both.alone[measure], 2),
    ]),
  ]),
)}

The first edition, with an execution and a schedule for each item, took ${FIRST_EDITION.transitions} transitions,
${FIRST_EDITION.gets} GETs and ${FIRST_EDITION.writeUnits} write units for the late items. At most ${MAX_RATIO} of each was
the target. Write units meet it. Transitions and GETs do not, because an order is checked as often as its most urgent open
item needs: when that one is confirmed, the schedule of the next one takes over. Fewer GETs would need fewer checks an item,
and so longer delays. Fewer transitions would need a workflow that ends without the state \`Done?\`: by an error that is
caught. It would save a third, and every watch would look like one that failed.`,
      wrong: gets
        .filter((count) => count.gets !== 1)
        .map((count) => `${count.what}: ${count.gets} GETs instead of 1`),
    };
  },
};
