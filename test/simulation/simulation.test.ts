import { beforeAll, describe, expect, test } from 'vitest';
import { type Deployment, readDeployment } from '../platform/deployment.ts';
import { FAULTS } from './engine/faults.ts';
import { DAY, HOUR, type ItemScript, MINUTE, type OrderScript, SECOND } from './model/order-script.ts';
import { simulate } from './runner/simulate.ts';
import { START, World, type WorldResult } from './world.ts';

/** What the suite spends on the simulation; `npm run simulate` runs any number. */
const ORDERS = 2000;

let deployment: Deployment;
beforeAll(async () => {
  deployment = await readDeployment();
});

test('no promise is broken, whatever goes wrong', { timeout: 120_000 }, async () => {
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
  const items = (count: number, confirmedAt: number): ItemScript[] =>
    Array.from({ length: count }, (_, index) => ({
      itemUuid: `00000000-0000-4000-a000-${`${index}`.padStart(12, '0')}`,
      sendsWebhooks: true,
      window: HOUR,
      product: { max_confirmation_time: 'PT1H' },
      steps: [
        { at: START, status: 'PENDING', version: 1 },
        { at: confirmedAt, status: 'OK', version: 2 },
      ],
      vouchers: [{ at: confirmedAt, urls: ['https://vouchers.example/1.pdf'] }],
    }));
  const order = (count: number, confirmedAt: number): OrderScript => ({
    orderUuid: '11111111-1111-4111-a111-111111111111',
    identifier: 'MUS1234567',
    createdAt: START,
    items: items(count, confirmedAt),
    tracks: [{ at: START + SECOND, paidAt: START }],
  });
  const run = async (script: OrderScript): Promise<{ world: World; result: WorldResult }> => {
    const world = new World(deployment, { seed: 'calm', orders: 1, scripts: [script], without: FAULTS });
    return { world, result: await world.run() };
  };
  const getsBetween = (world: World, from: number, until: number): number =>
    world.provider.gets.filter(({ sentAt }) => sentAt >= from && sentAt < until).length;

  test('P7 are one for three items whose webhooks arrive at once', async () => {
    const confirmedAt = START + 20 * MINUTE + 30 * SECOND;
    const { world, result } = await run(order(3, confirmedAt));
    expect(result.violations).toEqual([]);
    expect(getsBetween(world, confirmedAt, confirmedAt + MINUTE)).toBeLessThanOrEqual(2);
  });

  test('P7 are one for fifty items at one deadline', async () => {
    const { world, result } = await run(order(50, START + 2 * DAY));
    expect(result.violations).toEqual([]);
    expect(getsBetween(world, START + HOUR - 30 * SECOND, START + HOUR + 30 * SECOND)).toBe(1);
  });
});
