import { HOUR_IN_SECONDS, MINUTE_IN_SECONDS } from '../../lambdas/domain/time.ts';
import {
  type Alternative,
  findBy,
  geometric,
  lifeOfLoop,
  loop,
  type OwnCosts,
  productLaw,
} from '../model/alternatives.ts';
import { type FollowedItem, itemsOf, type Scenario, STANDARD } from '../model/scenario.ts';
import type { Cost } from '../model/usage-cost.ts';
import { draw } from '../plot.ts';
import type { BenchContext } from '../section.ts';
import { mean, quantile } from '../statistics.ts';

/** Number of items that costs are given for. */
export const MILLION = 1e6;

export interface Judged {
  readonly alternative: Alternative;
  /** Dollars for a million items. */
  readonly cost: number;
  /** Seconds. */
  readonly meanDelay: number;
  readonly p99Delay: number;
  readonly checks: number;
}

export const ourCost =
  (own: OwnCosts, perCheck: Cost) =>
  (items: number, checks: number): number =>
    items * own.perItem + checks * (own.perCheck + perCheck.stepFunctions);

/** What an alternative costs, and how late it notices lost webhooks of items that are confirmed before their deadline. */
export const judge = (
  alternative: Alternative,
  items: readonly FollowedItem[],
): Omit<Judged, 'alternative'> => {
  const { checksAt, webhookEndsChecks, cost } = alternative;
  const delays: number[] = [];
  let checks = 0;
  for (const { confirmedAfter, isWebhookLost } of items) {
    const found = findBy(checksAt, confirmedAfter, webhookEndsChecks && !isWebhookLost);
    // If the webhook arrives, the check that is already planned finds nothing new.
    const inVain = webhookEndsChecks && !isWebhookLost && found.checks < checksAt.length ? 1 : 0;
    checks += found.checks + inVain;
    const { delay } = isWebhookLost ? found : findBy(checksAt, confirmedAfter, false);
    if (delay !== undefined) delays.push(delay);
  }
  return {
    cost: cost(MILLION, (checks / items.length) * MILLION),
    meanDelay: mean(delays),
    p99Delay: quantile(delays, 0.99),
    checks: checks / items.length,
  };
};

export const plotDelay = async (
  items: readonly FollowedItem[],
  until: number,
  own: OwnCosts,
  perCheck: Cost,
  judged: readonly Judged[],
) => {
  const sample = items.slice(0, 20_000);
  const point = (schedule: string, checksAt: readonly number[]) => {
    const { cost, meanDelay } = judge(
      { name: schedule, assumes: '', checksAt, webhookEndsChecks: true, cost: ourCost(own, perCheck) },
      sample,
    );
    return { schedule, cost, delay: meanDelay / MINUTE_IN_SECONDS };
  };
  const counts = [6, 8, 12, 16, 20, 24, 32, 48, 64, 96];
  const lines = counts.flatMap((count) => [
    point('this product', productLaw(count, until)),
    point('geometric', geometric(60, count, until)),
    point('equal gaps', everyGap(count, until)),
  ]);
  const points = judged
    .filter(({ alternative }) => alternative.name !== 'geometric spacing')
    .map(({ alternative, cost, meanDelay }) => ({
      schedule: alternative.name,
      cost,
      delay: meanDelay / MINUTE_IN_SECONDS,
    }));
  const x = {
    field: 'cost',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'dollars for a million items',
  };
  const y = {
    field: 'delay',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'mean delay of a lost webhook, minutes',
  };
  return await draw(
    { name: 'cost-against-delay', title: 'Cost against mean delay, for 6 to 96 checks' },
    {
      layer: [
        {
          data: { values: lines },
          mark: { type: 'line', point: true },
          encoding: { x, y, color: { field: 'schedule', type: 'nominal', title: 'checks' } },
        },
        {
          data: { values: points },
          mark: { type: 'point', filled: true, size: 70, color: 'black' },
          encoding: { x, y },
        },
        {
          data: { values: points },
          mark: { type: 'text', dy: -10, fontSize: 10 },
          encoding: { x, y, text: { field: 'schedule' } },
        },
      ],
    },
  );
};

const everyGap = (count: number, until: number): number[] =>
  Array.from({ length: count }, (_, index) => ((index + 1) * until) / count);

/** Longest times for which the cost is drawn, in hours: from 30 minutes to 30 days. */
const LENGTHS_IN_HOURS = [0.5, 1, 2, 4, 8, 16, 24, 36, 46, 48, 72, 120, 240, 480, 720];

export const plotLength = async ({ quick, progress }: BenchContext, own: OwnCosts, perCheck: Cost) => {
  const values = LENGTHS_IN_HOURS.flatMap((hours) => {
    progress(`cost by max_confirmation_time: ${hours} h`);
    const until = hours * HOUR_IN_SECONDS;
    // The confirmation takes the same share of the confirmation time.
    const scenario: Scenario = {
      ...STANDARD,
      maxConfirmationTime: until,
      confirmation: (random) => random.logNormal(until / 24, until / 2),
    };
    const items = itemsOf(scenario, quick ? 1000 : 10_000, 'length');
    const lines: Alternative[] = [
      loop('60-second loop', 60, until),
      loop('hourly loop', HOUR_IN_SECONDS, until),
      {
        name: 'this product',
        assumes: '',
        checksAt: productLaw(24, until),
        webhookEndsChecks: true,
        cost: ourCost(own, perCheck),
      },
    ];
    return lines
      .filter(({ checksAt }) => checksAt.length > 0)
      .map((line) => ({ hours, line: line.name, cost: judge(line, items).cost }));
  });
  const x = {
    field: 'hours',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'max_confirmation_time, hours',
  };
  const limit = [
    { hours: lifeOfLoop(60) / HOUR_IN_SECONDS, text: '25,000 history events: the 60-second loop ends' },
  ];
  return await draw(
    { name: 'cost-against-time', title: 'Cost against `max_confirmation_time`, from 30 minutes to 30 days' },
    {
      layer: [
        {
          data: { values },
          mark: { type: 'line', point: true },
          encoding: {
            x,
            y: {
              field: 'cost',
              type: 'quantitative',
              scale: { type: 'log' },
              title: 'dollars for a million items',
            },
            color: { field: 'line', type: 'nominal', title: '' },
          },
        },
        { data: { values: limit }, mark: { type: 'rule', strokeDash: [4, 4] }, encoding: { x } },
        {
          data: { values: limit },
          mark: { type: 'text', align: 'right', dx: -5, y: 10, fontSize: 10 },
          encoding: { x, text: { field: 'text' } },
        },
      ],
    },
  );
};
