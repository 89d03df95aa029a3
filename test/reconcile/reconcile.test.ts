import { describe, expect, test } from 'vitest';
import type { ClaimedRecord, DueRecord } from '../../lambdas/domain/ports.ts';
import { type ReconcileDependencies, reconcile } from '../../lambdas/reconcile/reconcile.ts';
import { at } from '../domain/fixtures.ts';

const silent = () => {};

/** Runs the reconciler over these records, of which each is a rescue; returns what it did, in order. */
const run = async (
  orders: readonly string[],
  isEvent: (index: number) => boolean = () => false,
  publish: ReconcileDependencies['topic']['publish'] = async () => [],
): Promise<(readonly string[])[]> => {
  const done: (readonly string[])[] = [];
  const records = orders.map(
    (order, index): DueRecord => ({ key: { pk: `ORDER#${order}`, sk: `TRACK#${index}` }, dueAt: at(index) }),
  );
  const dependencies: ReconcileDependencies = {
    store: {
      due: async (partition) => (partition === 'RESCUE#0' ? records : []),
      claim: async ({ key }) => {
        done.push(['claim', key.sk]);
        const task: ClaimedRecord['task'] = isEvent(Number(key.sk.slice(6)))
          ? { kind: 'publish', event: { key, body: '{}' } }
          : { kind: 'refresh', reason: 'rescue' };
        return { orderUuid: key.pk.slice(6), claims: 1, task };
      },
    },
    queue: {
      send: async (requests) => {
        if (requests.length > 0) done.push(['send', ...requests.map(({ orderUuid }) => orderUuid)]);
      },
    },
    watches: { start: async () => {} },
    topic: { publish },
    outbox: { markPublished: async () => {} },
    clock: { now: () => at(1000), sleep: async () => void done.push(['pause']) },
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

  test('E13 asks for looks without waiting for a topic that refuses every event', async () => {
    let refused = 0;
    const done = await run(
      Array.from({ length: 40 }, (_, index) => `${index}`),
      (index) => index < 20,
      async () => {
        refused++;
        await new Promise(setImmediate);
        return [];
      },
    );
    // Both batches of events are refused three times each; the looks of the other batches were asked for before.
    expect(refused).toBe(6);
    expect(sent(done)).toHaveLength(2);
    expect(done.indexOf(sent(done).at(-1) as readonly string[])).toBeLessThan(
      done.findLastIndex(([what]) => what === 'pause'),
    );
  });

  test('sends one message for an order, however many of its records are due', async () => {
    const done = await run(Array.from({ length: 90 }, (_, index) => `${index % 3}`));
    expect(sent(done).flatMap(([_, ...orders]) => orders)).toEqual(['0', '1', '2']);
  });
});
