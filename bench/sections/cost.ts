import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { DAY_IN_SECONDS, HOUR_IN_SECONDS, MINUTE_IN_SECONDS } from '../../lambdas/domain/time.ts';
import { readDeployment } from '../../test/platform/deployment.ts';
import { ORDER } from '../../test/platform/sample-order.ts';
import { dollars, minutes, number, percent, table } from '../markdown.ts';
import {
  addUsage,
  checksOf,
  type Kind,
  kindOf,
  NO_USAGE,
  scaleUsage,
  usageByChecks,
  usageOfOneCheck,
} from '../model/affine-usage.ts';
import { type Alternative, geometric, loop, otherClocks, productLaw } from '../model/alternatives.ts';
import { followDirectly, type ModelOptions } from '../model/direct-model.ts';
import { type FollowedItem, itemsOf, STANDARD } from '../model/scenario.ts';
import { type Cost, costOf, SERVICES, totalOf } from '../model/usage-cost.ts';
import { followWithProduct, type Usage } from '../model/whole-product.ts';
import type { BenchContext, Section } from '../section.ts';
import { mean, quantile } from '../statistics.ts';
import { type Judged, judge, MILLION, ourCost, plotDelay, plotLength } from './cost-plots.ts';

const GOAL = { dollars: 560, meanDelayInSeconds: 32 * MINUTE_IN_SECONDS };

/** Kinds of items, each with two examples: times of confirmation in hours, which lead to few and to many checks. */
const EXAMPLES: Readonly<Record<Kind, readonly [number, number]>> = {
  lost: [1, 20],
  arrived: [1, 20],
  'overdue lost': [50, 100],
  'overdue arrived': [50, 100],
};

/** Counts that a fake of the platform makes, to be compared with the model. */
const COUNTS = ['transitions', 'gets', 'writeUnits', 'readUnits', 'messages', 'publishes'] as const;

