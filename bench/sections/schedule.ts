import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { nextConfirmationCheck } from '../../lambdas/domain/schedule.ts';
import { type Instant, MINUTE_IN_SECONDS, secondsBetween } from '../../lambdas/domain/time.ts';
import { at, START } from '../../test/platform/sample-order.ts';
import { minutes, number, table } from '../markdown.ts';
import { squareLaw } from '../model/alternatives.ts';
import { DISTRIBUTIONS } from '../model/distributions.ts';
import { optimalChecks, worthOf } from '../model/optimal-checks.ts';
import { STANDARD } from '../model/scenario.ts';
import { draw } from '../plot.ts';
import type { Section } from '../section.ts';

/** An order that is not put off: its offset is zero. */
const NOT_PUT_OFF = '8e9e5c6e-ea7d-4934-8753-f00900000000';
/** How far from the optimum the schedule may be. */
const MAX_RATIO = 1.1;
/** Promised: no more checks for an item and deadline. */
const MAX_CHECKS = 24;

/** The product's checks of an item that nothing else causes checks of, by its real decisions. */
const ownChecks = (until: number): readonly number[] => {
  const item = { openedAt: START, confirmBy: at(until) };
  const settings = settingsSchema.parse({});
  const checks: number[] = [];
  const after = (sentAt: Instant): Instant | undefined =>
    nextConfirmationCheck(item, NOT_PUT_OFF, sentAt, settings);
  for (let check = after(START); check; check = after(check)) checks.push(secondsBetween(START, check));
  return checks;
};

export const scheduleSection: Section = {
  name: 'schedule',
  title: 'The schedule against its optimum',
  run: async ({ progress }) => {
    const until = STANDARD.maxConfirmationTime;
    const laws = [
      { law: '**this product**', checks: ownChecks(until) },
      { law: 'T·(k/24)²', checks: squareLaw(24, until) },
      { law: 'T·(k/27)^1.5', checks: powerLaw(27, 1.5, until) },
      { law: 'equal gaps', checks: powerLaw(24, 1, until) },
    ];
    const judged = DISTRIBUTIONS.flatMap(({ name, distribution }) =>
      laws.map(({ law, checks }) => {
        progress(`${name}: ${law}`);
        const worth = worthOf(checks, distribution);
        const optimum = optimalChecks(distribution, until, worth.meanChecks);
        const best = worthOf(optimum, distribution);
        return { name, law, checks, optimum, ...worth, best, ratio: worth.meanDelay / best.meanDelay };
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
          measure: 'Mean delay of the schedule beside the optimum for its mean number of checks',
          ours: minutes(own.meanDelay),
          beside: `optimum ${minutes(own.best.meanDelay)}`,
          ratio: number(own.ratio, 2),
          goal: '≤ 1.10',
          met: own.ratio <= MAX_RATIO,
        },
      ],
      text: `Dynamic programming finds the check times that minimize the mean delay until a confirmation is noticed without its
webhook, for the mean number of checks that a law makes (48 hours, the last check at the deadline, offsets of orders left
out). The optimum knows the distribution; a law does not.

${table(
  ['confirmations', 'law', 'checks', 'mean delay', 'optimum', 'ratio'],
  judged.map(({ name, law, meanChecks, meanDelay, best, ratio }) => [
    name,
    law,
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
              color: { field: 'law', type: 'nominal', title: '' },
            },
          },
        ),
      ],
      wrong,
    };
  },
};

const powerLaw = (count: number, exponent: number, until: number): number[] =>
  Array.from({ length: count }, (_, index) => until * ((index + 1) / count) ** exponent);

const gapsOf = (law: string, checks: readonly number[]) =>
  checks.map((check, index) => ({
    law,
    age: check / MINUTE_IN_SECONDS,
    gap: (check - (checks[index - 1] ?? 0)) / MINUTE_IN_SECONDS,
  }));
