import { settingsSchema } from '../../lambdas/contracts/settings.ts';
import { HOUR_IN_SECONDS } from '../../lambdas/domain/time.ts';
import { readDeployment } from '../../test/platform/deployment.ts';
import { dollars, number, table } from '../markdown.ts';
import { followDirectly } from '../model/direct-model.ts';
import { itemsOf, STANDARD } from '../model/scenario.ts';
import { confirmedInTime, followUnderQuota } from '../model/throttled-starts.ts';
import { ASSUMED } from '../prices.ts';
import type { Section } from '../section.ts';
import { mean } from '../statistics.ts';

/** A limit of AWS or of this stack, in the unit in which the load is computed. */
interface Quota {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  /** What an order a second takes of it. */
  readonly perOrder: (load: Load) => number;
  readonly movedBy: string;
  readonly source: string;
}

/** What one order a second causes, in the steady state. */
interface Load {
  readonly checksPerOrder: number;
  readonly getsPerOrder: number;
  readonly transitionsPerOrder: number;
  /** Mean life of a watch in seconds, which is also the number of open watches for each order a second. */
  readonly watchSeconds: number;
}

const SFN = 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html';
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';

/** Items that the refresh queue works on at the same time, by the defaults of the stack. */
const quotasOf = (refreshBatches: number, batchSize: number): readonly Quota[] => [
  {
    name: 'refresh queue: orders refreshed',
    limit: (refreshBatches * batchSize) / ASSUMED.waitWithProvider,
    unit: 'a second',
    perOrder: () => 2,
    movedBy: '`refreshConcurrency` (it protects Musement, which has limits of its own)',
    source: 'settings.md',
  },
  {
    name: 'webhooks accepted',
    limit: 100,
    unit: 'a second',
    perOrder: () => 1,
    movedBy: '`webhookRequestsPerSecond`',
    source: 'settings.md',
  },
  {
    name: 'track requests accepted',
    limit: 50,
    unit: 'a second',
    perOrder: () => 1,
    movedBy: '`ordersRequestsPerSecond`',
    source: 'settings.md',
  },
  {
    name: 'StartExecution, large regions',
    limit: 300,
    unit: 'a second',
    perOrder: () => 1,
    movedBy: 'a quota request; elsewhere 150; a burst of 1,300 or 800',
    source: SFN,
  },
  {
    name: 'state transitions, large regions',
    limit: 5000,
    unit: 'a second',
    perOrder: ({ transitionsPerOrder }) => transitionsPerOrder,
    movedBy: 'a quota request; elsewhere 800',
    source: SFN,
  },
  {
    name: 'open executions',
    limit: 1e6,
    unit: 'at once',
    perOrder: ({ watchSeconds }) => watchSeconds,
    movedBy: 'a quota request',
    source: SFN,
  },
  {
    name: 'concurrent executions of Lambda',
    limit: 1000,
    unit: 'at once',
    perOrder: ({ getsPerOrder }) => getsPerOrder * ASSUMED.waitWithProvider + 5 * ASSUMED.waitWithoutProvider,
    movedBy: 'a quota request; new accounts have 10',
    source: LAMBDA,
  },
  {
    name: 'index of what is due: writes to one partition key',
    limit: 1000,
    unit: 'a second',
    perOrder: ({ checksPerOrder }) => (2 * (checksPerOrder + 3)) / 16,
    movedBy: '`SHARDS` in the code (16); DynamoDB splits no key',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html',
  },
  {
    name: 'reconciler: records claimed, follow-ups',
    limit: (2 * 16 * 100) / 300,
    unit: 'a second',
    perOrder: () => 5,
    movedBy: '`reconcileEveryInMinutes` (1: five times as many), `followUps`',
    source: 'the reconciler takes 100 records of each of its 32 partitions every 5 minutes',
  },
  {
    name: 'calls of the FIFO queue, high throughput, smallest regions',
    limit: 2400,
    unit: 'a second for each action',
    perOrder: () => 2,
    movedBy: 'a quota request; up to 70,000 in the largest regions',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html',
  },
];

const STEPS = [10, 100, 1000];

/** A tenth of the quota of StartExecution in large regions, and of the load of the largest step. */
const SIMULATED = { scale: 10, ordersPerSecond: 100, quota: { burst: 130, perSecond: 30 } };

/** Follows orders of the largest step, whose webhooks are all lost, with and without the quota of StartExecution. */
const simulateThrottling = async (orders: number, reconcileEveryInSeconds: number) => {
  const { maxConfirmationTime } = STANDARD;
  const { ordersPerSecond, quota } = SIMULATED;
  const candidates = itemsOf(STANDARD, 2 * orders, 'throttled starts');
  const items = confirmedInTime(candidates, maxConfirmationTime).slice(0, orders);
  const options = { ordersPerSecond, maxConfirmationTime, reconcileEveryInSeconds };
  return {
    orders: items.length,
    free: await followUnderQuota(items, options),
    throttled: await followUnderQuota(items, { ...options, quota }),
  };
};

