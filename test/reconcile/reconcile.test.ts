import { describe, expect, test } from 'vitest';
import type { DueRecord } from '../../lambdas/domain/ports.ts';
import { type ReconcileDependencies, reconcile } from '../../lambdas/reconcile/reconcile.ts';
import { at } from '../domain/fixtures.ts';

const silent = () => {};

/** Runs the reconciler over these records, of which each is a rescue; returns what it did, in order. */
const run = async (orders: readonly string[]): Promise<(readonly string[])[]> => {
  const done: (readonly string[])[] = [];
  const records = orders.map(
    (order, index): DueRecord => ({ key: { pk: `ORDER#${order}`, sk: `TRACK#${index}` }, dueAt: at(index) }),
  );
  const dependencies: ReconcileDependencies = {
    store: {
      due: async (partition) => (partition === 'RESCUE#0' ? records : []),
      claim: async ({ key }) => {
        done.push(['claim', key.sk]);
        return { orderUuid: key.pk.slice(6), claims: 1, task: { kind: 'refresh', reason: 'rescue' } };
      },
    },
    queue: {
      send: async (requests) => {
        if (requests.length > 0) done.push(['send', ...requests.map(({ orderUuid }) => orderUuid)]);
      },
    },
    watches: { start: async () => {} },
    topic: { publish: async () => [] },
    outbox: { markPublished: async () => {} },
    clock: { now: () => at(1000), sleep: async () => {} },
    telemetry: { count: silent, measure: silent, info: silent, warn: silent, error: silent },
  };
  await reconcile(dependencies);
  return done;
};

const sent = (done: readonly (readonly string[])[]) => done.filter(([what]) => what === 'send');

describe('the reconciler', () => {
  test('takes up what it has claimed before it claims more, so that dying half-way leaves half', async () => {
    const done = await run(Array.from({ length: 60 }, (_, index) => `${index}`));
    const claimedBefore = done.map(([what], index) =>
      what === 'send' ? done.slice(0, index).filter(([before]) => before === 'claim').length : undefined,
    );
    expect(claimedBefore.filter(Boolean)).toEqual([10, 20, 30, 40, 50, 60]);
    expect(sent(done).flatMap(([_, ...orders]) => orders)).toHaveLength(60);
  });

  test('sends one message for an order, however many of its records are due', async () => {
    const done = await run(Array.from({ length: 90 }, (_, index) => `${index % 3}`));
    expect(sent(done).flatMap(([_, ...orders]) => orders)).toEqual(['0', '1', '2']);
  });
});
