import { beforeAll, describe, expect, test } from 'vitest';
import { type Deployment, readDeployment } from '../platform/deployment.ts';
import { FAULTS } from './engine/faults.ts';
import { HOUR, type ItemScript, MINUTE, type OrderScript, SECOND, START } from './model/order-script.ts';
import { webhook } from './model/webhook-sender.ts';
import { simulate } from './runner/simulate.ts';
import { World } from './world.ts';

/** Orders that the suite simulates; `npm run simulate` simulates any number. */
const ORDERS = 2000;

/** The stack may have to be synthesized first, on a busy machine. */
const SYNTHESIS_TIMEOUT = 120_000;

let deployment: Deployment;
beforeAll(async () => {
  deployment = await readDeployment();
}, SYNTHESIS_TIMEOUT);

test('no promise is broken, whatever goes wrong', { timeout: 300_000 }, async () => {
  const { totals, failure } = await simulate(deployment, {
    orders: ORDERS,
    seed: 'suite',
    ordersPerWorld: 25,
    threads: 2,
  });
  expect(failure ?? '').toBe('');
  expect(totals.orders).toBe(ORDERS);
  // Every kind of fault took part: a simulation in which little goes wrong proves little.
  expect([...totals.faults.keys()].sort()).toEqual([...FAULTS].sort());
});

test('the same seed is the same run', async () => {
  const run = async () => await new World(deployment, { seed: 'twice', orders: 10, history: true }).run();
  const [first, second] = [await run(), await run()];
  expect(first.history.length).toBeGreaterThan(1000);
  expect(second).toEqual(first);
});

describe('requests to the provider', () => {
  /** Not within a minute of a scheduled check. */
  const CONFIRMED_AT = START + 21.5 * MINUTE;

  const items = (count: number, confirmedAt: number): ItemScript[] =>
    Array.from({ length: count }, (_, index) => ({
      itemUuid: `00000000-0000-4000-a000-${`${index}`.padStart(12, '0')}`,
      sendsWebhooks: false,
      window: HOUR,
      product: { max_confirmation_time: 'PT1H' },
      steps: [
        { at: START, status: 'PENDING', version: 1 },
        { at: confirmedAt, status: 'OK', version: 2 },
      ],
      vouchers: [{ at: confirmedAt, urls: ['https://vouchers.example/1.pdf'] }],
    }));

  const orderOf = (count: number, confirmedAt: number): OrderScript => ({
    orderUuid: '11111111-1111-4111-a111-111111111111',
    identifier: 'MUS1234567',
    createdAt: START,
    items: items(count, confirmedAt),
    tracks: [{ at: START + SECOND, paidAt: START }],
  });

  const worldOf = (order: OrderScript): World =>
    new World(deployment, { seed: 'calm', orders: 1, scripts: [order], without: FAULTS });

  const getsBetween = (world: World, from: number, until: number): number =>
    world.provider.gets.filter(({ sentAt }) => sentAt >= from && sentAt < until).length;

  /** Confirms a number of items at once, and posts their webhooks within some time. */
  const getsOfWebhooks = async (count: number, withinMilliseconds: number): Promise<number> => {
    const order = orderOf(count, CONFIRMED_AT);
    const world = worldOf(order);
    for (const [index, item] of order.items.entries()) {
      const at = CONFIRMED_AT + (index * withinMilliseconds) / count;
      const [, step] = item.steps;
      if (step) world.agenda.at(at, () => void world.deliver(webhook(order, item, step)));
    }
    const { violations } = await world.run();
    expect(violations).toEqual([]);
    return getsBetween(world, CONFIRMED_AT, CONFIRMED_AT + MINUTE);
  };

  test('P7 are one for three items whose webhooks arrive at once', async () => {
    expect(await getsOfWebhooks(3, 0)).toBe(1);
  });

  test('P7 are one for fifty webhooks within a second', async () => {
    expect(await getsOfWebhooks(50, 1000)).toBe(1);
  });

  test('P7 are one for fifty items at one deadline', async () => {
    const world = worldOf(orderOf(50, START + 48 * HOUR));
    const { violations } = await world.run();
    expect(violations).toEqual([]);
    expect(getsBetween(world, START + HOUR - 30 * SECOND, START + HOUR + 30 * SECOND)).toBe(1);
  });
});
