import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { notifications } from '../../lambdas/adapters/notifications.ts';
import { orderTimelines } from '../../lambdas/adapters/order-timeline.ts';
import { outbox } from '../../lambdas/adapters/outbox.ts';
import { quarantineStore } from '../../lambdas/adapters/quarantine-store.ts';
import { hintKey, orderKey } from '../../lambdas/adapters/records.ts';
import { readDispatch, readNewEvents } from '../../lambdas/adapters/stream.ts';
import { at, FAILURE, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

const NOTHING = { hinted: [], regenerated: [] };

let orders: OrderTable;

beforeEach(() => {
  orders = new OrderTable();
});

/** The stream's event of everything that was written since the last call. */
const streamEvent = () => ({
  Records: orders.changes.splice(0).map(({ before, after }) => ({
    eventName: after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE',
    dynamodb: {
      ...(before && { OldImage: marshall(before, { removeUndefinedValues: true }) }),
      ...(after && { NewImage: marshall(after, { removeUndefinedValues: true }) }),
    },
  })),
});

const dispatch = () => readDispatch(streamEvent());

describe('a fresh hint in the stream', () => {
  test('I5 asks for a check of its order: a new webhook', async () => {
    await orders.webhook('OK', '7', 0);
    expect(dispatch()).toEqual({ hinted: [ORDER], regenerated: [] });
  });

  test('asks for a check of its order: a new track request', async () => {
    await orderTimelines(orders.table, orders.settings).track(ORDER, {}, at(0));
    expect(dispatch()).toEqual({ hinted: [ORDER], regenerated: [] });
  });

  test('I4 asks again when the same webhook comes again after a minute, whether or not it is resolved', async () => {
    await orders.webhook('OK', '7', 0);
    dispatch();
    await orders.webhook('OK', '7', 61);
    expect(dispatch()).toEqual({ hinted: [ORDER], regenerated: [] });
    await orders.check(70, answer(seen('OK')));
    dispatch();
    await orders.webhook('OK', '7', 200);
    expect(dispatch()).toEqual({ hinted: [ORDER], regenerated: [] });
  });

  test('I4 does not ask again when the same webhook comes again within a minute', async () => {
    await orders.webhook('OK', '7', 0);
    dispatch();
    await orders.webhook('OK', '7', 60);
    expect(dispatch()).toEqual(NOTHING);
  });

  test('E16 asks for nothing when the record expires', async () => {
    await orders.webhook('OK', '7', 0);
    dispatch();
    orders.table.expire(hintKey(ORDER, { sk: orders.records('WEBHOOK#')[0]?.sk ?? '' }));
    expect(dispatch()).toEqual(NOTHING);
  });

  test('asks for nothing when it is restored from a backup after it was resolved', async () => {
    await orders.webhook('OK', '7', 0);
    await orders.check(5, answer(seen('OK')));
    const [resolved] = orders.records('WEBHOOK#');
    if (!resolved) throw new Error('There is no webhook.');
    orders.table.expire(resolved);
    dispatch();
    await orders.table.put({ put: resolved });
    expect(dispatch()).toEqual(NOTHING);
  });

  test('asks for nothing when it is claimed', async () => {
    await orders.webhook('OK', '7', 0);
    dispatch();
    await orders.claimDue(at(60));
    expect(dispatch()).toEqual(NOTHING);
  });
});

describe('a new generation in the stream', () => {
  test('starts a watch: an order that is checked for the first time', async () => {
    await orders.check(0, answer(seen('PENDING')));
    const { order } = await orders.read();
    expect(dispatch()).toEqual({ hinted: [], regenerated: [order] });
    expect(order).toMatchObject({ orderUuid: ORDER, generation: 1, clock: 'watch' });
  });

  test('starts nothing when a check keeps the generation', async () => {
    await orders.check(0, answer(seen('PENDING')));
    const { nextCheckAt } = (await orders.read()).order;
    dispatch();
    await orders.check((Date.parse(`${nextCheckAt}`) - Date.parse(at(0))) / 1000, answer(seen('PENDING')));
    expect(orders.order).toMatchObject({ generation: 1, rev: 2 });
    expect(dispatch()).toEqual(NOTHING);
  });

  test('E6 starts a watch after a rescue', async () => {
    await orders.check(0, answer(seen('PENDING')));
    await orders.claimDue(at(86_400));
    dispatch();
    await orders.check(86_400, answer(seen('PENDING')));
    expect(dispatch().regenerated).toMatchObject([{ generation: 2, clock: 'watch' }]);
  });

  test('starts nothing when the order is claimed', async () => {
    await orders.check(0, answer(seen('PENDING')));
    dispatch();
    expect(await orders.claimDue(at(86_400))).toHaveLength(1);
    expect(dispatch()).toEqual(NOTHING);
  });

  test('E16 starts nothing when the order expires', async () => {
    await orders.check(0, answer(seen('PENDING')));
    dispatch();
    orders.table.expire(orderKey(ORDER));
    expect(dispatch()).toEqual(NOTHING);
  });
});

test('a check that resolves hints, and one that fails, ask for nothing more', async () => {
  await orders.webhook('OK', '7', 0);
  await orders.check(0, answer(seen('PENDING')));
  dispatch();
  await orders.check(5, answer(seen('OK')));
  expect(dispatch().hinted).toEqual([]);
  await orders.check(86_400, FAILURE);
  expect(dispatch().hinted).toEqual([]);
});

describe('an event in the stream', () => {
  const newEvents = () => readNewEvents(streamEvent());

  test('is published once it is stored, in the order of the transaction', async () => {
    await orders.webhook('OK', '7', -5);
    await orders.check(0, answer(seen('OK'), seen('KO', { itemUuid: OTHER_ITEM })));
    const events = newEvents();
    expect(events.map(({ key }) => key.sk)).toEqual([
      `EVENT#${ITEM}#00000001`,
      `EVENT#${OTHER_ITEM}#00000001`,
      'EVENT#order#00000001',
    ]);
    expect(events[0]).toMatchObject({ key: { pk: `ORDER#${ORDER}` }, webhookAt: at(-5) });
    expect(JSON.parse(events[0]?.body ?? '')).toMatchObject({ type: 'order_item.ok' });
    expect(events[1]?.webhookAt).toBeUndefined();
  });

  test('of a temporary status is not published: it is not due', async () => {
    await orders.check(0, answer(seen('PENDING')));
    expect(newEvents()).toEqual([]);
    expect(orders.records('EVENT#')).toHaveLength(1);
  });

  test('of a temporary status is published when temporary events are switched on', async () => {
    orders = new OrderTable({ temporaryEvents: true });
    await orders.check(0, answer(seen('PENDING')));
    expect(newEvents()).toHaveLength(1);
  });

  test('E2 E16 is not published again when it is claimed, marked as published or expires', async () => {
    await orders.check(0, answer(seen('OK')));
    const events = newEvents();
    await orders.claimDue(at(60));
    for (const { key } of events) await outbox(orders.table).markPublished(key, at(61));
    for (const { key } of events) orders.table.expire(key);
    expect(newEvents()).toEqual([]);
  });
});

test('records of other kinds ask for nothing', async () => {
  await notifications(orders.table).remember(ORDER, ITEM, { askedAt: at(0), outcome: 'accepted' });
  await quarantineStore(orders.table).keep(Buffer.from('{'), 'body: must be JSON', at(0));
  const event = streamEvent();
  expect(event.Records.length).toBeGreaterThan(2);
  expect(readDispatch(event)).toEqual(NOTHING);
  expect(readNewEvents(event)).toEqual([]);
});

test('what is not an event of a stream is refused', () => {
  for (const event of [undefined, {}, { Records: [{ dynamodb: { NewImage: { pk: { S: 'ORDER#1' } } } }] }]) {
    expect(() => readDispatch(event)).toThrow();
    expect(() => readNewEvents(event)).toThrow();
  }
});
