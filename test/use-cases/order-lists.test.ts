import { describe, expect, test } from 'vitest';
import type { OrderListState } from '../../lambdas/contracts/table.ts';
import { DAY, HOUR, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { TestTracker, tableWith } from '../platform/test-tracker.ts';
import { pending, RECONCILED, tracked, trackOn } from './tracked-order.ts';

interface Listed {
  readonly orderUuid: string;
  readonly nextCheckAt?: string;
  readonly items: readonly Record<string, unknown>[];
  readonly [field: string]: unknown;
}

interface Page {
  readonly orders: readonly Listed[];
  readonly next?: string;
}

const page = async (tracker: TestTracker, query: Readonly<Record<string, string>>): Promise<Page> => {
  const { statusCode, body = '' } = await tracker.list(query);
  expect(statusCode, body).toBe(200);
  return JSON.parse(body) as Page;
};

const listed = async (tracker: TestTracker, query: Readonly<Record<string, string>>): Promise<Listed[]> => {
  const orders: Listed[] = [];
  let next: string | undefined;
  do {
    const answer = await page(tracker, { ...query, ...(next && { next }) });
    orders.push(...answer.orders);
    next = answer.next;
  } while (next);
  return orders;
};

const uuidsOf = (orders: readonly Listed[]): string[] => orders.map(({ orderUuid }) => orderUuid);

const statesOf = async (tracker: TestTracker): Promise<OrderListState[]> => {
  const states: OrderListState[] = [];
  for (const state of ['open', 'overdue', 'unconfirmed', 'failing', 'parked'] as const) {
    if (uuidsOf(await listed(tracker, { state })).includes(ORDER)) states.push(state);
  }
  return states;
};

/** UUIDs that are spread over the shards of the index. */
const orderUuids = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => {
    const number = (index * 2_654_435_761) % 2 ** 32;
    return `${number.toString(16).padStart(8, '0')}-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
  });

describe('GET /orders?state=', () => {
  test('an open order is listed with its open items, without vouchers', async () => {
    const tracker = new TestTracker();
    tracker.show(pending('P2D'), seen('OK', { itemUuid: OTHER_ITEM }));
    await tracker.track({ reference: 'B-4711' });
    await tracker.run(5);
    const { orders, next } = await page(tracker, { state: 'open' });
    expect(next).toBeUndefined();
    const { nextCheckAt, ...order } = orders[0] as Listed;
    expect(order).toEqual({
      orderUuid: ORDER,
      reference: 'B-4711',
      status: 'PENDING',
      settled: false,
      itemCount: 2,
      listedItemCount: 1,
      items: [
        {
          itemUuid: ITEM,
          status: 'PENDING',
          confirmBy: tracker.item().confirmBy,
          nextCheckAt,
        },
      ],
    });
    expect(nextCheckAt).toBe(tracker.order()?.nextCheckAt);
  });

  test('an order that is settled and only followed up is in no state', async () => {
    expect(await statesOf(await tracked(seen('OK')))).toEqual([]);
  });

  test('an order that is stopped is in no state', async () => {
    const tracker = await tracked(pending('P2D'));
    await tracker.untrack();
    expect(await statesOf(tracker)).toEqual([]);
  });

  test('an order that Musement does not show yet is open', async () => {
    const tracker = new TestTracker();
    await tracker.track();
    await tracker.run(60);
    expect(await statesOf(tracker)).toEqual(['open']);
  });

  test('an overdue order is open and overdue', async () => {
    const tracker = await tracked(pending('PT30M'));
    await tracker.run(HOUR, RECONCILED);
    expect(await statesOf(tracker)).toEqual(['open', 'overdue']);
    const [order] = await listed(tracker, { state: 'overdue' });
    expect(order?.items).toMatchObject([{ overdueAt: tracker.item().overdueAt }]);
  });

  test('an order with an unconfirmed status is unconfirmed, though no item is open', async () => {
    const tracker = await tracked(seen('OK'));
    tracker.show(seen('REFUNDED'));
    await tracker.webhook('REFUNDED', '2');
    await tracker.run(5);
    expect(await statesOf(tracker)).toEqual(['unconfirmed']);
    const [order] = await listed(tracker, { state: 'unconfirmed' });
    expect(order?.items).toMatchObject([{ status: 'OK', unconfirmedStatus: 'REFUNDED' }]);
    await tracker.run(2 * HOUR, RECONCILED);
    expect(await statesOf(tracker)).toEqual([]);
  });

  test('an order without an answer is failing, with its failure', async () => {
    const tracker = await tracked(pending('P2D'));
    tracker.fail();
    await tracker.run(3 * HOUR, RECONCILED);
    expect(await statesOf(tracker)).toEqual(['open', 'failing']);
    const [order] = await listed(tracker, { state: 'failing' });
    expect(order?.['failure']).toEqual(tracker.order()?.failure);
    tracker.show(pending('P2D'));
    await tracker.run(2 * HOUR, RECONCILED);
    expect(await statesOf(tracker)).toEqual(['open']);
  });

  test.for([
    ['an order', () => tracked(pending('P2D'))],
    ['an order that is only followed up', () => tracked(seen('OK'))],
    [
      'a track request',
      async () => {
        const tracker = new TestTracker();
        await tracker.track();
        return tracker;
      },
    ],
  ] as const)('%s that is claimed without success is parked', async ([, make]) => {
    const tracker = await make();
    tracker.switchOff('queue');
    tracker.switchOff('watches');
    await tracker.run(10 * DAY, RECONCILED);
    expect(await statesOf(tracker)).toContain('parked');
  });

  test('the earliest due come first, each once, whatever the size of a page', async () => {
    const tracker = new TestTracker({ settings: { refreshDelayInSeconds: 0 } });
    tracker.show(pending('P2D'));
    const uuids = orderUuids(60);
    for (const [index, orderUuid] of uuids.entries()) {
      await tracker.run(index % 3 === 0 ? 7 : 0);
      await tracker.track({}, orderUuid);
    }
    await tracker.run(30);
    const all = await listed(tracker, { state: 'open', limit: '100' });
    expect(uuidsOf(all).toSorted()).toEqual(uuids.toSorted());
    const due = all.map(({ nextCheckAt = '' }) => nextCheckAt);
    expect(due).toEqual(due.toSorted());
    expect(new Set(due).size).toBeGreaterThan(10);
    for (const limit of [1, 2, 7, 25, 59, 60]) {
      const orders = await listed(tracker, { state: 'open', limit: `${limit}` });
      expect(orders.map(({ nextCheckAt }) => nextCheckAt)).toEqual(due);
      expect(uuidsOf(orders).toSorted()).toEqual(uuids.toSorted());
    }
  });

  test('a page that finds little ends after a bounded effort, and the next one goes on', async () => {
    let reads = 0;
    const tracker: TestTracker = new TestTracker({
      through: (table) =>
        tableWith(table, {
          // As if each entry were a thousand.
          listDue: async (query) => {
            reads++;
            return await table.listDue({ ...query, limit: Math.ceil(query.limit / 1000) });
          },
        }),
    });
    tracker.show(pending('P2D'));
    for (const orderUuid of orderUuids(200)) await tracker.track({}, orderUuid);
    await tracker.run(30);
    tracker.show(pending('PT1S'));
    await tracker.track();
    await tracker.run(20 * 60);
    let [pages, next]: [number, string | undefined] = [0, undefined];
    const overdue: string[] = [];
    do {
      reads = 0;
      const answer: Page = await page(tracker, { state: 'overdue', ...(next && { next }) });
      expect(reads).toBeLessThanOrEqual(5 * 16);
      overdue.push(...uuidsOf(answer.orders));
      next = answer.next;
      pages++;
    } while (next);
    expect(overdue).toContain(ORDER);
    expect(pages).toBeGreaterThan(2);
  });

  test('an order that the index still shows in the state is left out', async () => {
    const tracker = await tracked(pending('P2D'));
    const stale: TestTracker['table']['listDue'] = async () => ({
      found: [{ pk: `ORDER#${ORDER}`, sk: 'ORDER', dueAt: '2026-01-01T00:00:00.000Z' }],
    });
    tracker.table.listDue = stale;
    expect(uuidsOf((await page(tracker, { state: 'open' })).orders)).toEqual([ORDER]);
    expect((await page(tracker, { state: 'overdue' })).orders).toEqual([]);
  });
});