export const quotasSection: Section = {
  name: 'quotas',
  title: 'Growth on paper',
  run: async ({ quick, progress }) => {
    progress('the load of an order a second');
    const deployment = await readDeployment();
    const settings = settingsSchema.parse({ followUps: false });
    const options = {
      settings,
      maxConfirmationTime: STANDARD.maxConfirmationTime,
      reconcileEveryInSeconds: deployment.reconcileEveryInSeconds,
    };
    const items = itemsOf(STANDARD, quick ? 200 : 5000, 'growth on paper');
    const followed = items.map((item) => ({ item, ...followDirectly(item, options) }));
    const checksPerOrder = mean(followed.map(({ watchChecks }) => watchChecks));
    const load: Load = {
      checksPerOrder,
      getsPerOrder: mean(followed.map(({ gets }) => gets)),
      transitionsPerOrder: 3 * checksPerOrder + 2,
      watchSeconds: mean(
        followed.map(({ item, delayWithoutWebhook }) =>
          Math.min(item.confirmedAfter + delayWithoutWebhook, STANDARD.maxConfirmationTime),
        ),
      ),
    };
    progress('orders under the quota of StartExecution, simulated');
    const { orders, free, throttled } = await simulateThrottling(
      quick ? 300 : 2000,
      deployment.reconcileEveryInSeconds,
    );
    const isComplete = throttled.published === orders && throttled.repeated === 0;
    const { maxConcurrency, batchSize } = deployment.queue;
    const quotas = quotasOf(maxConcurrency, batchSize)
      .map((quota) => ({ ...quota, at: quota.limit / quota.perOrder(load) }))
      .sort((a, b) => a.at - b.at);
    return {
      rows: [
        {
          target: '15',
          measure: 'What breaks first at 10, 100 and 1,000 orders a second',
          ours: STEPS.map((step) => quotas.filter(({ at }) => at < step).length)
            .map((count, index) => `${number(STEPS[index] ?? 0)}: ${count} of ${quotas.length} limits`)
            .join('; '),
          comparedWith: 'public quotas',
          goal: 'written down',
          met: true,
        },
        {
          target: '15',
          measure: `Simulated: ${number(orders)} orders while ${number((100 * throttled.throttled) / throttled.starts)} % of the calls of StartExecution are throttled: final events, repeated ids`,
          ours: `${number(throttled.published)}, ${throttled.repeated}`,
          comparedWith: '–',
          goal: 'each once by id',
          met: isComplete,
        },
      ],
      wrong: isComplete
        ? []
        : [
            `${orders} orders under the quota of StartExecution published ${throttled.published} final events, ${throttled.repeated} of them again`,
          ],
      text: `An order a second, each with one item as in [Cost of following](#cost-of-following), causes ${number(load.checksPerOrder, 1)} checks and ${number(load.transitionsPerOrder, 1)}
transitions a second, and keeps ${number(load.watchSeconds)} executions open (${number(load.watchSeconds / HOUR_IN_SECONDS, 1)} hours each). That is ${number(30.4 * 24 * HOUR_IN_SECONDS)} orders a month. What breaks first,
in this order; a table that is written by many orders at once is split by DynamoDB itself, since each order is a partition.

${table(
  ['Limit', 'value', 'reached at orders a second', 'moved by', 'source'],
  quotas.map(({ name, limit, unit, at, movedBy, source }) => [
    name,
    `${number(limit)} ${unit}`,
    number(at, at < 10 ? 1 : 0),
    movedBy,
    source.startsWith('http') ? `<${source}>` : source,
  ]),
)}

${STEPS.map((step) => {
  const broken = quotas.filter(({ at }) => at < step).map(({ name }) => name);
  const cost = dollars(load.transitionsPerOrder * 25e-6 * step * 24 * HOUR_IN_SECONDS);
  return `- **${number(step)} orders a second**: ${broken.length === 0 ? 'nothing breaks' : broken.join('; ')}. Step Functions costs ${cost} a day.`;
}).join('\n')}

When a limit is reached nothing is lost: hints wait in the queue and are due for the reconciler, a watch whose start is
throttled is started again by the stream's retries or by a rescue, throttled checks are repeated by the platform for 18
minutes and by the reconciler after that.

Simulated, with all functions in virtual time: ${number(orders)} orders whose webhooks are all lost, at the rate of ${number(SIMULATED.scale * SIMULATED.ordersPerSecond)} a second,
under the quota of StartExecution in large regions (rate and quota both divided by ${SIMULATED.scale}). ${number(throttled.throttled)} of ${number(throttled.starts)} calls were throttled,
and the stream gave up ${number(throttled.givenUp)} changes, whose orders the reconciler claimed. ${number(throttled.published)} final events were published, ${throttled.repeated} of them twice, on
average ${number(throttled.meanDelay / 60, 1)} minutes after the confirmation; ${number(free.meanDelay / 60, 1)} without the quota. \`npm run simulate\` throttles up to 3 % of the starts in
the worlds that have the fault \`execution start throttled\`, among all other faults. The section on the local stack runs a burst of real webhooks.`,
    };
  },
};