export const costSection: Section = {
  name: 'cost',
  title: 'Cost of following',
  run: async (context) => {
    const deployment = await readDeployment();
    const model: ModelOptions = {
      settings: settingsSchema.parse({ followUps: false }),
      maxConfirmationTime: STANDARD.maxConfirmationTime,
      reconcileEveryInSeconds: deployment.reconcileEveryInSeconds,
    };
    const measure = async (item: FollowedItem, followUpDays = 0): Promise<Usage> => {
      const followUps = followUpDays > 0;
      const isLate = item.confirmedAfter > model.maxConfirmationTime;
      return await followWithProduct(item, {
        maxConfirmationTime: model.maxConfirmationTime,
        settings: { followUps },
        // Without the reconciler a run is fast, and nothing needs it before an item is overdue.
        reconcileEveryInSeconds: isLate || followUps ? model.reconcileEveryInSeconds : 0,
        systemLogLevel: deployment.systemLogLevel,
        until: Math.max(model.maxConfirmationTime, item.confirmedAfter) + (followUpDays + 1) * DAY_IN_SECONDS,
      });
    };

    context.progress('measuring one item of each kind with the whole product');
    const usageOf = {} as Record<Kind, (checks: number) => Usage>;
    for (const [kind, hours] of Object.entries(EXAMPLES) as [Kind, readonly [number, number]][]) {
      const [few, many] = await Promise.all(
        hours.map(async (hour) => {
          const item: FollowedItem = {
            orderUuid: ORDER,
            confirmedAfter: hour * HOUR_IN_SECONDS + 7.5,
            isWebhookLost: kind.endsWith('lost'),
          };
          return { following: followDirectly(item, model), usage: await measure(item) };
        }),
      );
      if (few && many) usageOf[kind] = usageByChecks(few, many);
    }

    const count = context.quick ? 5000 : 200_000;
    const items = itemsOf(STANDARD, count, 'cost of following');
    let sum = NO_USAGE;
    const delays: number[] = [];
    const lateDelays: number[] = [];
    let checks = 0;
    for (const [index, item] of items.entries()) {
      if (index % 20_000 === 0)
        context.progress(`following ${number(count)} items: ${percent(index / count)}`);
      const following = followDirectly(item, model);
      const kind = kindOf(item, model.maxConfirmationTime);
      sum = addUsage(sum, usageOf[kind](checksOf(following)));
      checks += following.watchChecks;
      const isOverdue = item.confirmedAfter > model.maxConfirmationTime;
      (isOverdue ? lateDelays : delays).push(following.delayWithoutWebhook);
    }

    const wrong = await differences(context, async (item) => [
      usageOf[kindOf(item, model.maxConfirmationTime)](checksOf(followDirectly(item, model))),
      await measure(item),
    ]);

    context.progress('following one item through all of its follow-ups');
    const example: FollowedItem = {
      orderUuid: ORDER,
      confirmedAfter: 2 * HOUR_IN_SECONDS,
      isWebhookLost: false,
    };
    const withoutFollowUps = await measure(example);
    const followUps = addUsage(await measure(example, 40), withoutFollowUps, -1);
    const tenDays = addUsage(await measure(example, 7), withoutFollowUps, -1);

    const average = scaleUsage(sum, 1 / count);
    const memoryOf = (name: keyof Usage['invocations']): number => deployment.memoryInMegabytes[name];
    const following = costOf(average, memoryOf);
    const afterwards = costOf(followUps, memoryOf);
    const perCheck = costOf(usageOfOneCheck(usageOf.arrived), memoryOf);
    const withoutClock = totalOf(perCheck) - perCheck.stepFunctions;
    const own = {
      perItem: totalOf(following) - following.stepFunctions - (checks / count) * withoutClock,
      perCheck: withoutClock,
    };
    const total = MILLION * totalOf(following);
    const withFollowUps = [tenDays, followUps].map((usage) =>
      dollars(total + MILLION * totalOf(costOf(usage, memoryOf))),
    );
    const meanDelay = mean(delays);

    context.progress('the alternatives over the same items');
    const schedule = productLaw(24, model.maxConfirmationTime);
    const alternatives: readonly Alternative[] = [
      loop('60-second loop in Step Functions', 60, model.maxConfirmationTime),
      loop('hourly loop in Step Functions', HOUR_IN_SECONDS, model.maxConfirmationTime),
      {
        name: 'geometric spacing',
        assumes: 'this product with 24 checks, the first after a minute, each gap longer by the same factor',
        checksAt: geometric(60, 24, model.maxConfirmationTime),
        webhookEndsChecks: true,
        cost: ourCost(own, perCheck),
      },
      ...otherClocks(schedule, own),
    ];
    const judged = alternatives.map((alternative) => ({ alternative, ...judge(alternative, items) }));
    const plots = [
      await plotDelay(items, model.maxConfirmationTime, own, perCheck, judged),
      await plotLength(context, own, perCheck),
    ];
    return {
      rows: [
        {
          target: '1',
          measure: 'Following 1,000,000 items until they are final, all services',
          ours: `${dollars(total)} (${withFollowUps.join(' and ')} with the follow-ups of 10 and of 37 days)`,
          comparedWith: `60-second loop ${dollars(judged[0]?.cost ?? 0)}`,
          ratio: number(total / (judged[0]?.cost ?? 1), 3),
          goal: `≤ ${dollars(GOAL.dollars)}`,
          met: total <= GOAL.dollars,
        },
        {
          target: '2',
          measure: 'Mean delay until a lost webhook is noticed',
          ours: `${minutes(meanDelay)} (99th percentile ${minutes(quantile(delays, 0.99), 0)})`,
          comparedWith: `hourly loop ${minutes(judged[1]?.meanDelay ?? 0)}`,
          ratio: number(meanDelay / (judged[1]?.meanDelay ?? 1), 2),
          goal: '≤ 32 min',
          met: meanDelay <= GOAL.meanDelayInSeconds,
        },
      ],
      text: textOf({
        count,
        average,
        followUps,
        following,
        afterwards,
        perCheck,
        judged,
        checks,
        delays,
        lateDelays,
      }),
      plots,
      wrong,
    };
  },
};

/** Where the model differs from the whole product, over a sample. */
const differences = async (
  { quick, progress }: BenchContext,
  both: (item: FollowedItem) => Promise<[Usage, Usage]>,
): Promise<string[]> => {
  const size = quick ? 60 : 2000;
  const sample = itemsOf({ ...STANDARD, shareOfLostWebhooks: 0.5 }, size, 'comparison');
  let [model, product] = [NO_USAGE, NO_USAGE];
  for (const [index, item] of sample.entries()) {
    if (index % 200 === 0) progress(`comparing the model with the whole product: ${index} of ${size} items`);
    const [expected, counted] = await both({ ...item, orderUuid: ORDER });
    model = addUsage(model, expected);
    product = addUsage(product, counted);
  }
  const wrong: string[] = COUNTS.filter((name) => Math.round(model[name]) !== Math.round(product[name])).map(
    (name) => `${name} of ${size} items: ${model[name]} by the model, ${product[name]} by the whole product`,
  );
  for (const [name, invocations] of Object.entries(product.invocations)) {
    const expected = model.invocations[name as keyof Usage['invocations']] ?? 0;
    if (Math.round(expected) !== invocations)
      wrong.push(`invocations of ${name}: ${expected} by the model, ${invocations} by the whole product`);
  }
  if (Math.abs(model.logBytes / product.logBytes - 1) > 0.005)
    wrong.push(`log bytes: ${model.logBytes} by the model, ${product.logBytes} by the whole product`);
  return wrong;
};

