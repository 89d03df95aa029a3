import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { notifications } from '../../lambdas/adapters/notifications.ts';
import { outbox } from '../../lambdas/adapters/outbox.ts';
import { quarantineStore } from '../../lambdas/adapters/quarantine-store.ts';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { readDispatch, readNewEvents } from '../../lambdas/adapters/stream.ts';
import { answer, at, DAY, FAILURE, ITEM, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

const NOTHING = { hinted: [], regenerated: [] };
const ok = answer(seen('OK'));
const pending = answer(seen('PENDING'));

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

/** The stored webhook. */
const hint = () => {
  const [row] = orders.records('WEBHOOK#');
  if (!row) throw new Error('There is no webhook.');
  return row;
};

const again = (seconds: number) => orders.webhook('OK', '7', seconds);

test.for<[string, () => Promise<void>, () => Promise<unknown>, readonly string[]]>([
  ['I5 when it is new', async () => {}, () => again(0), [ORDER]],
  ['I4 when it comes again after a minute', () => again(0), () => again(61), [ORDER]],
  ['I4 not when it comes again within a minute', () => again(0), () => again(60), []],
  ['not when it is claimed', () => again(0), () => orders.claimDue(at(60)), []],
  ['not when a check resolves it', () => again(0), () => orders.check(5, ok), []],
  ['not when a check fails', () => again(0), () => orders.check(5, FAILURE), []],
  ['E16 not when it expires', () => again(0), async () => orders.table.expire(hint()), []],
])('a hint in the stream asks for a check %s', async ([, prepare, happens, hinted]) => {
  await prepare();
  dispatch();
  await happens();
  expect(dispatch().hinted).toEqual(hinted);
});

test('a hint in the stream asks for nothing when it is restored from a backup after it was resolved', async () => {
  await again(0);
  await orders.check(5, ok);
  const resolved = hint();
  orders.table.expire(resolved);
  dispatch();
  await orders.table.put({ put: resolved });
  expect(dispatch()).toEqual(NOTHING);
});

test('an order in the stream starts a watch when its generation is new', async () => {
  await orders.check(0, pending);
  const { order } = await orders.read();
  expect(dispatch()).toEqual({ hinted: [], regenerated: [order] });
  expect(order).toMatchObject({ orderUuid: ORDER, generation: 1, clock: 'watch' });
});

test.for([
  ['a check keeps the generation', () => orders.check(600, pending)],
  ['it is claimed', () => orders.claimDue(at(DAY))],
  ['E16 it expires', async () => orders.table.expire(orderKey(ORDER))],
] as const)('an order in the stream starts nothing when %s', async ([, happens]) => {
  await orders.check(0, pending);
  dispatch();
  await happens();
  const event = streamEvent();
  expect(event.Records).not.toEqual([]);
  expect(readDispatch(event)).toEqual(NOTHING);
});

describe('an event in the stream', () => {
  const newEvents = () => readNewEvents(streamEvent());

  test('is published once it is stored, in the order of the transaction', async () => {
    await orders.webhook('OK', '7', -5);
    await orders.check(0, answer(seen('OK'), seen('KO', { itemUuid: OTHER_ITEM })));
    const events = newEvents();
    expect(events.map(({ key, webhookAt }) => [key.pk, key.sk, webhookAt])).toEqual([
      [`ORDER#${ORDER}`, `EVENT#${ITEM}#00000001`, at(-5)],
      [`ORDER#${ORDER}`, `EVENT#${OTHER_ITEM}#00000001`, undefined],
      [`ORDER#${ORDER}`, 'EVENT#order#00000001', undefined],
    ]);
    expect(JSON.parse(events[0]?.body ?? '')).toMatchObject({ type: 'order_item.ok' });
  });

  test.for([false, true])('of a temporary status is published if that is on: %s', async (temporaryEvents) => {
    orders = new OrderTable({ temporaryEvents });
    await orders.check(0, pending);
    expect(newEvents()).toHaveLength(temporaryEvents ? 1 : 0);
    expect(orders.records('EVENT#')).toHaveLength(1);
  });

  test('E2 E16 is not published again when it is claimed, marked as published or expires', async () => {
    await orders.check(0, ok);
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

test('what is not an event of a stream is rejected', () => {
  for (const event of [undefined, {}, { Records: [{ dynamodb: { NewImage: { pk: { S: 'ORDER#1' } } } }] }]) {
    expect(() => readDispatch(event)).toThrow();
    expect(() => readNewEvents(event)).toThrow();
  }
});
