import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { nextConfirmationCheck } from '../../lambdas/domain/schedule.ts';
import { type Instant, MINUTE_IN_SECONDS, secondsBetween } from '../../lambdas/domain/time.ts';
import { at, START } from '../../test/platform/sample-order.ts';
import { minutes, number, table } from '../markdown.ts';
import { squareSchedule } from '../model/alternatives.ts';
import { DISTRIBUTIONS } from '../model/distributions.ts';
import { optimalChecks, worthOf } from '../model/optimal-checks.ts';
import { STANDARD } from '../model/scenario.ts';
import { draw } from '../plot.ts';
import type { Section } from '../section.ts';

/** An order whose offset, which spreads the checks of different orders, is zero. */
const ORDER_WITHOUT_OFFSET = '8e9e5c6e-ea7d-4934-8753-f00900000000';
/** How far from the optimum the schedule may be. */
const MAX_RATIO = 1.1;
/** Promised maximum of checks for an item and deadline. */
const MAX_CHECKS = 24;

/** The scheduled checks of an item, decided by the product's own code, if nothing else causes a check. */
const ownChecks = (until: number): readonly number[] => {
  const item = { openedAt: START, confirmBy: at(until) };
  const settings = settingsSchema.parse({});
  const checks: number[] = [];
  const after = (sentAt: Instant): Instant | undefined =>
    nextConfirmationCheck(item, ORDER_WITHOUT_OFFSET, sentAt, settings);
  for (let check = after(START); check; check = after(check)) checks.push(secondsBetween(START, check));
  return checks;
};

export const scheduleSection: Section = {
  name: 'schedule',
  title: 'The schedule against its optimum',
  run: async ({ progress }) => {
    const until = STANDARD.maxConfirmationTime;
    const schedules = [
      { schedule: '**this product**', checks: ownChecks(until) },
      { schedule: 'T·(k/24)²', checks: squareSchedule(24, until) },
      { schedule: 'T·(k/27)^1.5', checks: powerSchedule(27, 1.5, until) },
      { schedule: 'equal gaps', checks: powerSchedule(24, 1, until) },
    ];
    const judged = DISTRIBUTIONS.flatMap(({ name, distribution }) =>
      schedules.map(({ schedule, checks }) => {
        progress(`${name}: ${schedule}`);
        const worth = worthOf(checks, distribution);
        const optimum = optimalChecks(distribution, until, worth.meanChecks);
        const best = worthOf(optimum, distribution);
        return { name, schedule, checks, optimum, ...worth, best, ratio: worth.meanDelay / best.meanDelay };
      }),
    );
    const [own] = judged;
    if (!own) throw new Error('No schedule was judged.');
    const ascending = own.checks.every((check, index) => check > (own.checks[index - 1] ?? 0));
    const wrong = [
      ...(own.checks.length > MAX_CHECKS || !ascending || own.checks.at(-1) !== until
        ? [`the checks of an item: ${own.checks.join(', ')}`]
        : []),
      ...(own.ratio > MAX_RATIO ? [`ratio to the optimum: ${own.ratio}, at most ${MAX_RATIO}`] : []),
    ];
    return {
      rows: [
        {
          target: '2',
          measure: 'Mean delay of the schedule, compared with the optimum for its mean number of checks',
          ours: minutes(own.meanDelay),
          comparedWith: `optimum ${minutes(own.best.meanDelay)}`,
          ratio: number(own.ratio, 2),
          goal: '≤ 1.10',
          met: own.ratio <= MAX_RATIO,
        },
      ],
      text: `Dynamic programming finds the check times that minimize the mean delay until a confirmation is noticed without its
webhook, for the mean number of checks that a schedule makes (48 hours, the last check at the deadline, offsets of orders left
out). The optimum knows the distribution; a schedule does not.

${table(
  ['confirmations', 'schedule', 'checks', 'mean delay', 'optimum', 'ratio'],
  judged.map(({ name, schedule, meanChecks, meanDelay, best, ratio }) => [
    name,
    schedule,
    number(meanChecks, 2),
    minutes(meanDelay),
    minutes(best.meanDelay),
    number(ratio, 2),
  ]),
)}

In office hours the optimum makes no checks at night. It would need to know the time zone and the hours of each activity provider.

![Gaps of the schedule and of the optimum](plot:schedule-gaps)`,
      plots: [
        await draw(
          { name: 'schedule-gaps', title: 'Gaps between checks by the age of the item' },
          {
            data: {
              values: [...gapsOf('this product', own.checks), ...gapsOf('optimum', own.optimum)],
            },
            mark: { type: 'line', point: true, interpolate: 'step-before' },
            encoding: {
              x: {
                field: 'age',
                type: 'quantitative',
                scale: { type: 'log' },
                title: 'age at the check, minutes',
              },
              y: {
                field: 'gap',
                type: 'quantitative',
                scale: { type: 'log' },
                title: 'gap before the check, minutes',
              },
              color: { field: 'schedule', type: 'nominal', title: '' },
            },
          },
        ),
      ],
      wrong,
    };
  },
};

const powerSchedule = (count: number, exponent: number, until: number): number[] =>
  Array.from({ length: count }, (_, index) => until * ((index + 1) / count) ** exponent);

const gapsOf = (schedule: string, checks: readonly number[]) =>
  checks.map((check, index) => ({
    schedule,
    age: check / MINUTE_IN_SECONDS,
    gap: (check - (checks[index - 1] ?? 0)) / MINUTE_IN_SECONDS,
  }));