describe('GET /orders?reference=', () => {
  test('finds every order that has the reference, page by page', async () => {
    const tracker = new TestTracker();
    tracker.show(pending('P2D'));
    const uuids = orderUuids(5);
    for (const orderUuid of uuids) await tracker.track({ reference: 'B-4711' }, orderUuid);
    await tracker.track({ reference: 'B-4711 ' });
    await tracker.run(5);
    const all = await listed(tracker, { reference: 'B-4711' });
    expect(uuidsOf(all)).toEqual(uuids.toSorted());
    expect(uuidsOf(await listed(tracker, { reference: 'B-4711', limit: '2' }))).toEqual(uuids.toSorted());
    expect(uuidsOf(await listed(tracker, { reference: 'B-4711 ' }))).toEqual([ORDER]);
    expect(await listed(tracker, { reference: 'B-471' })).toEqual([]);
  });

  test('finds a settled order, one that the provider does not answer about, and one that is stopped', async () => {
    const tracker = new TestTracker();
    tracker.show(seen('OK'));
    await tracker.track({ reference: 'settled' });
    await tracker.run(5);
    expect(await listed(tracker, { reference: 'settled' })).toMatchObject([{ settled: true, items: [] }]);
    tracker.fail();
    await tracker.track({ reference: 'failing' });
    await tracker.run(5);
    const [failing] = await listed(tracker, { reference: 'failing' });
    expect(failing).toHaveProperty('failure');
    expect(await listed(tracker, { reference: 'settled' })).toEqual([]);
    await tracker.untrack();
    const [stopped] = await listed(tracker, { reference: 'failing' });
    expect(stopped).not.toHaveProperty('nextCheckAt');
  });

  test('costs one write when the reference is stored, and none later', async () => {
    let writes = 0;
    const tracker = new TestTracker({
      through: (table) =>
        tableWith(table, {
          put: async (put) => {
            if (put.put.pk.startsWith('REFERENCE#')) writes++;
            return table.putNow(put);
          },
        }),
    });
    tracker.show(pending('P2D'));
    await tracker.track({ reference: 'B-4711' });
    await tracker.run(DAY, RECONCILED);
    await tracker.track({ reference: 'B-4711' });
    await tracker.run(DAY, RECONCILED);
    expect(writes).toBe(1);
  });

  test('finds an order for as long as it is stored', async () => {
    const tracker = new TestTracker();
    tracker.show(seen('OK', { product: { date: '2028-04-10' } }));
    await tracker.track({ reference: 'B-4711' });
    const expiryOf = (prefix: string) =>
      tracker.table.rows().find(({ pk, sk }) => `${pk} ${sk}`.startsWith(prefix))?.['expiresAt'] as number;
    for (let month = 0; month < 30; month++) {
      await tracker.run(30 * DAY, { reconcileEverySeconds: 6 * HOUR });
      const next = Date.parse(tracker.order()?.nextCheckAt ?? tracker.now) / 1000;
      expect(expiryOf('REFERENCE#')).toBeGreaterThan(next + 199 * DAY);
    }
    expect(tracker.order()).not.toHaveProperty('nextCheckAt');
    expect(expiryOf('REFERENCE#')).toBeGreaterThanOrEqual(expiryOf(`ORDER#${ORDER} ORDER`));
  });
});

