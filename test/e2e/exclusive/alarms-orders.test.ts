import { describe, expect, test } from 'vitest';
import { equal } from '../../../lambdas/adapters/table.ts';
import { METRIC } from '../../../lambdas/contracts/metrics.ts';
import type { ProviderFailure } from '../../../lambdas/domain/model.ts';
import { plusSeconds, toInstant } from '../../../lambdas/domain/time.ts';
import { emitted, emittedCases, stateOf } from '../alarm-fixture.ts';
import { emittedSamples } from '../emitted-metrics.ts';
import { reconcile, restart, withEnvironment } from '../functions.ts';
import { lost, needsConfirmation, orderOf } from '../order-fixture.ts';
import { eventually, useStack } from '../stack-fixture.ts';
import { deployedTable, makeDue, storedRecord } from '../stored-records.ts';

const stack = useStack();
const table = deployedTable();

const DAY_IN_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Creates a number of orders of one item and tracks them. */
const trackOrders = async (count: number): Promise<readonly string[]> => {
  const orderUuids: string[] = [];
  for (let order = 0; order < count; order++) {
    const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    expect((await stack.orders.track(orderUuid)).status).toBe(202);
    orderUuids.push(orderUuid);
  }
  return orderUuids;
};

/** An order whose last check got no answer. */
const failedOrder = (orderUuid: string) =>
  storedRecord(orderUuid, 'ORDER', (row) => row['failure'] !== undefined);

/** Moves the start of an order's failure back by a number of seconds. */
const failLonger = (orderUuid: string, seconds: number): Promise<void> =>
  eventually(async () => {
    const order = await failedOrder(orderUuid);
    const { failure, rev } = order as { failure?: ProviderFailure; rev?: number };
    const firstAt = plusSeconds(`${failure?.firstAt}`, -seconds);
    // A check that runs meanwhile then loses the race. Otherwise it would restore the time.
    const set = { failure: { ...failure, firstAt }, rev: Number(rev) + 1 };
    expect(await table.update({ key: order, set, condition: equal('rev', Number(rev)) })).toBeDefined();
  });

describe.concurrent('alarms on orders without a final status', () => {
  test('ItemsOverdue fires for five overdue items, not for four', async () => {
    const since = Date.now();
    const order = await stack.simulator.createOrder({
      items: Array.from({ length: 5 }, () => needsConfirmation(1, lost(600, 'OK'))),
    });
    await stack.orders.track(order.uuid, { paidAt: new Date().toISOString() });
    const samples = await emittedCases(METRIC.itemOverdue, since, 5);
    expect(await stateOf('ItemsOverdue', samples)).toBe('ALARM');
    expect(await stateOf('ItemsOverdue', samples.slice(0, 4))).toBe('OK');
  });

  test('P1 GivenUp fires for an order that is unknown for 8 days, not for one that is unknown for 6', async () => {
    const since = Date.now();
    /** An order that the provider does not know, whose first check was a number of days ago. */
    const unknownFor = async (days: number): Promise<string> => {
      const orderUuid = crypto.randomUUID();
      await stack.orders.track(orderUuid);
      await eventually(async () => {
        const hint = await storedRecord(orderUuid, 'TRACK#', (row) => row['firstAnswerAt'] !== undefined);
        const order = await storedRecord(orderUuid, 'ORDER');
        const firstAnswerAt = toInstant(Date.now() - days * DAY_IN_MILLISECONDS);
        // Its next check is due, as the daily checks of the reconciler are.
        const due = toInstant(Date.now() - 1000);
        const rev = Number(order['rev']);
        // A check that runs meanwhile then loses the race. Otherwise it would restore the time.
        const next = { nextCheckAt: due, dueAt: due, rev: rev + 1 };
        const written = await table.transact([
          { key: hint, set: { firstAnswerAt } },
          { key: order, set: next, condition: equal('rev', rev) },
        ]);
        expect(written).toBe(true);
      });
      return orderUuid;
    };
    const younger = await unknownFor(6);
    const older = await unknownFor(8);
    await reconcile();
    const samples = await emittedCases(METRIC.givenUp, since);
    expect(samples).toHaveLength(1);
    expect(await stateOf('GivenUp', samples)).toBe('ALARM');
    await storedRecord(older, 'TRACK#', (row) => row['outcome'] === 'given_up');
    // Its next check is a day after the one that the reconciler asked for.
    await storedRecord(younger, 'ORDER', (row) => `${row['nextCheckAt']}` > toInstant(Date.now() + 60_000));
    expect((await storedRecord(younger, 'TRACK#'))['outcome']).toBeUndefined();
    expect((await emittedSamples(since)).filter(({ name }) => name === METRIC.givenUp)).toHaveLength(1);
  });
});

test('ProviderFailing fires for orders that stay without an answer, not if they are every fourth', async () => {
  const since = Date.now();
  await trackOrders(3);
  const good = await emitted(METRIC.providerFailure, since, 3);
  const failingSince = Date.now();
  await stack.simulator.planFault({ fault: { kind: 'status', status: 503 }, times: 'always' });
  // Failed checks count after ten times the wait of a second, and not before.
  const orderUuids = await trackOrders(2);
  await Promise.all(orderUuids.map(failedOrder));
  const atFirst = (await emittedSamples(failingSince)).filter(({ name }) => name === METRIC.providerFailure);
  expect(atFirst.filter(({ at }) => at < failingSince + 10_000)).toEqual([]);
  await Promise.all(orderUuids.map((orderUuid) => failLonger(orderUuid, 10)));
  const failed = await emittedCases(METRIC.providerFailure, failingSince, 2);
  await stack.simulator.clearFaults();
  expect(await stateOf('ProviderFailing', failed)).toBe('ALARM');
  expect(await stateOf('ProviderFailing', [...failed.slice(0, 1), ...good.slice(0, 3)])).toBe('OK');
});

test('P3 LoginRejected fires for one rejected login, not for accepted ones, and nothing is lost', {
  timeout: 150_000,
}, async () => {
  const since = Date.now();
  const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
  const rejected = { endpoint: 'login', fault: { kind: 'status', status: 401 }, times: 'always' } as const;
  await stack.simulator.planFault(rejected);
  await stack.simulator.expireTokens();
  // A function remembers a rejected login for a minute. Changed environment variables make it start again.
  await withEnvironment('RefreshOrder', { MARK: 'rejected' }, async () => {
    await stack.orders.track(orderUuid);
    const samples = await emittedCases(METRIC.loginRejected, since);
    expect(await stateOf('LoginRejected', samples)).toBe('ALARM');
    // The order waits until the login can be repeated.
    const { nextCheckAt } = await storedRecord(orderUuid, 'ORDER', (row) => row['failure'] !== undefined);
    expect(Date.parse(`${nextCheckAt}`) - since).toBeGreaterThan(59_000);
    await stack.simulator.clearFaults();
  });
  await restart('CheckOrder');
  const correctedAt = Date.now();
  // As if that minute had passed. On a busy machine an environment that remembers the rejected login may live on.
  await eventually(async () => {
    await makeDue(orderUuid);
    await reconcile();
    expect(stack.typesOf(orderUuid).toSorted()).toEqual(['order.settled', 'order_item.ok']);
  }, 90_000);
  const accepted = await emitted(METRIC.loginRejected, correctedAt);
  expect(await stateOf('LoginRejected', accepted)).toBe('OK');
});
