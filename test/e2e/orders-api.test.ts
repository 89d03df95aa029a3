import { describe, expect, test } from 'vitest';
import { useCommandLine } from './command-line.ts';
import { delivered, lost, needsConfirmation, orderOf } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';
import { recordsOf, storedRecord } from './stored-records.ts';

const stack = useStack();
const cli = useCommandLine();

interface Listed {
  readonly orderUuid: string;
  readonly [field: string]: unknown;
}

interface Page {
  readonly orders: readonly Listed[];
  readonly next?: string;
}

const page = async (query: Readonly<Record<string, string>>): Promise<Page> => {
  const response = await stack.orders.list(query);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
};

/** Every order of a list, page by page. */
const listed = async (query: Readonly<Record<string, string>>): Promise<readonly Listed[]> => {
  const orders: Listed[] = [];
  let next: string | undefined;
  do {
    const answer: Page = await page({ ...query, ...(next && { next }) });
    orders.push(...answer.orders);
    next = answer.next;
  } while (next);
  return orders;
};

/** An order with an open item, which has been checked. */
const openOrder = async (request = {}) => {
  const order = await orderOf(stack.simulator, needsConfirmation(3600, lost(0, 'PENDING')));
  expect((await stack.orders.track(order.orderUuid, request)).status).toBe(202);
  await storedRecord(order.orderUuid, 'ORDER', ({ nextCheckAt }) => nextCheckAt !== undefined);
  return order;
};

describe('DELETE /orders/{orderUuid}', () => {
  test('stops tracking, publishes one event, and a webhook starts it again', async () => {
    const { orderUuid, itemUuid } = await openOrder();
    expect((await stack.orders.untrack(orderUuid)).status).toBe(204);
    expect((await stack.orders.untrack(orderUuid)).status).toBe(204);
    await eventually(() => expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.tracking_ended']));
    const stopped = await (await stack.orders.read(orderUuid)).json();
    expect(stopped).not.toHaveProperty('nextCheckAt');
    expect(stopped).toMatchObject({
      items: [{ trackingEndedAt: expect.any(String) }],
      timeline: expect.arrayContaining([expect.objectContaining({ kind: 'untrack' })]),
    });
    expect((await recordsOf(orderUuid)).filter(({ due }) => due !== undefined)).toEqual([]);

    await stack.simulator.sendWebhook(orderUuid, itemUuid);
    await storedRecord(orderUuid, 'ORDER', ({ nextCheckAt }) => nextCheckAt !== undefined);
    expect((await stack.orders.untrack(orderUuid)).status).toBe(204);
    await eventually(() => expect(stack.typesOf(orderUuid, itemUuid)).toHaveLength(2));
    const ids = stack.eventsOf(orderUuid).map(({ event }) => event.id);
    expect(new Set(ids).size).toBe(2);
  });

  test('withdraws the track request of an order that Musement does not know', async () => {
    const orderUuid = crypto.randomUUID();
    await stack.orders.track(orderUuid);
    expect((await stack.orders.untrack(orderUuid)).status).toBe(204);
    await storedRecord(orderUuid, 'TRACK#', ({ outcome }) => outcome === 'withdrawn');
  });

  test('answers 404 for an order that was never tracked, and 400 for a path without a UUID', async () => {
    const unknown = await stack.orders.untrack(crypto.randomUUID());
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toEqual({ message: expect.stringContaining('check the UUID') });
    expect((await stack.orders.untrack('something')).status).toBe(400);
  });
});

describe('GET /orders', () => {
  test('lists open orders page by page, and none that is stopped or settled', async () => {
    const open = await Promise.all([1, 2, 3].map(() => openOrder()));
    const stopped = await openOrder();
    await stack.orders.untrack(stopped.orderUuid);
    const settled = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
    await storedRecord(settled.orderUuid, 'ORDER', ({ settled }) => settled === true);
    await eventually(async () => {
      const uuids = (await listed({ state: 'open', limit: '2' })).map(({ orderUuid }) => orderUuid);
      expect(uuids).toEqual(expect.arrayContaining(open.map(({ orderUuid }) => orderUuid)));
      expect(uuids).not.toContain(stopped.orderUuid);
      expect(uuids).not.toContain(settled.orderUuid);
    });
    const all = await listed({ state: 'open', limit: '100' });
    const one = all.find(({ orderUuid }) => orderUuid === open[0]?.orderUuid);
    expect(one).toMatchObject({ items: [{ itemUuid: open[0]?.itemUuid, status: 'PENDING' }] });
    expect(JSON.stringify(all)).not.toContain('http');
  });

  test('lists an overdue order', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, needsConfirmation(1, lost(0, 'PENDING')));
    await stack.orders.track(orderUuid, { paidAt: new Date(Date.now() - 5000).toISOString() });
    await eventually(async () => {
      const found = (await listed({ state: 'overdue' })).find((order) => order.orderUuid === orderUuid);
      expect(found?.['items']).toEqual([
        expect.objectContaining({ itemUuid, overdueAt: expect.any(String), confirmBy: expect.any(String) }),
      ]);
    });
    const { stdout, exitCode } = await cli.run('list', '--state', 'overdue', '--limit', '1000');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(orderUuid);
  });

  test('finds orders by their reference, whatever characters it has', async () => {
    const reference = `B 4711/ö & +${crypto.randomUUID()}`;
    const orders = await Promise.all([1, 2].map(() => openOrder({ reference })));
    const uuids = orders.map(({ orderUuid }) => orderUuid).toSorted();
    const found = await listed({ reference, limit: '1' });
    expect(found.map(({ orderUuid }) => orderUuid)).toEqual(uuids);
    expect(found[0]).toMatchObject({ reference });
    expect(await listed({ reference: `${reference}x` })).toEqual([]);

    const several = await cli.run('status', '--reference', reference);
    expect(several.exitCode).toBe(0);
    for (const orderUuid of uuids) expect(several.stdout).toContain(orderUuid);
  });

  test.for([
    [{}, 'either state or reference'],
    [{ state: 'late' }, 'state'],
    [{ state: 'open', next: 'garbage' }, 'next'],
    [{ reference: 'x'.repeat(129) }, 'reference'],
  ] as const)('rejects the query %j with a clear reason', async ([query, reason]) => {
    const response = await stack.orders.list(query);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: expect.stringContaining(reason) });
  });
});

describe('the command line', () => {
  test('untrack asks first, and stops with --yes', async () => {
    const reference = `B-${crypto.randomUUID()}`;
    const { orderUuid } = await openOrder({ reference });
    const asked = await cli.run('untrack', orderUuid);
    expect(asked.exitCode).toBe(1);
    expect(asked.stderr).toContain(`order-tracker untrack --yes ${orderUuid}`);
    expect(await recordsOf(orderUuid, 'UNTRACK#')).toEqual([]);
    const done = await cli.run('untrack', '--yes', orderUuid);
    expect(done.exitCode).toBe(0);
    const { stdout } = await cli.run('status', '--reference', reference);
    expect(stdout).toMatch(/stopped +\S+ \S+Z/);
    expect(stdout).toMatch(/untrack +by .*: tracking stopped/);
    expect((await cli.run('untrack', '--yes', crypto.randomUUID())).exitCode).toBe(3);
    expect((await cli.run('status', '--reference', crypto.randomUUID())).exitCode).toBe(3);
  });
});