describe('a query that is rejected', () => {
  const nextAt = (sk: string): string =>
    Buffer.from(JSON.stringify({ state: 'open', at: [['2026-01-01T00:00:00.000Z', ORDER, sk]] })).toString(
      'base64url',
    );

  const token = async (tracker: TestTracker): Promise<string> => {
    for (const orderUuid of orderUuids(3)) await tracker.track({}, orderUuid);
    await tracker.run(5);
    const { next } = await page(tracker, { state: 'open', limit: '1' });
    return next ?? '';
  };

  test.for<[string, Record<string, string>, string]>([
    ['nothing', {}, 'either state or reference'],
    ['both', { state: 'open', reference: 'B-4711' }, 'either state or reference'],
    ['an unknown state', { state: 'late' }, 'state'],
    ['an unknown parameter', { state: 'open', status: 'OK' }, 'status'],
    ['an empty reference', { reference: '' }, 'reference'],
    ['a reference of 129 characters', { reference: 'x'.repeat(129) }, 'reference'],
    ['a limit of 0', { state: 'open', limit: '0' }, 'limit'],
    ['a limit of 101', { state: 'open', limit: '101' }, 'limit'],
    ['a limit that is no number', { state: 'open', limit: 'all' }, 'limit'],
    ['an empty next', { state: 'open', next: '' }, 'next'],
    ['a next that is garbage', { state: 'open', next: 'garbage' }, 'next'],
    ['a next that is garbage, for a reference', { reference: 'B-4711', next: 'garbage' }, 'next'],
    ['a next with a key of another kind', { state: 'open', next: nextAt('QUARANTINE') }, 'next'],
    ['a next that DynamoDB would reject', { state: 'open', next: nextAt('WEBHOOK#\ud800') }, 'next'],
  ])('with %s', async ([, query, reason]) => {
    const { statusCode, body } = await new TestTracker().list(query);
    expect(statusCode).toBe(400);
    expect(JSON.parse(body ?? '')).toEqual({ message: expect.stringContaining(reason) });
  });

  test('with the next of another state', async () => {
    const tracker = await trackOn(new TestTracker(), pending('P2D'));
    const next = await token(tracker);
    expect((await tracker.list({ state: 'open', next })).statusCode).toBe(200);
    expect((await tracker.list({ state: 'overdue', next })).statusCode).toBe(400);
  });
});