interface Figures {
  readonly count: number;
  readonly average: Usage;
  readonly followUps: Usage;
  readonly following: Cost;
  readonly afterwards: Cost;
  readonly perCheck: Cost;
  readonly judged: readonly Judged[];
  /** Checks by watches of all items. */
  readonly checks: number;
  readonly delays: readonly number[];
  readonly lateDelays: readonly number[];
}

const textOf = (figures: Figures): string => {
  const { count, average, followUps, following, afterwards, perCheck, judged } = figures;
  const { checks, delays, lateDelays } = figures;
  const services = Object.entries(SERVICES) as [keyof Cost, string][];
  const million = (cost: Cost, service: keyof Cost): string => dollars(MILLION * cost[service], 1);
  const invocations = (usage: Usage): number =>
    Object.values(usage.invocations).reduce((sum, value) => sum + value, 0);
  return `${number(count)} orders with one item that needs confirmation: confirmed log-normally (median 2 hours, 95th
percentile 24 hours), \`max_confirmation_time\` 48 hours, 5 % of the webhooks lost, a track request at the payment. The
real decisions of the product follow them in virtual time; what each check takes of DynamoDB, Lambda and the logs was
counted with all functions over fakes of the platform, and compared with the whole product over a sample. Not counted:
what costs the same for any number of orders (metrics, alarms, dashboard, secrets, the reconciler's runs, the one trace a
second that X-Ray always samples). Assumed, because only AWS can tell: an invocation that asks Musement waits for
400 ms and computes for 10 ms, another one waits for 40 ms and computes for 5 ms; with 512 MB it gets three tenths of a
processor.

${table(
  ['An item takes', 'until it is final', 'follow-ups, 37 days'],
  [
    ['state transitions', number(average.transitions, 2), number(followUps.transitions, 2)],
    ['GETs', number(average.gets, 2), number(followUps.gets, 2)],
    ['write units', number(average.writeUnits, 1), number(followUps.writeUnits, 1)],
    ['read units', number(average.readUnits, 1), number(followUps.readUnits, 1)],
    ['invocations', number(invocations(average), 1), number(invocations(followUps), 1)],
    ['bytes of logs', number(average.logBytes), number(followUps.logBytes)],
  ],
)}

${table(
  ['Dollars for a million', 'items until they are final', 'their follow-ups', 'checks'],
  [
    ...services.map(([service, name]) => [
      name,
      million(following, service),
      million(afterwards, service),
      million(perCheck, service),
    ]),
    [
      '**all services**',
      ...[following, afterwards, perCheck].map((cost) => dollars(MILLION * totalOf(cost), 1)),
    ],
  ],
)}

Alternatives, for the same items: dollars for a million items until they are final, and how late a lost webhook is, or
would be, noticed when the item is confirmed before its deadline. (${percent(lateDelays.length / count, 1)} of the items are confirmed after it. They are reported as overdue at
the deadline, and their lost webhooks are noticed by the daily checks: after ${number(mean(lateDelays) / HOUR_IN_SECONDS)} hours on average.)

${table(
  ['', 'checks', 'dollars', 'ratio', 'mean delay', '99th percentile'],
  [
    [
      '**this product**',
      number(checks / count, 1),
      dollars(MILLION * totalOf(following)),
      '1',
      minutes(mean(delays)),
      minutes(quantile(delays, 0.99), 0),
    ],
    ...judged.map(({ alternative, checks: made, cost, meanDelay, p99Delay }) => [
      alternative.name,
      number(made, 1),
      dollars(cost),
      number(cost / (MILLION * totalOf(following)), 2),
      minutes(meanDelay),
      minutes(p99Delay, 0),
    ]),
  ],
)}

${judged.map(({ alternative }) => `- ${alternative.name}: ${alternative.assumes}.`).join('\n')}

![Cost against mean delay](plot:cost-against-delay)

![Cost against max_confirmation_time](plot:cost-against-time)`;
};
